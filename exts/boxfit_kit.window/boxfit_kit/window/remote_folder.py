"""Download of a server's folder to this machine, where the library can read it."""

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
"""Number of simultaneous downloads."""

ANSWERS_WITHIN = 60.0
"""Longest wait for a server's answer, in [s]: the client library would try forever."""

_SLOWEST = 1e5
"""Slowest accepted download, in bytes per second."""

_READ = re.compile(r"(?!points3D\.).*\.(json|npy|png|jpe?g|bin|txt)", re.IGNORECASE)
"""Names of the files that a reader opens; others, such as stages and COLMAP's points, are not downloaded."""

_DEPTH = 4
"""Largest depth of subfolders; a dataset has three at most, and a whole server must not be downloaded."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a folder.

    Attributes:
        address: Of the file.
        place: Relative path in the folder, with slashes.
        size: In bytes.
        modified: Time of its last change, in [s] since 1970.
    """

    address: str
    place: str
    size: int
    modified: float


async def download(address: str, on_progress: Callable[[float, str], None]) -> Path:
    """Download the files of a folder that a reader needs.

    Files that are already here with the server's size and time are not downloaded again.

    Args:
        address: Of the folder, as the user has typed it; it has no query and no fragment.
        on_progress: Called with the downloaded share and a description.

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

    async def fetch(file: RemoteFile) -> None:
        nonlocal done
        async with room:
            await _fetch(file, folder / file.place)
        done += file.size
        on_progress(done / total, f"Downloading {file.place} of {total / 1e6:,.0f} MB")

    # The first error cancels the other downloads.
    tasks = [asyncio.ensure_future(fetch(file)) for file in files]
    try:
        await asyncio.gather(*tasks)
        _remove_stale(folder, files)
    except OSError as error:
        raise DatasetError(f"{address} cannot be stored in {folder} ({error.strerror})") from error
    finally:
        for task in tasks:
            task.cancel()
    return folder


def cache_folder(address: str) -> Path:
    """Return the local folder of a server's folder, in Kit's cache."""
    address = address.rstrip("/")
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    # The name must not lead out of the cache, whatever the address ends in.
    name = re.sub(r"[^\w. -]", "_", unquote(address.rpartition("/")[2])).strip(". ")
    return _cache() / "boxfit_kit.window" / digest / (name or "views")


def _encoded(address: str) -> str:
    """Encode blanks, `#`, `?` and `%` in an address for the client library."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})|[ #?]", lambda found: quote(found[0]), address)


def _cache() -> Path:
    return Path(carb.tokens.get_tokens_interface().resolve("${cache}"))


async def answer_of(request: Awaitable[T], address: str, within: float | None = None) -> T:
    """Wait for a server's answer, with a time limit.

    Args:
        request: The request; it is cancelled at the time limit.
        address: Of the request.
        within: Time limit in [s]; None for `ANSWERS_WITHIN`.

    Raises:
        DatasetError: If it takes longer.
    """
    within = ANSWERS_WITHIN if within is None else within
    try:
        return await asyncio.wait_for(request, within)
    except asyncio.TimeoutError:
        raise DatasetError(
            f"{address}: no answer within {within:.0f} s; check that the server can be reached from here"
        ) from None


async def _list(address: str, inside: str = "", depth: int = 0) -> list[RemoteFile]:
    """List the files of a folder and its subfolders."""
    base = f"{address.rstrip('/')}/"
    result, entries = await answer_of(omni.client.list_async(base), address)
    if result != omni.client.Result.OK:
        raise DatasetError(f"{address} cannot be listed ({reason(result)}): choose a folder that you may read")
    files: list[RemoteFile] = []
    for entry in entries:
        name = entry.relative_path.rstrip("/")
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise DatasetError(f"{address}holds a file named {entry.relative_path!r}, which cannot be stored")
        place = f"{inside}{name}"
        if entry.flags & omni.client.ItemFlags.CAN_HAVE_CHILDREN:
            if depth == _DEPTH:
                raise DatasetError(f"{address}has too many levels of folders: choose the folder with the views")
            files += await _list(f"{base}{quote(name)}", f"{place}/", depth + 1)
        elif _READ.fullmatch(name):
            modified = _seconds(entry.modified_time)
            files.append(RemoteFile(f"{base}{quote(name)}", place, entry.size, modified))
    return files


async def _fetch(file: RemoteFile, target: Path) -> None:
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
    """Write a file atomically, with the server's time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.write_bytes(memoryview(content))
    os.utime(draft, (modified, modified))
    draft.replace(target)


def _seconds(time: datetime.datetime) -> float:
    """Convert a time of the client library to [s] since 1970; 0 if the server does not know it."""
    try:
        return max(time.replace(tzinfo=datetime.timezone.utc).timestamp(), 0.0)
    except (OSError, OverflowError, ValueError):
        return 0.0


def _remove_stale(folder: Path, files: list[RemoteFile]) -> None:
    """Delete files that are no longer on the server."""
    kept = {folder / file.place for file in files}
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def reason(result: Any) -> str:
    """Format a result: Result.ERROR_ACCESS_DENIED -> access denied."""
    return str(getattr(result, "name", result)).removeprefix("ERROR_").replace("_", " ").lower()
