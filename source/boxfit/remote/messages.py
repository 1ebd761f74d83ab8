"""Messages over a pipe: a header in JSON, then arrays as they lie in memory. Nothing that comes in is executed.

A message is the header's length (8 bytes, little-endian), the header, and the arrays one after another.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 2**24
_KINDS = "biuf"
"""Arrays hold truth values and numbers."""


@dataclass(frozen=True, eq=False)
class Message:
    """A request, or its answer.

    Attributes:
        kind: What is asked for, or "done", "refused", "failed".
        values: What JSON can hold. Floating point numbers arrive as they were, to the last bit.
        arrays: Arrays of numbers or truth values.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: tuple[np.ndarray, ...] = ()


def write_message(stream: IO[bytes], message: Message) -> None:
    """Send a message."""
    arrays = [np.asarray(array) for array in message.arrays]
    assert all(array.dtype.kind in _KINDS for array in arrays), [array.dtype for array in arrays]
    header = {
        "kind": message.kind,
        "values": message.values,
        "arrays": [[array.dtype.str, array.shape] for array in arrays],
    }
    text = json.dumps(header).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    for array in arrays:
        stream.write(array.tobytes())
    stream.flush()


def read_message(stream: IO[bytes]) -> Message:
    """Wait for a message.

    Raises:
        EOFError: If the stream ends before it is complete.
        ValueError: If it is no message.
    """
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > _LONGEST_HEADER:
        raise ValueError(f"a header of {length} bytes")
    header = json.loads(_read(stream, length))
    return Message(header["kind"], header["values"], tuple(_read_array(stream, *one) for one in header["arrays"]))


def _read_array(stream: IO[bytes], dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(dtype)
    assert kind.kind in _KINDS, kind
    count = int(np.prod(shape, dtype=np.int64))
    # A bytearray may be written to, and PyTorch warns of arrays that may not.
    return np.frombuffer(bytearray(_read(stream, count * kind.itemsize)), kind).reshape(shape)


def _read(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
