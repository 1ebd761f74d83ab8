"""Atomic creation and replacement of folders."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from boxfit.errors import DatasetError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Provide a draft folder, and rename it to the given folder if the block succeeds.

    Args:
        folder: New or empty folder; missing parents are created.

    Raises:
        DatasetError: If the folder is not empty, or cannot be written.
    """
    draft = None
    try:
        check_new(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        yield draft
        draft.chmod(0o755)  # mkdtemp creates a folder with access for its owner only.
        if folder.exists():
            folder.rmdir()
        draft.replace(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be written ({error})") from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def set_aside(folder: Path) -> Iterator[None]:
    """Move a folder aside while the block replaces it, and delete it if the block succeeds.

    If the block raises, the replacement is deleted and the folder is restored.

    Args:
        folder: Folder, which need not exist.

    Raises:
        DatasetError: If the folder cannot be moved.
    """
    if not folder.exists():
        try:
            yield
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return
    aside = folder.with_name(f".{folder.name}.{uuid4().hex}")
    try:
        folder.replace(aside)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be replaced ({error.strerror or error})") from error
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def free_folder(folder: Path) -> Path:
    """Return the folder, or the first missing or empty one with a number appended to its name."""
    names = itertools.chain([folder.name], (f"{folder.name}_{number}" for number in itertools.count(2)))
    return next(free for name in names if is_free(free := folder.with_name(name)))


def is_free(folder: Path) -> bool:
    """Return True if a folder is missing or empty."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def check_new(folder: Path) -> None:
    """Check that a folder is missing or empty, before its files are made.

    Raises:
        DatasetError: If it is not, or is a file.
        OSError: If it cannot be read.
    """
    if not is_free(folder):
        raise DatasetError(f"{folder} already exists and is not an empty folder: choose a new folder")
