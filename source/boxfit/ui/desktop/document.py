"""The open stage of the desktop window: opening, undoable edits, saving, and stage events. Nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from boxfit.errors import DatasetError, StageError
from boxfit.files.drafts import FileState, file_state
from boxfit.files.paths import server_address
from boxfit.ui.desktop.undo_stack import UndoStack
from boxfit.ui.host import Capture, M, Saved, StageEvent
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.signal import Signal
from boxfit.usd.saving import save_stage, save_stage_as
from boxfit.usd.stage import open_from_disk, stage_file, unnamed_stage


class Document:
    """The stage part of `Host`. It begins with an empty stage without a file.

    Attributes:
        stage: The open stage.
        selection: Paths of the selected prims.
        selected: Emitted when the selection has changed.
        capture: None: there is no renderer.
    """

    capture: Capture | None = None

    def __init__(self) -> None:
        self.stage: Any = unnamed_stage()
        self.selection: tuple[str, ...] = ()
        self.selected: Signal[[]] = Signal()
        self._steps = UndoStack()
        self._on_disk: FileState | None = None
        self._events: Signal[[StageEvent]] = Signal()

    def watch_stage(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Subscribe to the events of the stage; return a function that unsubscribes."""
        return self._events.subscribe(on_event)

    def perform(self, label: str, action: Callable[[], M]) -> M:
        """Change the stage in one undoable step; if the action raises, no step is added."""
        made = action()
        self._steps.push(label, made.edit)
        self._events.emit("edited")
        return made

    @property
    def undo_label(self) -> str | None:
        """Label of the step that `undo` would undo, or None."""
        return self._steps.undo_label

    @property
    def redo_label(self) -> str | None:
        """Label of the step that `redo` would redo, or None."""
        return self._steps.redo_label

    def undo(self) -> None:
        """Undo the last step."""
        if self._steps.undo():
            self._events.emit("edited")

    def redo(self) -> None:
        """Redo the step that was undone last."""
        if self._steps.redo():
            self._events.emit("edited")

    async def download(self, folder: Path) -> Path:
        """Raise an error: the desktop window does not download.

        Raises:
            DatasetError: Always.
        """
        address = server_address(folder) or folder
        raise DatasetError(f"{address} lies on a server: download it, and name the folder on this machine")

    async def provide_requirements(self) -> None:
        """Do nothing: the library is installed with all its requirements."""

    @property
    def modified(self) -> bool:
        """True if the stage has unsaved changes."""
        return self._steps.modified

    async def save(self, path: Path | None = None) -> Path:
        """Save the stage, under another name if a path is given; earlier steps can then no longer be undone.

        Raises:
            BoxfitError: If it cannot be written, or the file was changed meanwhile by another program; the file on
                disk stays unchanged.
        """
        file = stage_file(self.stage)
        seen = file_state(file) if path is None and file is not None else None
        if seen not in (self._on_disk, None):
            raise StageError(
                f"{file} was changed by another program since it was opened, and saving would undo that: open it again "
                "and fit again"
            )
        saved = save_stage(self.stage, seen=seen) if path is None else save_stage_as(self.stage, path)
        if saved != stage_file(self.stage):
            self.take(open_from_disk(saved))
        self._on_disk = file_state(saved)
        self._steps.mark_saved()
        self._events.emit("saved")
        return saved

    async def save_under(self, path: Path, saved: Saved) -> None:
        """Save the stage under another name, and report the result."""
        try:
            saved(await self.save(path), "")
        except Exception as error:
            saved(None, in_words(error))

    async def open(self, path: Path) -> None:
        """Open another stage, as it is on disk, in place of the current one.

        Raises:
            BoxfitError: If it cannot be read; the open stage stays.
        """
        self.take(open_from_disk(path))
        self.select(())
        self._events.emit("opened")

    def take(self, stage: Any) -> None:
        """Replace the open stage by another stage, or by none, without an event."""
        file = stage_file(stage) if stage is not None else None
        self.stage, self._steps = stage, UndoStack()
        self._on_disk = file_state(file) if file is not None else None

    def select(self, paths: Sequence[str]) -> None:
        """Select prims."""
        if tuple(paths) != self.selection:
            self.selection = tuple(paths)
            self.selected.emit()
