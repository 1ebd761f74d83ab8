"""Callbacks that keep nothing alive.

A subscription of omni.ui holds what it calls, out of the sight of Python's garbage collector: an object that keeps a
subscription which calls it would never go, and nor would all that it knows, the stage's masks among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod


def weakly(method: Callable[..., object], *first: Any) -> Callable[..., None]:
    """A function that calls a bound method for as long as its object lives.

    Args:
        method: What to call.
        first: Arguments that come before those of the call.
    """
    found = WeakMethod(method)

    def call(*arguments: Any, **options: Any) -> None:
        if (alive := found()) is not None:
            alive(*first, *arguments, **options)

    return call
