"""Make a folder of files that appears whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

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


def check_new(folder: Path) -> None:
    """Refuse a folder that holds something, before any work is done for it.

    Raises:
        DatasetError: If it does, or is a file.
        OSError: If it cannot be looked at.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder} is there already and is not an empty folder: name a new one")
