"""Hash of the files of a source: their names, sizes and times, without reading them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from boxfit.errors import DatasetError
from boxfit.session.source import Source
from boxfit.views.folder_listing import is_folder


def hash_inputs(source: Path, elsewhere: Iterable[Path], output: Path) -> str:
    """Hash the names, sizes and times of the files of a source.

    Args:
        source: Folder, whose files count at any depth, or file.
        elsewhere: Folders outside the source whose own files count too, and files.
        output: Folder that does not count, if it is within the source.

    Raises:
        DatasetError: If a folder cannot be listed.
    """
    digest = blake2b(digest_size=16)
    try:
        for number, place in enumerate((source, *elsewhere)):
            entries = _files(place, "", output, number == 0) if place.is_dir() else [_line(place.name, place)]
            digest.update("\n".join([f"place {number}", *entries, ""]).encode("utf-8", "surrogatepass"))
    except (OSError, ValueError) as error:
        name = getattr(error, "filename", None) or source
        raise DatasetError(f"{name} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    return digest.hexdigest()


def places_elsewhere(source: Source) -> list[Path]:
    """List the folders of views' files, and the layers, that were read for a source and are not in it, sorted."""
    assert source.path is not None
    folders = {path.parent for view in source.dataset.views for _, path in view.files}
    if source.path.is_dir():
        folders = {folder for folder in folders if not folder.is_relative_to(source.path)}
    return sorted({*folders, *source.layers} - {source.path, source.path.resolve()})


def _files(folder: Path | str, prefix: str, output: Path, is_deep: bool) -> Iterator[str]:
    """Yield a line for each file of a folder, sorted by name."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if not is_folder(entry):
            yield _line(prefix + entry.name, entry)
        elif is_deep and not (entry.name == output.name and output.samefile(entry.path)):
            # Links may lead back.
            yield from _files(entry.path, f"{prefix}{entry.name}/", output, not entry.is_symlink())


def _line(name: str, place: Path | os.DirEntry[str]) -> str:
    """Describe a file; a link counts with the file that it leads to, if there is one."""
    try:
        found = place.stat()
    except OSError:
        return f"{name} leads nowhere"
    return f"{name} {found.st_size} {found.st_mtime_ns}"
