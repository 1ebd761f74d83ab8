"""Reader of transforms."""

from __future__ import annotations

from pathlib import Path

from boxfit.settings import InputSettings
from boxfit.views.dataset import Dataset


def holds_transforms(path: Path) -> bool:
    """Return True if a folder or file is of this format."""
    return False


def read_transforms(path: Path, settings: InputSettings) -> Dataset:
    """Read it."""
    raise NotImplementedError
