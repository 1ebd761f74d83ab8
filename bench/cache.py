"""Arrays that take long to make, kept in files named after what they were made from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

CACHE = Path(__file__).parent / ".cache"


def cached(kind: str, inputs: Iterable[object], make: Callable[[], dict[str, Any]]) -> dict[str, np.ndarray]:
    """Arrays from the cache, made and stored there when they are not in it.

    Args:
        kind: First part of the file's name.
        inputs: All that the arrays depend on: arrays, or values whose `repr` tells them apart.
        make: Makes the arrays.
    """
    key = hashlib.sha256()
    for value in inputs:
        key.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    path = CACHE / f"{kind}-{key.hexdigest()[:24]}.npz"
    if path.exists():
        with np.load(path) as stored:
            return dict(stored)
    arrays = make()
    CACHE.mkdir(exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(unfinished, **arrays)
    unfinished.replace(path)
    return arrays
