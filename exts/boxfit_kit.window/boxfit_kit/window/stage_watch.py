"""What happens to the open stage, whoever does it: for those who show it."""

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
    """Tells of opening, closing and saving at once, and of edits, undo and redo at the next update, once for all.

    Args:
        context: A USD context.
        boxes: Gives the paths of the boxes that are shown.
        start: Runs a coroutine beside the updates.

    Attributes:
        selected: Emitted when the user's selection is another one.
    """

    def __init__(
        self, context: Any, boxes: Callable[[], Iterable[str]], start: Callable[[Coroutine[Any, Any, None]], Any]
    ) -> None:
        self.selected: Signal[[]] = Signal()
        self._context, self._boxes, self._start = context, boxes, start
        self._listeners: Signal[[StageEvent]] = Signal()
        self._closing = False
        self._noted: set[StageEvent] = set()
        self._changes: BoxChanges | None = None
        self._events = StageEvents(
            context,
            {
                "OPENED": self._opened,
                "CLOSING": self._closed,
                "CLOSED": self._closed,
                "SAVED": lambda: self.tell("saved"),
                "SELECTION_CHANGED": self.selected.emit,
                "DIRTY_STATE_CHANGED": self._touched,
            },
        )
        # What was subscribed is ended by the same function, so that it has to be the same object.
        self._undo_changed = lambda names: self._touched()
        omni.kit.undo.subscribe_on_change(self._undo_changed)
        self._watch_changes()

    @property
    def stage(self) -> Any | None:
        """The open stage; None from the moment that it begins to close."""
        return None if self._closing else self._context.get_stage()

    def add(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Call a function at each event of the stage; gives a function that ends this."""
        return self._listeners.subscribe(on_event)

    def tell(self, event: StageEvent) -> None:
        """Tell everyone who watches, at once."""
        if event == "edited":
            self._noted.clear()
        self._listeners.emit(event)

    def destroy(self) -> None:
        """Watch no more."""
        self._listeners.clear()
        self._events.destroy()
        self._unwatch_changes()
        omni.kit.undo.unsubscribe_on_change(self._undo_changed)

    def _opened(self) -> None:
        self._closing = False
        self._watch_changes()
        self.tell("opened")

    def _closed(self) -> None:
        """A stage that closes is told of twice; nobody may hold on to anything of it after the first time."""
        if not self._closing:
            self._closing = True
            self._unwatch_changes()
            self.tell("closed")

    def _watch_changes(self) -> None:
        self._unwatch_changes()
        if (stage := self.stage) is not None:
            self._changes = BoxChanges(stage, self._boxes, self._note)

    def _unwatch_changes(self) -> None:
        self._noted.clear()
        if self._changes is not None:
            self._changes.destroy()
            self._changes = None

    def _touched(self) -> None:
        """Kit tells of every command of anyone, and of every change of selection: no time for a look at the stage."""
        self._note("touched")

    def _note(self, event: StageEvent) -> None:
        """Keep in mind what to tell at the next update: this is called in the middle of edits and commands."""
        if not self._noted:
            self._start(self._tell_noted())
        self._noted.add(event)

    async def _tell_noted(self) -> None:
        await omni.kit.app.get_app().next_update_async()
        noted, self._noted = self._noted, set()
        # An edit is all that the others are.
        for event in ("edited",) if "edited" in noted else sorted(noted):
            self.tell(event)
