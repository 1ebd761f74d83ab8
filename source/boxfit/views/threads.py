"""Reading of several files at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from boxfit.views.cancellation import read_while, wanted_here

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST_THREADS = 4
"""Decoders run at once; each holds an image in memory."""


def map_in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Apply a function to items in several threads, which end as soon as this one's result is no longer wanted.

    Returns:
        The results, in the order of the items.

    Raises:
        BaseException: The first error of the function.
    """
    items, wanted = list(items), wanted_here()
    count = min(os.cpu_count() or 1, _MOST_THREADS, len(items))
    if count < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(count, initializer=read_while, initargs=(wanted,)) as pool:
        return list(pool.map(function, items))
