"""Files beside the stage, written all together: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from boxfit.errors import OutputError


def check_files(paths: Sequence[Path], force: bool) -> None:
    """Refuse files that could not be written, before any work is done for them.

    Raises:
        OutputError: If a folder is missing or read-only, a file exists and `force` is not given, or two are the same.
    """
    for path in paths:
        if not path.parent.is_dir():
            raise OutputError(f"{path} cannot be written: the folder {path.parent} does not exist")
        if path.is_dir():
            raise OutputError(f"{path} cannot be written: it is a folder")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path} cannot be written: {path.parent} is read-only")
        if path.exists() and not force:
            raise OutputError(f"{path} exists: overwrite it (--force), or name another file")
        if sum(path.resolve() == other.resolve() for other in paths) > 1:
            raise OutputError(f"{path} is named for two results: give each a file of its own")


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
