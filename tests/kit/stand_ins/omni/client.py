"""Stand-in for `omni.client`: a server with files in memory.

Signatures: docs.omniverse.nvidia.com, omni.client.lib 1.1.1.
"""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

Result = enum.IntEnum(
    "Result",
    "OK OK_LATEST OK_NOT_YET_FOUND ERROR ERROR_CONNECTION ERROR_NOT_SUPPORTED ERROR_ACCESS_DENIED ERROR_NOT_FOUND",
    start=0,
)


class ItemFlags(enum.IntFlag):
    READABLE_FILE = 1
    WRITEABLE_FILE = 2
    CAN_HAVE_CHILDREN = 4


@dataclass(frozen=True)
class ListEntry:
    relative_path: str
    flags: int
    size: int
    modified_time: datetime.datetime


Content = bytes

served: dict[str, bytes] = {}
"""What the server has, by address."""

denied: set[str] = set()
"""Addresses that may not be read."""

read: list[str] = []
"""Files that were read, in order."""

MODIFIED = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


async def list_async(url: str) -> tuple[Result, tuple[ListEntry, ...]]:
    base = f"{url.rstrip('/')}/"
    below = {address[len(base) :]: content for address, content in served.items() if address.startswith(base)}
    if not below:
        return Result.ERROR_NOT_FOUND, ()
    entries = {}
    for place, content in below.items():
        name, slash, _ = place.partition("/")
        flags = ItemFlags.CAN_HAVE_CHILDREN if slash else ItemFlags.READABLE_FILE
        entries[name] = ListEntry(name, int(flags), 0 if slash else len(content), MODIFIED)
    return Result.OK, tuple(entries.values())


async def read_file_async(url: str) -> tuple[Result, str, Content]:
    if url in denied:
        return Result.ERROR_ACCESS_DENIED, "", b""
    if url not in served:
        return Result.ERROR_NOT_FOUND, "", b""
    read.append(url)
    return Result.OK, "", served[url]
