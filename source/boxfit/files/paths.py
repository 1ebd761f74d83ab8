"""Checks that outputs can be written and overwrite no input or other output; paths and addresses."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from boxfit.errors import OutputError

# A single letter is a Windows drive.
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):[/\\]+")


def check_files(paths: Sequence[Path], force: bool) -> None:
    """Check that files can be written, before they are computed.

    Raises:
        OutputError: If a folder is missing or read-only, or a file exists and `force` is not given.
    """
    for path in paths:
        if fault := place_fault(path):
            raise OutputError(f"{path} cannot be written: {fault}")
        if path.exists() and not force:
            raise OutputError(f"{path} exists: overwrite it (force), or name another file")


def place_fault(path: Path) -> str | None:
    """Return the reason why no file can be written to a place, whatever its content, or None.

    Raises:
        OSError: If the place may not be looked at.
    """
    if is_link_loop(path):
        return "it is a link that leads back to itself"
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        return f"the folder {folder if path.is_symlink() else path.parent} does not exist"
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not path.is_file():
        return "it is a device or a pipe, and no file"
    if not os.access(folder, os.W_OK):
        return f"{folder if path.is_symlink() else path.parent} is read-only"
    return None


def is_link_loop(path: Path) -> bool:
    """Return True for a symbolic link that leads back to itself."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    except RuntimeError:  # Python until 3.12.
        return True
    return False


def check_distinct(outputs: Mapping[str, Path]) -> None:
    """Check that no two outputs are the same file.

    Args:
        outputs: Files to write, by the option that names them, such as "--report".

    Raises:
        OutputError: If two are the same file.
    """
    taken: dict[str, str] = {}
    for name, path in outputs.items():
        other = taken.setdefault(_place(path), name)
        if other != name:
            raise OutputError(f"{path} is named twice, by {other} and {name}: name a different file for each")


def check_kept(outputs: Mapping[str, Path], inputs: Iterable[tuple[str, Path]]) -> None:
    """Check that no output would overwrite an input.

    Args:
        outputs: Files to write, by the option that names them.
        inputs: Description and path of each file that was read.

    Raises:
        OutputError: If an output is an input.
    """
    # What does not exist yet is no input.
    taken = {_place(path): name for name, path in outputs.items() if path.exists()}
    for description, path in inputs if taken else ():
        if name := taken.get(_place(path)):
            raise OutputError(f"{outputs[name]}, named by {name}, is {description}: name another file")


def server_address(path: Path | str) -> str | None:
    """Return the server address that a path was made from, or None for a local path.

    A path loses one slash of `omniverse://server/folder`, and on Windows turns the others into backslashes.
    """
    scheme = _SCHEME.match(str(path))
    if scheme is None or scheme[1].lower() == "file":
        return None
    return f"{scheme[1]}://{str(path)[scheme.end() :]}".replace("\\", "/")


def typed_path(text: str) -> Path:
    """Return the path that a user has typed, with the user's folder for ~; that of an unknown user stays."""
    with suppress(RuntimeError):
        return Path(text).expanduser()
    return Path(text)


def relative_posix(path: Path, folder: Path) -> str:
    """Make a path relative to a folder, with forward slashes; absolute if it is on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _place(path: Path) -> str:
    """Return a text that is equal for all paths to the same file, which need not exist; names by hard links too."""
    with suppress(OSError, RuntimeError):
        found = path.stat()
        if found.st_ino and found.st_nlink > 1:
            return f"{found.st_dev}:{found.st_ino}"
    place = Path(os.path.realpath(path))  # Path.resolve raises an error for links in a loop, up to Python 3.12.
    return str(place).casefold() if _ignores_case(place.parent) else str(place)


@cache
def _ignores_case(folder: Path) -> bool:
    """Return True if the file system ignores case, tested with the folder's name or the first parent with letters."""
    other = folder.with_name(folder.name.swapcase()) if folder.name else folder
    if other.name == folder.name:
        return folder.parent != folder and _ignores_case(folder.parent)
    return other.exists() and other.samefile(folder)
