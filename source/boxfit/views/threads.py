"""Reading of several files at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from boxfit.views.cancellation import check_wanted, read_while, views_read, wanted_here

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST_THREADS = 4
"""Decoders run at once; each holds an image in memory. OMP_NUM_THREADS, the usual limit of threads, may lower it."""


def map_in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Apply a function to items in several threads, which end as soon as this one's result is no longer wanted.

    Returns:
        The results, in the order of the items.

    Raises:
        BaseException: The first error of the function.
    """
    items, wanted = list(items), wanted_here()
    limit = os.environ.get("OMP_NUM_THREADS", "")
    count = min(os.cpu_count() or 1, int(limit) if limit.isdecimal() else _MOST_THREADS, _MOST_THREADS, len(items))
    if count < 2:
        return _collected(map(_checked(function), items), len(items))
    with ThreadPoolExecutor(count, initializer=read_while, initargs=(wanted,)) as pool:
        return _collected(pool.map(_checked(function), items), len(items))


def _checked(function: Callable[[_Item], _Result]) -> Callable[[_Item], _Result]:
    """Return a function that first checks that its result is still wanted."""

    def checked(item: _Item) -> _Result:
        check_wanted()
        return function(item)

    return checked


def _collected(results: Iterator[_Result], total: int) -> list[_Result]:
    """Return the results as a list, and report the progress of this thread meanwhile."""
    found = []
    for result in results:
        found.append(result)
        views_read(len(found), total)
    return found
