"""Folders of object stores, and of other file systems that fsspec opens; the only file that uses fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from boxfit.errors import BoxfitError, RequirementError, one_line
from boxfit.files.paths import server_address

_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "modified", "created")
"""Keys under which file systems state a value that changes when a file is written, best first."""


class StoreError(BoxfitError):
    """Error for a store that fails; the next run tries the source again."""


class Store:
    """Folder of a store; files are named relative to it, with forward slashes.

    Attributes:
        url: Address of the folder, without a slash at its end.
    """

    def __init__(self, url: str) -> None:
        """Open the folder, which need not exist.

        Raises:
            RequirementError: If fsspec, or the package that it needs for this kind of address, is not installed.
            StoreError: If the address cannot be used.
        """
        try:
            import fsspec
        except ImportError as error:
            raise RequirementError(
                f'{url} needs the package fsspec (pip install "usd-boxfit[fsspec]"), and its own, such as s3fs for s3://'
            ) from error
        self.url = url.rstrip("/")
        try:
            self._files, base = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise RequirementError(f"{url} cannot be opened: {one_line(str(error))}") from error
        except Exception as error:  # Of the package of the store.
            raise StoreError(
                f"{url} cannot be opened ({one_line(str(error))}): name a folder of this machine, or a mounted one"
            ) from error
        self._base: str = base.rstrip("/")

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self._base.rpartition("/")[2] or "root"

    def files(self, place: str = ".") -> dict[str, str]:
        """Return all files below a folder, or for a file those of its folder, each with a text that changes with it.

        Raises:
            StoreError: If the store fails.
        """
        path = self._path(place)
        with self._named_failure(place):
            self._files.invalidate_cache(path)
            found: Mapping[str, Any] = self._files.find(path, detail=True)
            if set(found) == {path}:  # It is a file.
                path = path.rpartition("/")[0]
                found = self._files.find(path, detail=True)
        return {self._relative(name): _stamp(info) for name, info in found.items() if not name.endswith("/")}

    def entries(self) -> list[str]:
        """List the files of the folder itself.

        Raises:
            StoreError: If the store fails.
        """
        with self._named_failure("."):
            self._files.invalidate_cache(self._base)
            try:
                found = self._files.ls(self._base, detail=True)
            except FileNotFoundError:
                return []
        return [self._relative(each["name"]) for each in found if each["type"] == "file"]

    def fetch(self, names: Iterable[str], folder: Path) -> None:
        """Copy files into a folder of this machine.

        Raises:
            StoreError: If the store fails, or a name leads out of the folder.
        """
        if not (names := list(names)):
            return
        places = [local_place(folder, name) for name in names]
        with self._named_failure(names[0]):
            for parent in {place.parent for place in places}:
                parent.mkdir(parents=True, exist_ok=True)
            self._files.get([self._path(name) for name in names], [str(place) for place in places])

    def put(self, folder: Path, names: Mapping[str, str]) -> None:
        """Copy files of a folder of this machine, by their names there, to names in the store.

        Raises:
            StoreError: If the store fails.
        """
        if not names:
            return
        paths = [self._path(name) for name in names.values()]
        with self._named_failure(next(iter(names.values()))):
            for parent in {path.rpartition("/")[0] for path in paths}:
                self._files.makedirs(parent, exist_ok=True)
            self._files.put([str(folder / name) for name in names], paths)

    def _path(self, name: str) -> str:
        return self._base if name == "." else f"{self._base}/{name}"

    def _relative(self, path: str) -> str:
        return path.removeprefix(self._base).lstrip("/")

    @contextmanager
    def _named_failure(self, name: str) -> Iterator[None]:
        """Turn any error of the store into one that names it."""
        try:
            yield
        except BoxfitError:
            raise
        except Exception as error:  # Of the package of the store.
            reason = one_line(str(error)) or type(error).__name__
            raise StoreError(f"{self.url} failed at {name} ({reason}): run the same command again") from error


@lru_cache(maxsize=8)
def open_store(url: str) -> Store:
    """Return the store of an address, once for each process."""
    return Store(url)


def folder_or_url(place: str | os.PathLike[str]) -> Path | str:
    """Return a folder of this machine, which a file:// address is too, or the address of one elsewhere."""
    text = os.fspath(place)
    if text.lower().startswith("file://"):
        return Path(url2pathname(urlsplit(text).path))
    # A path object has lost one of the slashes.
    address = text if "://" in text else server_address(text)
    return address.rstrip("/") if address else Path(text)


def local_place(folder: Path, name: str) -> Path:
    """Return the place in a folder of this machine for a file of a store.

    Raises:
        StoreError: If the name leads out of the folder, as a store's names may.
    """
    place = Path(os.path.normpath(folder / name))
    if not place.is_relative_to(folder) or place == folder:
        raise StoreError(f"{name!r} is no name that a file can have here: rename it in the store")
    return place


def _stamp(info: Mapping[str, Any]) -> str:
    stamp = next((info[key] for key in _STAMPS if info.get(key) is not None), "")
    return f"{info.get('size')} {stamp}"
