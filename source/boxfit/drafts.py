"""Atomic writes: several files are replaced together or not at all, under locks, and what another program has
written meanwhile is never lost."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from boxfit.errors import OutputError

if os.name == "nt":
    import msvcrt
else:
    import fcntl

LOCK_TIMEOUT = 30.0
"""Longest wait for another program that holds a lock, in [s]; it holds it for the moment of a write."""

LEFT_BEHIND = 3600.0
"""Age in [s] from which a draft counts as left behind by a program that was killed."""

_DRAFT = re.compile(r"\.boxfit-[0-9a-f]{32}(\.[a-z]+)?")
_LOCKED = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}

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
    """A draft and the file that it is for; `target` is the file behind symbolic links."""

    path: Path
    target: Path
    draft: Path
    backup: Path
    new: bool = False
    seen: FileState | None = None


class Drafts:
    """Files that are written as hidden drafts, and replace their files together when the block ends.

    If the block raises, or a file cannot be replaced, all files are as before. A file that is replaced keeps its mode,
    its owner if the user may set it, and its symbolic and hard links.
    """

    def __init__(self) -> None:
        self._drafts: dict[Path, _Draft] = {}
        self._locks = ExitStack()

    def __enter__(self) -> Drafts:
        return self

    def add(self, path: Path, *, new: bool = False, seen: FileState | None = None) -> Path:
        """Return the draft to write for a file; it has the same suffix.

        Args:
            path: File to write, in a folder that exists.
            new: True if there must be no such file yet when the block ends.
            seen: State of the file that was read; the block fails if another program has written it since.
        """
        target = path.resolve()
        _sweep(target.parent)
        draft, backup = (target.with_name(f".boxfit-{uuid4().hex}{path.suffix.lower()}") for _ in range(2))
        self._drafts[path] = _Draft(path, target, draft, backup, new, seen)
        return draft

    def lock(self, path: Path) -> None:
        """Keep other programs of boxfit from writing a file until the block ends.

        Raises:
            OutputError: If another program holds the lock for longer than `LOCK_TIMEOUT`.
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
            for draft in self._drafts.values():
                for leftover in (draft.draft, draft.backup):
                    with suppress(OSError):
                        leftover.unlink()
            self._locks.close()

    def _replace(self) -> None:
        with _uninterrupted(), ExitStack() as undo:
            try:
                for draft in self._drafts.values():
                    _check_unchanged(draft)
                    _keep_attributes(draft)
                for draft in self._drafts.values():
                    _put(draft, undo)
            except OSError as error:
                raise self._failure(error) from error
            undo.pop_all()

    def _failure(self, error: OSError) -> OutputError:
        """Name the file of a draft that could not be written; a full disk is reported without a name."""
        named = {str(place): draft.path for draft in self._drafts.values() for place in (draft.draft, draft.backup)}
        last = next(reversed(self._drafts), None)
        target = named.get(str(error.filename), error.filename or last)
        return OutputError(f"{target or 'a file'} cannot be written ({error.strerror or error})")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, `.NAME.lock` beside it, while the block runs; processes exclude each other by it.

    The operating system releases the lock of a program that ends in any way. A file system without locks is used
    without one: `Drafts` then still compares a file with what was read.

    Raises:
        OutputError: If another program holds the lock for longer than `LOCK_TIMEOUT`.
    """
    target = path.resolve()
    lock = target.with_name(f".{target.name[:200]}.lock")
    end = time.monotonic() + LOCK_TIMEOUT
    while (descriptor := _try_lock(lock)) is None:
        if time.monotonic() > end:
            raise OutputError(f"{path} is being written by another program, which holds {lock}: try again later")
        time.sleep(0.02)
    try:
        yield
    finally:
        if descriptor >= 0:
            if os.name == "nt":
                os.close(descriptor)
            with suppress(OSError):
                lock.unlink()
            if os.name != "nt":
                os.close(descriptor)


def _try_lock(lock: Path) -> int | None:
    """Return the descriptor of the locked file, -1 where locks do not exist, or None while another one holds it."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        if os.name == "nt" and error.errno == errno.EACCES:  # Another program is deleting it.
            return None
        raise OutputError(f"{lock} cannot be written ({error.strerror or error})") from error
    try:
        if os.name == "nt":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[attr-defined]
            # Its last holder may have deleted it meanwhile: a lock counts only while it has its name.
            if file_state(lock) is None or os.fstat(descriptor).st_ino != lock.stat().st_ino:
                os.close(descriptor)
                return None
    except OSError as error:
        os.close(descriptor)
        return None if error.errno in _LOCKED or isinstance(error, FileNotFoundError) else -1
    return descriptor


def _sweep(folder: Path) -> None:
    """Delete drafts in a folder that a killed program has left behind."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _DRAFT.fullmatch(entry.name) and time.time() - entry.stat(follow_symlinks=False).st_mtime > LEFT_BEHIND:
                with suppress(OSError):
                    Path(entry.path).unlink()


def _check_unchanged(draft: _Draft) -> None:
    if draft.seen is not None and file_state(draft.target) != draft.seen:
        raise OutputError(
            f"{draft.path} was changed by another program meanwhile, and writing it would undo that: nothing was "
            "written; run it again"
        )


def _keep_attributes(draft: _Draft) -> None:
    """Give a draft the mode and owner of the file that it replaces, and put it on the disk."""
    with suppress(FileNotFoundError):
        there = draft.target.stat()
        shutil.copymode(draft.target, draft.draft)
        mine = draft.draft.stat()
        if hasattr(os, "chown") and (there.st_uid, there.st_gid) != (mine.st_uid, mine.st_gid):
            with suppress(PermissionError):
                os.chown(draft.draft, there.st_uid, there.st_gid)
                # Changing the owner clears the bits for running as another user.
                shutil.copymode(draft.target, draft.draft)
    with draft.draft.open("rb+") as file:
        os.fsync(file.fileno())


def _put(draft: _Draft, undo: ExitStack) -> None:
    """Put a draft in place of its file, and add to `undo` how to restore the file from before."""
    target, backup = draft.target, draft.backup
    if draft.new or not target.exists():
        if draft.new:
            _put_new(draft)
        else:
            draft.draft.replace(target)
        undo.callback(target.unlink)
    elif target.stat().st_nlink > 1:
        # Other names of the file would keep the old content if it were replaced.
        shutil.copy2(target, backup)
        undo.callback(_overwrite, backup, target)
        _overwrite(draft.draft, target)
    else:
        try:
            os.link(target, backup)
        except OSError:  # Not every file system has hard links.
            shutil.copy2(target, backup)
        draft.draft.replace(target)
        undo.callback(backup.replace, target)


def _put_new(draft: _Draft) -> None:
    """Create a file that must not exist; only one program can do this."""
    try:
        try:
            os.link(draft.draft, draft.target)
        except FileExistsError:
            raise
        except OSError:
            os.close(os.open(draft.target, os.O_CREAT | os.O_EXCL))
            draft.draft.replace(draft.target)
    except FileExistsError as error:
        raise OutputError(
            f"{draft.path} was made by another program meanwhile: nothing was written; overwrite it (force), or name "
            "another file"
        ) from error


def _overwrite(source: Path, target: Path) -> None:
    """Copy the content of a file into another one, which stays the same file."""
    content = source.read_bytes()
    with target.open("rb+") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C and termination until the block ends."""
    received: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not None:
                handlers[number] = signal.signal(number, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)
