"""Events of the open stage, from all sources, for the panel's models."""

from __future__ import annotations

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
        self._closing = False
        self._pending: set[StageEvent] = set()
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
            self._pending.clear()
        self._listeners.emit(event)

    def destroy(self) -> None:
        """Unsubscribe."""
        self._listeners.clear()
        self._events.destroy()
        self._unwatch_changes()
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
            self._changes = BoxChanges(stage, self._boxes, self._note)

    def _unwatch_changes(self) -> None:
        self._pending.clear()
        if self._changes is not None:
            self._changes.destroy()
            self._changes = None

    def _touched(self) -> None:
        """Note a command or a selection change, which are too frequent to read the stage each time."""
        self._note("touched")

    def _note(self, event: StageEvent) -> None:
        """Add an event for the next update: this is called in the middle of edits and commands."""
        if not self._pending:
            self._start(self._emit_pending())
        self._pending.add(event)

    async def _emit_pending(self) -> None:
        await omni.kit.app.get_app().next_update_async()
        pending, self._pending = self._pending, set()
        # "edited" includes the other events.
        for event in ("edited",) if "edited" in pending else sorted(pending):
            self.emit(event)
