"""Make a folder of files that appears whole or not at all, in place of an earlier one or beside it."""

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
    """Hand out a draft beside a folder, and give it the folder's name when the block ends well.

    Args:
        folder: New or empty folder; missing parents are made.

    Raises:
        DatasetError: If the folder holds something, or cannot be written.
    """
    draft = None
    try:
        check_new(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        yield draft
        draft.chmod(0o755)  # mkdtemp makes a folder that only its owner may enter.
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
    """Have a folder out of the way while another one takes its place; it goes for good when the block ends well.

    Where the block raises, what has taken its place goes, and it comes back.

    Args:
        folder: It need not exist.

    Raises:
        DatasetError: If it cannot be moved.
    """
    if not folder.exists():
        yield
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
    """The folder itself, or the first of those beside it with a number behind the name that holds nothing yet."""
    names = itertools.chain([folder.name], (f"{folder.name}_{number}" for number in itertools.count(2)))
    return next(free for name in names if is_free(free := folder.with_name(name)))


def is_free(folder: Path) -> bool:
    """Whether a folder is missing or holds nothing."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def check_new(folder: Path) -> None:
    """Refuse a folder that holds something, before any work is done for it.

    Raises:
        DatasetError: If it does, or is a file.
        OSError: If it cannot be looked at.
    """
    if not is_free(folder):
        raise DatasetError(f"{folder} is there already and is not an empty folder: name a new one")
