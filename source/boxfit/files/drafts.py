"""Atomic writes: several files are replaced together or not at all, under locks, and what another program has
written meanwhile is never lost."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from boxfit.errors import OutputError
from boxfit.files.interruption import uninterrupted
from boxfit.files.locks import locked

LEFT_BEHIND = 3600.0
"""Age in [s] from which a draft counts as left behind by a program that was killed."""

_DRAFT = re.compile(r"\.boxfit-(old-)?[0-9a-f]{32}(\.[a-z]+)?")
FileState = tuple[int, int, int]
"""Number, time of the last change in [ns], and size of a file."""


def file_state(path: Path) -> FileState | None:
    """Return a value that changes when another program writes a file; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


@dataclass
class _Draft:
    """A draft and the file that it is for.

    Attributes:
        path: File as the caller names it.
        target: The file itself, behind symbolic links.
        new_file: The draft.
        old_file: Copy or second name of the file that is replaced, while others may still fail.
        new: True if there must be no such file yet.
        seen: State of the file when it was read, or None.
        lasting: False for a file that a power failure may empty.
        undo: Function that restores the file from before, once it has been changed.
        kept: True if that failed: the old file then stays under its other name.
    """

    path: Path
    target: Path
    new_file: Path
    old_file: Path
    new: bool
    seen: FileState | None
    lasting: bool
    undo: Callable[[], object] | None = None
    kept: bool = False


