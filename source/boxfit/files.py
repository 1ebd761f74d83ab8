"""Where files go: never over each other or over what was read, and all together, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

from boxfit.errors import OutputError

# One letter is a drive of Windows.
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):[/\\]+")


def check_files(paths: Sequence[Path], force: bool) -> None:
    """Refuse files that could not be written, before any work is done for them.

    Raises:
        OutputError: If a folder is missing or read-only, or a file exists and `force` is not given.
    """
    for path in paths:
        if not path.parent.is_dir():
            raise OutputError(f"{path} cannot be written: the folder {path.parent} does not exist")
        if path.is_dir():
            raise OutputError(f"{path} cannot be written: it is a folder")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path} cannot be written: {path.parent} is read-only")
        if path.exists() and not force:
            raise OutputError(f"{path} exists: overwrite it (force), or name another file")


def check_distinct(outputs: Mapping[str, Path]) -> None:
    """Refuse outputs of which one would destroy another.

    Args:
        outputs: Files to write, by what asks for them, such as "--report".

    Raises:
        OutputError: If two are one file.
    """
    taken: dict[str, str] = {}
    for name, path in outputs.items():
        other = taken.setdefault(_place(path), name)
        if other != name:
            raise OutputError(f"{path} is named twice, by {other} and {name}: give each a file of its own")


def check_kept(outputs: Mapping[str, Path], inputs: Iterable[tuple[str, Path]]) -> None:
    """Refuse an output that would destroy what was read.

    Args:
        outputs: Files to write, by what asks for them.
        inputs: What each file that was read is, and its path.

    Raises:
        OutputError: If an output is an input.
    """
    taken = {_place(path): name for name, path in outputs.items()}
    for what, path in inputs:
        if name := taken.get(_place(path)):
            raise OutputError(f"{outputs[name]}, named by {name}, is {what}: name another file")


def server_address(path: Path | str) -> str | None:
    """The address on a server that a path was made from, or None for one of this machine.

    A path loses one slash of `omniverse://server/folder`, and on Windows has the others backwards.
    """
    scheme = _SCHEME.match(str(path))
    if scheme is None or scheme[1].lower() == "file":
        return None
    return f"{scheme[1]}://{str(path)[scheme.end() :]}".replace("\\", "/")


def relative_posix(path: Path, folder: Path) -> str:
    """A path as seen from a folder, with forward slashes; absolute where it is on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _place(path: Path) -> str:
    """The same text for two paths to one file, which need not exist."""
    place = path.resolve()
    return str(place).casefold() if _ignores_case(place.parent) else str(place)


@cache
def _ignores_case(folder: Path) -> bool:
    """Whether the file system finds the folder under its name in the other case too; an unnamed root tells nothing."""
    other = folder.with_name(folder.name.swapcase()) if folder.name else folder
    if other.name == folder.name:
        return folder.parent != folder and _ignores_case(folder.parent)
    return other.exists() and other.samefile(folder)


@contextmanager
def drafts(paths: Sequence[Path]) -> Iterator[dict[Path, Path]]:
    """Hand out a draft beside each file; all take their places when the block ends well, else all are deleted.

    Args:
        paths: Files to write; those that exist are replaced.

    Yields:
        The draft to write for each path, with the same suffix.

    Raises:
        OutputError: If a draft cannot take its place.
    """
    places = {path: path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}") for path in paths}
    try:
        yield places
        for path, draft in places.items():
            draft.replace(path)
    except OSError as error:
        meant = {str(draft): path for path, draft in places.items()}.get(str(error.filename), error.filename)
        raise OutputError(f"{meant or 'a file'} cannot be written ({error.strerror or error})") from error
    finally:
        for draft in places.values():
            draft.unlink(missing_ok=True)
