"""Folders and configuration of the extensions and the stand-ins."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
EXTENSIONS = ROOT / "exts"
STAND_INS = Path(__file__).parent / "stand_ins"
OWN = ("boxfit_kit.window", "boxfit_kit.core")
"""The tested extensions, each before those that it needs."""

REPLICATOR = "omni.replicator.core"

OPTIONAL = (
    "omni.kit.notification_manager",
    "omni.kit.viewport.registry",
    "omni.kit.viewport.utility",
    "omni.kit.window.status_bar",
    REPLICATOR,
)
"""Extensions that boxfit uses if an app has them."""


def read_toml(folder: Path) -> dict[str, Any]:
    """Read the config/extension.toml of an extension's folder."""
    return tomllib.loads((folder / "config" / "extension.toml").read_text(encoding="utf-8"))


def read_kit_file(file: Path) -> dict[str, Any]:
    """Read a .kit file."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def is_stand_in(module: ModuleType) -> bool:
    """Return True if a module belongs to a stand-in."""
    return (getattr(module, "__file__", None) or "").startswith(f"{STAND_INS}{os.sep}")
