"""Model of the open stage: its file, undo and redo, and saving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from boxfit.files.paths import server_address
from boxfit.ui.host import Host, StageEvent
from boxfit.ui.model.failures import in_words
from boxfit.ui.model.signal import Signal
from boxfit.usd.stage import stage_file, stage_place


class StageModel:
    """The open stage, with its undo and save actions.

    Attributes:
        changed: Emitted when anything below may have changed.
        edited: Emitted when boxes may have been added or removed.
        moved: Emitted when boxes may have moved, but none was added or removed.
        replaced: Emitted when a stage was opened or closed.
        error: Error text of the last action, or "".
        message: Description of the last action, or "".
        saving: True while a save is running.
    """

    def __init__(self, host: Host) -> None:
        self.changed = Signal()
        self.edited = Signal()
        self.moved = Signal()
        self.replaced = Signal()
        self.error = ""
        self.message = ""
        self.saving = False
        self._host = host
        self._end = host.watch_stage(self._on_event)

    @property
    def file(self) -> Path | None:
        """File of the stage; None without a stage, for an unsaved stage, or for one on a server."""
        return stage_file(self._host.stage) if self._host.stage is not None else None

    @property
    def name(self) -> str:
        """Name of the stage for a title."""
        if self._host.stage is None:
            return "no stage"
        return self._place.replace("\\", "/").rpartition("/")[2] if self._place else "new stage"

    @property
    def modified(self) -> bool:
        """True if the stage has unsaved changes."""
        return self._host.stage is not None and self._host.modified

    @property
    def undo_label(self) -> str | None:
        """Label of the step that Undo would undo."""
        return self._host.undo_label

    @property
    def redo_label(self) -> str | None:
        """Label of the step that Redo would redo."""
        return self._host.redo_label

    def undo(self) -> None:
        """Undo the last step."""
        self._try(self._host.undo)

    def redo(self) -> None:
        """Redo the last undone step."""
        self._try(self._host.redo)

    def save(self) -> None:
        """Save the stage; a stage without a file gets a name first."""
        if self._host.stage is None or self.saving:
            return
        if self._place is None:
            self.save_as()
        else:
            self._host.start(self._save())

    def save_as(self) -> None:
        """Ask for a file, and save the stage under it."""
        if self._host.stage is not None and not self.saving:
            self._try(lambda: self._host.save_as(self._saved))

    def open(self) -> None:
        """Ask for a stage, and open it in place of this one."""
        start = self.file.parent if self.file else None
        self._try(lambda: self._host.pick("stage", "Open a stage", start, self._start_open))

    def destroy(self) -> None:
        """Unsubscribe."""
        self._end()

    @property
    def _place(self) -> str | None:
        return stage_place(self._host.stage) if self._host.stage is not None else None

    def _start_open(self, path: Path) -> None:
        self._host.start(self._open(path))

    async def _save(self) -> None:
        self.saving, self.error, self.message = True, "", ""
        self.changed.emit()
        saved, error = None, ""
        try:
            saved = await self._host.save()
        except Exception as exception:
            error = in_words(exception) + "; use Save as... to save it under another name"
        finally:
            self.saving = False
        self._saved(saved, error)

    def _saved(self, file: Path | None, error: str) -> None:
        """Show the result of a save."""
        self.error = error
        self.message = f"saved {server_address(file) or file}" if file else ""
        if error:
            self._host.notify(f"The stage could not be saved: {error}", wrong=True)
        self.changed.emit()

    async def _open(self, path: Path) -> None:
        self.error = self.message = ""
        try:
            await self._host.open(path)
        except Exception as error:
            self.error = in_words(error)
        self.changed.emit()

    def _try(self, action: Callable[[], None]) -> None:
        self.error = self.message = ""
        try:
            action()
        except Exception as error:
            self.error = in_words(error)
        self.changed.emit()

    def _on_event(self, event: StageEvent) -> None:
        if event == "moved":
            self.moved.emit()
            return
        if event in ("opened", "closed"):
            self.error = self.message = ""
            self.replaced.emit()
        elif event == "edited":
            self.edited.emit()
        self.changed.emit()
