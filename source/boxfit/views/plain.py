"""Reader of plain."""

from __future__ import annotations

from pathlib import Path

from boxfit.views.dataset import Dataset


def holds_plain(path: Path) -> bool:
    """Return True if a folder or file is of this format."""
    return False


def read_plain(path: Path) -> Dataset:
    """Read it."""
    raise NotImplementedError
