"""Callbacks through weak references.

A subscription of omni.ui holds its callback where Python's garbage collector cannot see it: an object that keeps a
subscription to its own method would never be freed, nor anything it refers to, such as the stage's masks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod


def weakly(method: Callable[..., object], *first: Any) -> Callable[..., None]:
    """Return a function that calls a bound method for as long as its object exists.

    Args:
        method: Method to call.
        first: Arguments that come before those of the call.
    """
    found = WeakMethod(method)

    def call(*arguments: Any, **options: Any) -> None:
        if (alive := found()) is not None:
            alive(*first, *arguments, **options)

    return call
