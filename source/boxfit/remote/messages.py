"""Messages over a pipe: a JSON header and raw arrays. Received data is never executed.

A message is the header's length (8 bytes, little-endian), the header, and the bytes of the arrays in order.
"""

from __future__ import annotations

import json
import math
import re
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from boxfit.errors import one_line
from boxfit.remote.greeting import load_object

_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 2**22
"""Greatest length of a header, in bytes."""

_DTYPE = re.compile("[|][biu]1|[<>][iuf][248]")
"""Types of arrays: booleans and numbers, never objects."""


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
    assert all(_DTYPE.fullmatch(array.dtype.str) for array in arrays), [array.dtype for array in arrays]
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


def read_answer(stream: IO[bytes], most: int) -> Message:
    """Wait for an answer, whose values have a reason: one line, or None if it is "done".

    Args:
        stream: Stream of the answers.
        most: Greatest size of all its arrays together, in bytes.

    Raises:
        EOFError: If the stream ends before the answer is complete.
        ValueError: If the data is not an answer, or is larger.
    """
    answer = read_message(stream, most)
    reason = answer.values.get("reason", 0)
    if isinstance(reason, str) and answer.kind in ("done", "refused", "failed"):
        return Message(answer.kind, {"reason": one_line(reason)}, answer.arrays)
    if reason is not None or answer.kind != "done":
        raise ValueError("a message that is not an answer")
    return answer


def read_message(stream: IO[bytes], most: int = sys.maxsize) -> Message:
    """Wait for a message.

    Args:
        stream: Stream of messages.
        most: Greatest size of all its arrays together, in bytes.

    Raises:
        EOFError: If the stream ends before the message is complete.
        ValueError: If the data is not a message, or is larger.
    """
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > _LONGEST_HEADER:
        raise ValueError(f"a header of {length} bytes")
    header = load_object(_read(stream, length))
    kind, values, layouts = (header.get(key) for key in ("kind", "values", "arrays"))
    if not (isinstance(kind, str) and isinstance(values, dict) and isinstance(layouts, list)):
        raise ValueError("a header without a kind, values or arrays")
    arrays = []
    for layout in layouts:
        dtype, shape = _check_layout(layout, most)
        size = dtype.itemsize * math.prod(shape)
        most -= size
        if most < 0:
            raise ValueError("arrays that are too large")
        # A bytearray is writable, and PyTorch warns about arrays that are not.
        arrays.append(np.frombuffer(bytearray(_read(stream, size)), dtype).reshape(shape))
    return Message(kind, values, tuple(arrays))


def _check_layout(layout: Any, most: int) -> tuple[np.dtype, list[int]]:
    """Return the type and shape of an array; a length that exceeds `most` is an error even if another is 0."""
    dtype, shape = layout if isinstance(layout, list) and len(layout) == 2 else (None, None)
    known = isinstance(dtype, str) and _DTYPE.fullmatch(dtype)
    if not known or not isinstance(shape, list) or not all(type(n) is int and 0 <= n <= most for n in shape):
        raise ValueError("an array of another type, shape or size")
    return np.dtype(dtype), shape


def _read(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
