"""A model tells those who look at it that it has changed."""

from __future__ import annotations

from collections.abc import Callable


class Signal:
    """Functions to call when something has changed, in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[[], None]] = {}

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function at each `emit` from now on.

        Returns:
            A function that ends this; calling it again does nothing.
        """
        key = object()
        self._listeners[key] = listener

        def end() -> None:
            self._listeners.pop(key, None)

        return end

    def emit(self) -> None:
        """Call everyone who listens; who leaves meanwhile is not called any more."""
        for key in list(self._listeners):
            if (listener := self._listeners.get(key)) is not None:
                listener()