class Drafts:
    """Files that are written as hidden drafts, and replace their files together when the block ends.

    If the block raises, or a file cannot be replaced, all files are as before. A file that is replaced keeps its mode,
    its owner if the user may set it, and its symbolic and hard links.
    """

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._folders: list[Path] = []
        self._locks = ExitStack()

    def __enter__(self) -> Drafts:
        return self

    def add(self, path: Path, *, new: bool = False, seen: FileState | None = None, lasting: bool = True) -> Path:
        """Return the draft to write for a file; it has the same suffix.

        Args:
            path: File to write, in a folder that exists.
            new: True if there must be no such file yet when the block ends.
            seen: State of the file that was read; the block fails if another program has written it since.
            lasting: False for a file that can be made again: to wait until each is on the disk takes most of the time
                that a small file takes, and without it a power failure may leave it empty.

        Raises:
            OutputError: If there is something else than a file.
        """
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise OutputError(f"{path} cannot be written: it is no file")
        if target.parent not in {draft.target.parent for draft in self._drafts}:
            _sweep(target.parent)
        new_file, old_file = (
            target.with_name(f".boxfit-{kind}{uuid4().hex}{path.suffix.lower()}") for kind in ("", "old-")
        )
        draft = _Draft(path, target, new_file, old_file, new, seen, lasting)
        self._drafts.append(draft)
        return draft.new_file

    def make_folder(self, path: Path) -> None:
        """Make a folder for files, with its missing parents; without a file in it when the block ends it is deleted.

        Raises:
            OutputError: If it cannot be made.
        """
        try:
            for missing in reversed([each for each in (path, *path.parents) if not each.exists()]):
                missing.mkdir(exist_ok=True)
                self._folders.append(missing)
        except OSError as error:
            raise OutputError(f"the folder {path} cannot be made ({error.strerror or error})") from error

    def lock(self, path: Path) -> None:
        """Keep other programs of boxfit from writing a file until the block ends.

        Raises:
            OutputError: If another program holds the lock for too long; see `boxfit.files.locks`.
        """
        self._locks.enter_context(locked(path))

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Replace the files, unless the block has raised.

        Raises:
            OutputError: If a draft could not be written, or a file cannot be replaced.
        """
        try:
            if error is None:
                self._replace()
            elif isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                raise self._failure(error) from error
        finally:
            for draft in self._drafts:
                for leftover in (draft.new_file, *(() if draft.kept else (draft.old_file,))):
                    with suppress(OSError):
                        leftover.unlink()
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()
            self._locks.close()

    def _replace(self) -> None:
        with uninterrupted():
            try:
                for draft in self._drafts:
                    _prepare(draft)
                for draft in self._drafts:
                    _check_unchanged(draft)
                    _put(draft)
            except BaseException as error:
                for draft in reversed(self._drafts):
                    _put_back(draft)
                if isinstance(error, (OSError, OutputError)):
                    raise self._failure(error) from error
                raise

    def _failure(self, error: OSError | OutputError) -> OutputError:
        """Name the file of a draft that could not be written, and old files that could not be restored."""
        text = str(error)
        if isinstance(error, OSError):
            # A full disk is reported without a name: it is the last draft that was begun.
            named = {str(place): draft.path for draft in self._drafts for place in (draft.new_file, draft.old_file)}
            last = self._drafts[-1].path if self._drafts else "a file"
            target = named.get(str(error.filename), error.filename or last)
            text = f"{target} cannot be written ({error.strerror or error})"
        for draft in self._drafts:
            if draft.kept:
                text += f"; {draft.path} could not be restored either: its old content is in {draft.old_file}"
        return OutputError(text)


_swept: dict[Path, float] = {}
"""Time of the last sweep of each folder."""


def _sweep(folder: Path) -> None:
    """Delete drafts in a folder that a killed program has left behind; once in a while, as folders may be large."""
    if time.monotonic() - _swept.get(folder, -LEFT_BEHIND) < LEFT_BEHIND:
        return
    _swept[folder] = time.monotonic()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            kind = _DRAFT.fullmatch(entry.name)
            # An old file keeps its time; its second name is as old as its last change of names, which Windows has not.
            if not kind or (kind[1] and os.name == "nt"):
                continue
            found = entry.stat(follow_symlinks=False)
            if time.time() - max(found.st_mtime, found.st_ctime) > LEFT_BEHIND:
                with suppress(OSError):
                    Path(entry.path).unlink()


def _prepare(draft: _Draft) -> None:
    """Put a draft on the disk, and give it the mode and owner of the file that it replaces."""
    if draft.lasting:
        with draft.new_file.open("rb+") as file:
            os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        there, mine = draft.target.stat(), draft.new_file.stat()
        if hasattr(os, "chown") and (there.st_uid, there.st_gid) != (mine.st_uid, mine.st_gid):
            with suppress(PermissionError):
                os.chown(draft.new_file, there.st_uid, there.st_gid)
        # Last, as a change of the owner clears the bits for running as another user.
        shutil.copymode(draft.target, draft.new_file)


def _check_unchanged(draft: _Draft) -> None:
    if draft.seen is not None and file_state(draft.target) != draft.seen:
        raise OutputError(
            f"{draft.path} was changed by another program meanwhile, and writing it would undo that: nothing was "
            "written; run it again"
        )


def _put(draft: _Draft) -> None:
    """Put a draft in place of its file; `undo` restores the file from before."""
    target, old = draft.target, draft.old_file
    if draft.new or not target.exists():
        if draft.new:
            _put_new(draft)
        else:
            draft.new_file.replace(target)
        draft.undo = target.unlink
    elif _names(target) > 1:
        # Other names of the file would keep the old content if it were replaced.
        shutil.copy2(target, old)
        draft.undo = partial(_overwrite, old, target)
        _overwrite(draft.new_file, target)
    else:
        try:
            os.link(target, old)
        except OSError:  # Not every file system has hard links.
            shutil.copy2(target, old)
        draft.new_file.replace(target)
        draft.undo = partial(old.replace, target)


def _names(target: Path) -> int:
    """Count the names of a file, after deleting those that a killed program of boxfit has left."""
    if target.stat().st_nlink > 1:
        for path in target.parent.glob(".boxfit-old-*"):
            if _DRAFT.fullmatch(path.name) and path.samefile(target):
                path.unlink()
    return target.stat().st_nlink


def _put_new(draft: _Draft) -> None:
    """Create a file that must not exist; only one program can do this."""
    try:
        try:
            os.link(draft.new_file, draft.target)
        except FileExistsError:
            raise
        except OSError:
            os.close(os.open(draft.target, os.O_CREAT | os.O_EXCL))
            draft.undo = draft.target.unlink
            draft.new_file.replace(draft.target)
    except FileExistsError as error:
        raise OutputError(
            f"{draft.path} was made by another program meanwhile: nothing was written; overwrite it (force), or name "
            "another file"
        ) from error


def _put_back(draft: _Draft) -> None:
    """Restore the file from before a draft was put in its place, if it was."""
    if draft.undo is not None:
        try:
            draft.undo()
        except OSError:
            draft.kept = True


def _overwrite(source: Path, target: Path) -> None:
    """Copy the content of a file into another one, which stays the same file."""
    content = source.read_bytes()
    with target.open("rb+") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
