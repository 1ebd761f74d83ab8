"""Events of the USD context: those of Kit 107 and later, or the event stream of earlier Kits."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import carb
import omni.usd

OBSERVER = "boxfit_kit:stage"


class StageEvents:
    """Event subscriptions of a USD context, until destroyed.

    Callbacks run on the thread that makes this object, the main thread: at once for its own events, and with the next
    update for those of other threads. Their errors are logged.

    Args:
        context: A USD context.
        handlers: Callbacks by the names of `omni.usd.StageEventType`.
    """

    def __init__(self, context: Any, handlers: Mapping[str, Callable[[], None]]) -> None:
        self._loop, self._thread = asyncio.get_event_loop(), threading.get_ident()
        kinds = {getattr(omni.usd.StageEventType, name): self._on_main(handler) for name, handler in handlers.items()}
        # A subscription ends when its object is released.
        self._watches: list[Any]
        if hasattr(context, "stage_event_name"):
            self._watches = [_observe(context.stage_event_name(kind), handler) for kind, handler in kinds.items()]
        else:
            by_number = {int(kind): handler for kind, handler in kinds.items()}
            self._watches = [_watch_stream(context.get_stage_event_stream(), by_number)]

    def destroy(self) -> None:
        """Unsubscribe."""
        self._watches.clear()

    def _on_main(self, handler: Callable[[], None]) -> Callable[[], None]:
        """Return a callback for any thread."""

        def handle() -> None:
            if not self._watches:
                return
            try:
                handler()
            except Exception:  # Kit's dispatcher is no place to catch it.
                carb.log_error(f"[boxfit_kit.core] {traceback.format_exc()}")

        def call() -> None:
            if threading.get_ident() == self._thread:
                handle()
            else:
                self._loop.call_soon_threadsafe(handle)

        return call


def _observe(event: str, handler: Callable[[], None]) -> Any:
    import carb.eventdispatcher  # Not in Kit before 107.

    return carb.eventdispatcher.get_eventdispatcher().observe_event(
        event_name=event, on_event=lambda _: handler(), observer_name=OBSERVER
    )


def _watch_stream(stream: Any, handlers: Mapping[int, Callable[[], None]]) -> Any:
    def on_event(event: Any) -> None:
        handler = handlers.get(int(event.type))
        if handler is not None:
            handler()

    return stream.create_subscription_to_pop(on_event, name=OBSERVER)
