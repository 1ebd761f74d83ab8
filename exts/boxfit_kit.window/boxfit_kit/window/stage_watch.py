"""Events of the open stage, from all sources, for the panel's models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import omni.kit.app
import omni.kit.undo
from boxfit.ui.host import StageEvent
from boxfit.ui.model.signal import Signal

from boxfit_kit.core.stage_events import StageEvents
from boxfit_kit.window.box_changes import BoxChanges


class StageWatch:
    """Source of stage events: open, close and save at once; edits, undo and redo combined at the next update.

    Edits may happen on any thread: they are noted there, and looked at on the main thread, which makes this object.

    Args:
        context: A USD context.
        boxes: Returns the paths of the shown boxes.
        start: Runs a coroutine between the updates.

    Attributes:
        selected: Emitted when the selection has changed.
    """

    def __init__(
        self, context: Any, boxes: Callable[[], Iterable[str]], start: Callable[[Coroutine[Any, Any, None]], Any]
    ) -> None:
        self.selected: Signal[[]] = Signal()
        self._context, self._boxes, self._start = context, boxes, start
        self._listeners: Signal[[StageEvent]] = Signal()
        self._closing = self._is_touched = self._is_woken = False
        self._loop = asyncio.get_event_loop()
        self._waking: asyncio.Handle | None = None
        self._changes: BoxChanges | None = None
        self._events = StageEvents(
            context,
            {
                "OPENED": self._opened,
                "CLOSING": self._closed,
                "CLOSED": self._closed,
                "SAVED": lambda: self.emit("saved"),
                "SELECTION_CHANGED": self.selected.emit,
                "DIRTY_STATE_CHANGED": self._touched,
            },
        )
        # Unsubscribing takes the same function object.
        self._on_undo_change = lambda names: self._touched()
        omni.kit.undo.subscribe_on_change(self._on_undo_change)
        self._watch_changes()

    @property
    def stage(self) -> Any | None:
        """The open stage; None as soon as it begins to close."""
        return None if self._closing else self._context.get_stage()

    def add(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Subscribe to the events; return a function that unsubscribes."""
        return self._listeners.subscribe(on_event)

    def emit(self, event: StageEvent) -> None:
        """Emit an event at once."""
        if event == "edited":
            self._forget()
        self._listeners.emit(event)

    def destroy(self) -> None:
        """Unsubscribe."""
        self._listeners.clear()
        self._events.destroy()
        self._unwatch_changes()
        if self._waking is not None:
            self._waking.cancel()
        omni.kit.undo.unsubscribe_on_change(self._on_undo_change)

    def _opened(self) -> None:
        self._closing = False
        self._watch_changes()
        self.emit("opened")

    def _closed(self) -> None:
        """Handle the first of Kit's two closing events, after which nothing of the stage may be kept."""
        if not self._closing:
            self._closing = True
            self._unwatch_changes()
            self.emit("closed")

    def _watch_changes(self) -> None:
        self._unwatch_changes()
        if (stage := self.stage) is not None:
            self._changes = BoxChanges(stage, self._boxes, self._wake)

    def _unwatch_changes(self) -> None:
        self._forget()
        if self._changes is not None:
            self._changes.destroy()
            self._changes = None

    def _forget(self) -> None:
        self._is_touched = False
        if self._changes is not None:
            self._changes.forget()

    def _touched(self) -> None:
        """Note a command or a selection change, which are too frequent to read the stage each time."""
        self._is_touched = True
        self._wake()

    def _wake(self) -> None:
        """Emit what was noted at the next update: this is called on any thread, in the middle of edits and commands."""
        if not self._is_woken:
            self._is_woken = True
            self._waking = self._loop.call_soon_threadsafe(lambda: self._start(self._emit_noted()))

    async def _emit_noted(self) -> None:
        try:
            await omni.kit.app.get_app().next_update_async()
        finally:
            self._is_woken = False
        change = self._changes.take(self.stage) if self._changes is not None else None
        if change is not None:
            self.emit(change)
        if self._is_touched:  # "edited" includes it.
            self._is_touched = False
            self.emit("touched")
