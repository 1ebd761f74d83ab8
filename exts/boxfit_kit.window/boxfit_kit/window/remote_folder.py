"""A folder of a server as one on this machine: the library reads files, and a server has none that it could open."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import carb.tokens
import omni.client
from boxfit.errors import DatasetError

AT_ONCE = 8
"""Files that are asked for at the same time."""

_READ = (".json", ".npy", ".png", ".jpg", ".jpeg")
"""Endings of what a reader opens; a folder may hold the stage, and gigabytes of other things, too."""

_DEPTH = 4
"""Folders within folders; a dataset has two at most, and a server's root should not be taken for one."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a folder.

    Attributes:
        address: Of the file.
        place: Where it lies in the folder, with slashes.
        size: In bytes.
        modified: When it was changed last, in [s] since 1970.
    """

    address: str
    place: str
    size: int
    modified: float


async def download(address: str, told: Callable[[float, str], None]) -> Path:
    """Bring what a reader needs of a folder here.

    What is here already, and has the server's size and time, is not brought again.

    Args:
        address: Of the folder.
        told: Called with the share of the bytes that are here, and what is being done.

    Returns:
        The folder on this machine.

    Raises:
        DatasetError: If the folder or a file of it cannot be read.
    """
    folder = cache_folder(address)
    told(0.0, f"Listing {address}")
    files = await _list(address)
    total, done = sum(file.size for file in files) or 1, 0
    room = asyncio.Semaphore(AT_ONCE)

    async def bring(file: RemoteFile) -> None:
        nonlocal done
        async with room:
            await _bring(file, folder / file.place)
        done += file.size
        told(done / total, f"Downloading {file.place} of {total / 1e6:,.0f} MB")

    # The first that fails ends the others.
    bringing = [asyncio.ensure_future(bring(file)) for file in files]
    try:
        await asyncio.gather(*bringing)
    except OSError as error:
        raise DatasetError(f"{address} cannot be kept in {folder} ({error.strerror})") from error
    finally:
        for one in bringing:
            one.cancel()
    _remove_others(folder, files)
    return folder


def cache_folder(address: str) -> Path:
    """Where a folder of a server is kept on this machine: in Kit's cache, under its own name."""
    cache = carb.tokens.get_tokens_interface().resolve("${cache}")
    address = address.rstrip("/")
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    return Path(cache, "boxfit_kit.window", digest, address.rpartition("/")[2])


async def _list(address: str, inside: str = "", depth: int = 0) -> list[RemoteFile]:
    """The files of a folder, and of those in it."""
    base = f"{address.rstrip('/')}/"
    result, entries = await omni.client.list_async(base)
    if result != omni.client.Result.OK:
        raise DatasetError(f"{address} cannot be listed ({_reason(result)}): name a folder that you may read")
    files: list[RemoteFile] = []
    for entry in entries:
        name = entry.relative_path.rstrip("/")
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise DatasetError(f"{address} holds a file of the name {entry.relative_path!r}, which cannot be kept")
        place = f"{inside}{name}"
        if entry.flags & omni.client.ItemFlags.CAN_HAVE_CHILDREN:
            if depth == _DEPTH:
                raise DatasetError(f"{address} holds folders within folders: name the one with the views")
            files += await _list(f"{base}{entry.relative_path}", f"{place}/", depth + 1)
        elif name.lower().endswith(_READ):
            modified = _seconds(entry.modified_time)
            files.append(RemoteFile(f"{base}{entry.relative_path}", place, entry.size, modified))
    return files


async def _bring(file: RemoteFile, target: Path) -> None:
    if target.is_file():
        here = target.stat()
        if here.st_size == file.size and abs(here.st_mtime - file.modified) < 1.0:
            return
    result, _, content = await omni.client.read_file_async(file.address)
    if result != omni.client.Result.OK:
        raise DatasetError(f"{file.address} cannot be read ({_reason(result)})")
    await asyncio.to_thread(_write, target, content, file.modified)


def _write(target: Path, content: Any, modified: float) -> None:
    """Write a file whole, with the time that the server has of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.write_bytes(memoryview(content))
    os.utime(draft, (modified, modified))
    draft.replace(target)


def _seconds(time: datetime.datetime) -> float:
    """A time in [s] since 1970, or 0 for one that cannot be: a server may not know it."""
    try:
        return max(time.timestamp(), 0.0)
    except (OSError, OverflowError, ValueError):
        return 0.0


def _remove_others(folder: Path, files: list[RemoteFile]) -> None:
    """What the server has no longer would be read with the rest."""
    kept = {folder / file.place for file in files}
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def _reason(result: Any) -> str:
    """A result in words: Result.ERROR_ACCESS_DENIED -> access denied."""
    return str(getattr(result, "name", result)).removeprefix("ERROR_").replace("_", " ").lower()
