"""Messages over a pipe: a JSON header and raw arrays. Received data is never executed.

A message is the header's length (8 bytes, little-endian), the header, and the bytes of the arrays in order.
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
"""Kinds of arrays: booleans and numbers."""


@dataclass(frozen=True, eq=False)
class Message:
    """Request or answer.

    Attributes:
        kind: Kind of the request; for an answer "done", "refused" or "failed".
        values: Values that JSON can represent. Floating point numbers are transferred exactly.
        arrays: Arrays of numbers or booleans.
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
        EOFError: If the stream ends before the message is complete.
        ValueError: If the data is not a message.
    """
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > _LONGEST_HEADER:
        raise ValueError(f"a header of {length} bytes")
    header = json.loads(_read(stream, length))
    arrays = tuple(_read_array(stream, dtype, shape) for dtype, shape in header["arrays"])
    return Message(header["kind"], header["values"], arrays)


def _read_array(stream: IO[bytes], dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(dtype)
    assert kind.kind in _KINDS, kind
    count = int(np.prod(shape, dtype=np.int64))
    # A bytearray is writable, and PyTorch warns about arrays that are not.
    return np.frombuffer(bytearray(_read(stream, count * kind.itemsize)), kind).reshape(shape)


def _read(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
