"""Stand-in for `carb.eventdispatcher`, the events of Kit 107 and later.

Signatures: typings/carb/eventdispatcher/_eventdispatcher.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    event_name: str
    payload: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.payload.get(key)

    def get(self, key: str) -> Any:
        return self.payload.get(key)

    def has_key(self, key: str) -> bool:
        return key in self.payload


class ObserverGuard:
    """Ends the watch when it is dropped, or reset."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def reset(self) -> None:
        self._end()

    def __del__(self) -> None:
        self._end()


class IEventDispatcher:
    def __init__(self) -> None:
        self._observers: dict[object, tuple[str, str, Callable[[Event], Any]]] = {}

    def observe_event(
        self,
        *,
        order: int = 0,
        event_name: str,
        on_event: Callable[[Event], Any],
        filter: Any = None,
        observer_name: str = "<python>",
    ) -> ObserverGuard:
        key = object()
        self._observers[key] = (event_name, observer_name, on_event)
        return ObserverGuard(lambda: self._observers.pop(key, None) and None)

    def dispatch_event(self, event_name: str, payload: Mapping[str, Any] | None = None) -> int:
        found = [on_event for name, _, on_event in self._observers.values() if name == event_name]
        for on_event in found:
            on_event(Event(event_name, payload or {}))
        return len(found)


_dispatcher = IEventDispatcher()


def get_eventdispatcher() -> IEventDispatcher:
    return _dispatcher


def leftovers() -> list[str]:
    return [f"{observer} watching {name}" for name, observer, _ in _dispatcher._observers.values()]
