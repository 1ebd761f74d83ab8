"""Subscriptions to the events of a model or of the stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """Callbacks of an event, called in the order of their subscription."""

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[P, object]] = {}

    def subscribe(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Call a function at each `emit`; return a function that unsubscribes, also if called again."""
        key = object()
        self._listeners[key] = listener

        def end() -> None:
            self._listeners.pop(key, None)

        return end

    def clear(self) -> None:
        """End every subscription."""
        self._listeners.clear()

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every subscriber; one that unsubscribes meanwhile is not called."""
        for key in list(self._listeners):
            if (listener := self._listeners.get(key)) is not None:
                listener(*args, **kwargs)
