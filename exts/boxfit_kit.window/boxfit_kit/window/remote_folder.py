"""A folder of a server as one on this machine: the library reads files, and a server has none that it could open."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import carb.tokens
import omni.client
from boxfit.errors import DatasetError

T = TypeVar("T")

AT_ONCE = 8
"""Files that are asked for at the same time."""

ANSWERS_WITHIN = 60.0
"""Seconds that a server may take for an answer: the client library tries to reach one for ever."""

_SLOWEST = 1e5
"""Bytes per second below which the reading of a file is given up."""

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


async def download(address: str, on_progress: Callable[[float, str], None]) -> Path:
    """Bring what a reader needs of a folder here.

    What is here already, and has the server's size and time, is not brought again.

    Args:
        address: Of the folder, as the user has typed it; a folder's address has no query and no fragment.
        on_progress: Called with the share of the bytes that are here, and what is being done.

    Returns:
        The folder on this machine.

    Raises:
        DatasetError: If the folder or a file of it cannot be read.
    """
    address = _encoded(address)
    folder = cache_folder(address)
    on_progress(0.0, f"Listing {address}")
    files = await _list(address)
    total, done = sum(file.size for file in files) or 1, 0
    room = asyncio.Semaphore(AT_ONCE)

    async def bring(file: RemoteFile) -> None:
        nonlocal done
        async with room:
            await _bring(file, folder / file.place)
        done += file.size
        on_progress(done / total, f"Downloading {file.place} of {total / 1e6:,.0f} MB")

    # The first that fails ends the others.
    bringing = [asyncio.ensure_future(bring(file)) for file in files]
    try:
        await asyncio.gather(*bringing)
        _remove_others(folder, files)
    except OSError as error:
        raise DatasetError(f"{address} cannot be kept in {folder} ({error.strerror})") from error
    finally:
        for one in bringing:
            one.cancel()
    return folder


def cache_folder(address: str) -> Path:
    """Where a folder of a server is kept on this machine: in Kit's cache, under its own name."""
    address = address.rstrip("/")
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    # Whatever an address ends in, this stays inside.
    name = re.sub(r"[^\w. -]", "_", unquote(address.rpartition("/")[2])).strip(". ")
    return _cache() / "boxfit_kit.window" / digest / (name or "views")


def _encoded(address: str) -> str:
    """An address whose names may hold blanks, `#`, `?` and `%`, as the client library wants it."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})|[ #?]", lambda found: quote(found[0]), address)


def _cache() -> Path:
    return Path(carb.tokens.get_tokens_interface().resolve("${cache}"))


async def answer_of(asked: Awaitable[T], address: str, within: float | None = None) -> T:
    """Wait for a server's answer, but no longer than it may take.

    Args:
        asked: Gives the answer; it is cancelled where that takes too long.
        address: What was asked for.
        within: Seconds that it may take; None for `ANSWERS_WITHIN`.

    Raises:
        DatasetError: If it takes longer.
    """
    within = ANSWERS_WITHIN if within is None else within
    try:
        return await asyncio.wait_for(asked, within)
    except asyncio.TimeoutError:
        raise DatasetError(
            f"{address}: no answer within {within:.0f} s; see whether the server can be reached from here"
        ) from None


async def _list(address: str, inside: str = "", depth: int = 0) -> list[RemoteFile]:
    """The files of a folder, and of those in it."""
    base = f"{address.rstrip('/')}/"
    result, entries = await answer_of(omni.client.list_async(base), address)
    if result != omni.client.Result.OK:
        raise DatasetError(f"{address} cannot be listed ({reason(result)}): name a folder that you may read")
    files: list[RemoteFile] = []
    for entry in entries:
        name = entry.relative_path.rstrip("/")
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise DatasetError(f"{address} holds a file of the name {entry.relative_path!r}, which cannot be kept")
        place = f"{inside}{name}"
        if entry.flags & omni.client.ItemFlags.CAN_HAVE_CHILDREN:
            if depth == _DEPTH:
                raise DatasetError(f"{address} holds folders within folders: name the one with the views")
            files += await _list(f"{base}{quote(name)}", f"{place}/", depth + 1)
        elif name.lower().endswith(_READ):
            modified = _seconds(entry.modified_time)
            files.append(RemoteFile(f"{base}{quote(name)}", place, entry.size, modified))
    return files


async def _bring(file: RemoteFile, target: Path) -> None:
    if target.is_file():
        here = target.stat()
        if here.st_size == file.size and abs(here.st_mtime - file.modified) < 1.0:
            return
    allowed = ANSWERS_WITHIN + file.size / _SLOWEST
    result, _, content = await answer_of(omni.client.read_file_async(file.address), file.address, allowed)
    if result != omni.client.Result.OK:
        raise DatasetError(f"{file.address} cannot be read ({reason(result)})")
    await asyncio.to_thread(_write, target, content, file.modified)


def _write(target: Path, content: Any, modified: float) -> None:
    """Write a file whole, with the time that the server has of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.write_bytes(memoryview(content))
    os.utime(draft, (modified, modified))
    draft.replace(target)


def _seconds(time: datetime.datetime) -> float:
    """A time of the client library in [s] since 1970, or 0 for one that cannot be: a server may not know it."""
    try:
        return max(time.replace(tzinfo=datetime.timezone.utc).timestamp(), 0.0)
    except (OSError, OverflowError, ValueError):
        return 0.0


def _remove_others(folder: Path, files: list[RemoteFile]) -> None:
    """What the server has no longer would be read with the rest."""
    kept = {folder / file.place for file in files}
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def reason(result: Any) -> str:
    """A result in words: Result.ERROR_ACCESS_DENIED -> access denied."""
    return str(getattr(result, "name", result)).removeprefix("ERROR_").replace("_", " ").lower()
