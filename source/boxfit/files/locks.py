"""Locks of files, by which programs of boxfit keep each other from writing a file."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from boxfit.errors import OutputError

if os.name == "nt":
    import msvcrt
else:
    import fcntl

LOCK_TIMEOUT = 30.0
"""Longest wait for another program that holds a lock, in [s]; it holds it for the moment of a write."""

_LOCKED = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@contextmanager
def locked(path: Path, timeout: float | None = None) -> Iterator[None]:
    """Hold the lock of a file, `.NAME.lock` beside it, while the block runs; processes exclude each other by it.

    The operating system releases the lock of a program that ends in any way. A file system without locks is used
    without one: `boxfit.files.drafts` then still compares a file with what was read.

    Args:
        path: The file, which need not exist.
        timeout: Longest wait for the lock, in [s]; None waits for `LOCK_TIMEOUT`.

    Raises:
        OutputError: If another program holds the lock for longer.
    """
    target = Path(os.path.realpath(path))
    name = target.name if len(os.fsencode(target.name)) < 240 else sha256(os.fsencode(target.name)).hexdigest()
    lock = target.with_name(f".{name}.lock")
    end = time.monotonic() + (LOCK_TIMEOUT if timeout is None else timeout)
    while (descriptor := _try_lock(lock)) is None:
        if time.monotonic() >= end:
            raise OutputError(f"{path} is being written by another program, which holds {lock}: try again later")
        time.sleep(0.02)
    try:
        with _locked_itself(target, end):
            yield
    finally:
        if descriptor >= 0:
            if os.name == "nt":
                os.close(descriptor)
            with suppress(OSError):
                lock.unlink()
            if os.name != "nt":
                os.close(descriptor)


@contextmanager
def _locked_itself(target: Path, end: float) -> Iterator[None]:
    """Lock a file with several names (hard links) too, as programs that use another name take another lock."""
    if os.name == "nt" or not target.is_file() or target.stat().st_nlink < 2:
        yield
        return
    with target.open("rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[attr-defined]
            except OSError as error:
                if error.errno in _LOCKED and time.monotonic() < end:
                    time.sleep(0.02)
                    continue
                if error.errno in _LOCKED:
                    raise OutputError(f"{target} is being written by another program: try again later") from error
            break
        yield


def _try_lock(lock: Path) -> int | None:
    """Return the descriptor of the locked file, -1 where locks do not exist, or None while another one holds it."""
    flags = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        try:
            descriptor = os.open(lock, os.O_RDWR | flags, 0o666)
        except PermissionError:
            if os.name == "nt":  # Another program is deleting it.
                return None
            descriptor = os.open(lock, os.O_RDONLY | flags)  # Another user's; it can be locked all the same.
    except OSError as error:
        raise OutputError(f"{lock} cannot be used as a lock ({error.strerror or error}): delete it") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size:
        os.close(descriptor)
        raise OutputError(f"{lock} is no lock of boxfit, and stands in its place: move it away")
    try:
        if os.name == "nt":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[attr-defined]
            # Its last holder may have deleted it meanwhile: a lock counts only while it has its name.
            if found.st_ino != lock.stat().st_ino:
                os.close(descriptor)
                return None
    except OSError as error:
        os.close(descriptor)
        if error.errno in _LOCKED or isinstance(error, FileNotFoundError):
            return None
        with suppress(OSError):
            lock.unlink()
        return -1
    return descriptor
