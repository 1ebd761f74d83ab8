"""Stand-in for `carb.events`, the event streams of Kit before 107 (still there in 107).

Signatures: typings/carb/events/_events.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

_streams: WeakSet[IEventStream] = WeakSet()


@dataclass(frozen=True)
class IEvent:
    type: int
    payload: Mapping[str, Any] = field(default_factory=dict)


class ISubscription:
    """Ends when it is dropped."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def unsubscribe(self) -> None:
        self._end()

    def __del__(self) -> None:
        self._end()


class IEventStream:
    def __init__(self, name: str) -> None:
        self.name = name
        self._watchers: dict[object, tuple[str, Callable[[IEvent], Any]]] = {}
        _streams.add(self)

    def create_subscription_to_pop(self, fn: Callable[[IEvent], Any], order: int = 0, name: str = "") -> ISubscription:
        key = object()
        self._watchers[key] = (name, fn)
        return ISubscription(lambda: self._watchers.pop(key, None) and None)

    def push(self, event_type: int = 0, sender: int = 0, payload: Mapping[str, Any] | None = None) -> None:
        for _, fn in list(self._watchers.values()):
            fn(IEvent(int(event_type), payload or {}))


def type_from_string(name: str) -> int:
    return zlib.crc32(name.encode())


def leftovers() -> list[str]:
    return [f"{name!r} on the stream {one.name}" for one in _streams for name, _ in one._watchers.values()]
