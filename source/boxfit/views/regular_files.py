"""Opening of a dataset's files: regular files of a limited size only, so that reading neither blocks nor fills the
memory."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from boxfit.errors import DatasetError
from boxfit.views.cancellation import check_wanted

LARGEST_FILE = 2**30
"""Size limit of files in [B]."""

LARGEST_TEXT = 2**24
"""Size limit of JSON files and of the rows of 3D boxes, whose values take many times their size in memory, in [B]."""

MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""Errors of code that gets values of unexpected types, sizes or depths from a file."""

_KINDS = {stat.S_ISDIR: "a folder", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}


def check_file(path: Path, limit: int = LARGEST_FILE) -> None:
    """Check that a path is a regular file, or a link to one, with a content of a limited size.

    Args:
        path: File of a dataset.
        limit: Largest size, in [B].

    Raises:
        DatasetError: If it is something else, empty or larger, or cannot be accessed.
    """
    check_wanted()
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a name with a null character.
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        kind = next((name for is_kind, name in _KINDS.items() if is_kind(found.st_mode)), "a device")
        raise DatasetError(f"{path.name} is {kind}, not a file: remove it, or generate the view again")
    # The files of /proc, some of which block, count as empty too.
    if found.st_size == 0:
        raise DatasetError(f"{path.name} is empty: generate the view again")
    if found.st_size > limit:
        raise DatasetError(
            f"{path.name} has {found.st_size / 1e6:.0f} MB, and such a file may have {limit / 1e6:.0f} MB: generate "
            "the view again"
        )


@contextmanager
def open_file(path: Path, limit: int = LARGEST_FILE) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises:
        DatasetError: As `check_file`, and if it cannot be read, including errors within the block.
    """
    check_file(path, limit)
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise _unreadable(path, error) from error


def read_json(path: Path) -> Any:
    """Read a JSON file; half of a surrogate pair, which is no character, is replaced by a question mark.

    Raises:
        DatasetError: As `open_file`, and if it is not JSON.
    """
    with open_file(path, LARGEST_TEXT) as file:
        # Python first makes room for the size that it is asked for, and the limit would take longer than the file.
        content = file.read(os.fstat(file.fileno()).st_size)
    try:
        values = json.loads(content)
        if b"\\ud" in content.lower():
            values = json.loads(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))
        return values
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path.name} is not JSON that can be read ({error})") from error


def leads_outside(path: Path, folder: Path) -> bool:
    """Return True if a file in a folder or its subfolders is, by a symbolic link, a file outside the folder."""
    if path.parent == folder and not path.is_symlink():
        return False
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _unreadable(path: Path, error: Exception) -> DatasetError:
    return DatasetError(f"{path.name} cannot be read ({getattr(error, 'strerror', None) or error})")
