"""Listing of a folder that a user names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from boxfit.errors import DatasetError, list_names


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """List the files and folders in a folder, sorted by name.

    Raises:
        DatasetError: If it does not exist, is a file, or cannot be read.
    """
    try:
        if not folder.is_dir():
            fault = "is a file: unpack it and name the folder" if folder.is_file() else "does not exist"
            raise DatasetError(f"{folder} {fault}")
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character.
        raise DatasetError(f"{folder} cannot be read ({getattr(error, 'strerror', None) or error})") from error


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return True for a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # A link that leads back to itself.
        return False


def held_names(names: Iterable[str]) -> str:
    """List some of the names of files that are there instead of a missing one, for a message."""
    names = sorted(names)
    return f"it holds {list_names(names, 3)}" if names else "it holds no image"
