"""Cache of arrays in files named by a hash of their inputs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

CACHE = Path(__file__).parent / ".cache"


def cached(kind: str, inputs: Iterable[object], make: Callable[[], dict[str, Any]]) -> dict[str, np.ndarray]:
    """Return arrays from the cache, which are made and stored if they are missing.

    Args:
        kind: First part of the file's name.
        inputs: All inputs of the arrays: arrays, or values that differ in their `repr`.
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
