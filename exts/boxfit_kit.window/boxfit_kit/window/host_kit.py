"""Kit as the panel's host: the USD context, Kit's undo, dialogs and status bar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import carb
import omni.client
import omni.kit.app
import omni.kit.commands
import omni.kit.undo
import omni.kit.window.file
import omni.usd
from boxfit.errors import RequirementError, StageError
from boxfit.files.paths import server_address
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.host import Made, Picked, Saved, StageEvent
from boxfit.ui.model.signal import Signal

from boxfit_kit.core import commands, requirements
from boxfit_kit.core.capturing.stage_capture import StageCapture
from boxfit_kit.window import notices, preferences, status_bar, undo_labels
from boxfit_kit.window.file_choice import FileChoice
from boxfit_kit.window.remote_folder import answer_of, download, reason
from boxfit_kit.window.stage_watch import StageWatch
from boxfit_kit.window.tasks import Tasks

M = TypeVar("M", bound=Made)

_NO_REASON = "Kit does not say why: see its log"


class HostKit:
    """Implementation of `boxfit.ui.host.Host` on the default USD context.

    Attributes:
        capture: Captures views of the open stage, where Replicator is enabled.
        boxes: Returns the paths of the shown boxes, whose edits are reported; set by the tool.
        panel_is_seen: Returns True if the panel is in view; set by the tool.
        show_panel: Shows the panel; set by the tool.
    """

    def __init__(self) -> None:
        self.capture = StageCapture()
        self.boxes: Callable[[], Iterable[str]] = tuple
        self.panel_is_seen: Callable[[], bool] = lambda: False
        self.show_panel: Callable[[], None] = lambda: None
        self._context = omni.usd.get_context()
        self._files = FileChoice()
        self._saved: Saved | None = None
        self._tasks = Tasks()
        self._watch = StageWatch(self._context, lambda: self.boxes(), self._tasks.start)

    @property
    def stage(self) -> Any | None:
        """The open stage, or None."""
        return self._watch.stage

    def watch_stage(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Subscribe to the events of the stage; return a function that unsubscribes."""
        return self._watch.add(on_event)

    def perform(self, label: str, action: Callable[[], M]) -> M:
        """Change the stage in one step of Kit's undo; if the action raises, no step is added."""
        made = commands.perform(label, action)
        self._watch.emit("edited")
        return made

    @property
    def undo_label(self) -> str | None:
        """Label of the step that `undo` would undo, as far as Kit names it, or None."""
        return undo_labels.top_label(omni.kit.undo.get_undo_stack()) if omni.kit.undo.can_undo() else None

    @property
    def redo_label(self) -> str | None:
        """Label of the step that `redo` would redo, as far as Kit names it, or None."""
        return undo_labels.top_label(omni.kit.undo.get_redo_stack()) if omni.kit.undo.can_redo() else None

    def undo(self) -> None:
        """Undo the last step in Kit, also of other extensions.

        Raises:
            StageError: If Kit fails.
        """
        self._step(omni.kit.undo.get_undo_stack(), omni.kit.undo.undo, stands=False)

    def redo(self) -> None:
        """Redo the last undone step.

        Raises:
            StageError: If Kit fails.
        """
        self._step(omni.kit.undo.get_redo_stack(), omni.kit.undo.redo, stands=True)

    async def provide_requirements(self) -> None:
        """Install SciPy if Kit lacks it and the user agrees.

        Raises:
            RequirementError: If something is missing; it is also logged.
        """
        try:
            await requirements.ensure_requirements()
        except RequirementError as error:
            carb.log_warn(f"[boxfit_kit.window] {error}")
            raise

    @property
    def modified(self) -> bool:
        """True if the stage has unsaved changes."""
        return self.stage is not None and self._context.has_pending_edit()

    async def save(self) -> Path:
        """Save the stage, with its layers, as Kit does.

        Raises:
            StageError: If it cannot be written.
        """
        if self.stage is None:
            raise StageError("no stage is open: there is nothing to save")
        if self._context.is_new_stage():
            raise StageError("the stage has no file yet: save it under a name first")
        address = self._context.get_stage_url()
        try:
            ok, error, *_ = await self._context.save_stage_async()
        except Exception as failure:
            raise StageError(f"{address} cannot be saved ({type(failure).__name__}: {failure})") from failure
        if not ok:
            raise StageError(f"{address} cannot be saved ({error or _NO_REASON})")
        return Path(address)

    def save_as(self, saved: Saved) -> None:
        """Open Kit's dialog, which asks before it replaces a file, and handles layers and servers."""
        self._saved = saved
        # Kit keeps the callback, also if the user cancels.
        omni.kit.window.file.save_as(False, weakly(self._save_ended))

    def _save_ended(self, ok: bool, error: str) -> None:
        saved, self._saved = self._saved, None
        if saved is not None:
            # Kit does not pass the address, but the stage has it by then.
            saved(Path(self._context.get_stage_url()) if ok else None, "" if ok else error or _NO_REASON)

    async def open(self, path: Path) -> None:
        """Open another stage with Kit, which asks about unsaved changes first, and shows its errors.

        Raises:
            StageError: If the file does not exist; Kit only logs this.
            DatasetError: If its server does not answer.
        """
        address = _address(path)
        result, _ = await answer_of(omni.client.stat_async(address), address)
        if result != omni.client.Result.OK:
            raise StageError(f"{address} cannot be opened ({reason(result)})")
        omni.kit.window.file.open_stage(address)

    @property
    def selected(self) -> Signal:
        """Emitted when the selection has changed."""
        return self._watch.selected

    @property
    def selection(self) -> tuple[str, ...]:
        """Paths of the prims that the user has selected."""
        return tuple(self._context.get_selection().get_selected_prim_paths())

    def select(self, paths: Sequence[str]) -> None:
        """Select prims."""
        self._context.get_selection().set_selected_prim_paths(list(paths), True)

    def frame(self, paths: Sequence[str]) -> None:
        """Move the active viewport's camera so that it shows prims, once they have been drawn."""
        self.start(self._frame(list(paths)))

    def pick(self, what: Picked, title: str, start: Path | None, on_picked: Callable[[Path], None]) -> None:
        """Let the user choose in Kit's dialog, on this machine or on a server."""
        begin = _address(start) if start else None
        if not self._files.choose(what, title, begin, lambda address: on_picked(Path(address))):
            notices.post_warning(f"{title}: this app has no dialog for files; enable omni.kit.window.file_importer")

    async def download(self, folder: Path) -> Path:
        """Download a server's folder to Kit's cache, with progress in the status bar.

        Raises:
            DatasetError: If it cannot be read.
        """
        try:
            return await download(_address(folder), self.show_progress)
        finally:
            self.show_progress(None)

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Show the progress of a fit in Kit's status bar."""
        status_bar.show_progress(share, text)

    def notify(self, text: str, *, wrong: bool = False) -> None:
        """Post a notification if the panel is not in view."""
        if not self.panel_is_seen():
            (notices.post_warning if wrong else notices.post_info)(f"Box Fit: {text}", self.show_panel)

    def load_settings(self) -> Mapping[str, Any]:
        """Load the stored settings."""
        return preferences.load_fit_settings()

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        """Store plain values in Kit's persistent settings."""
        preferences.store_fit_settings(settings)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine in Kit's loop; its errors are logged."""
        return self._tasks.start(coroutine)

    async def next_frame(self) -> None:
        """Wait for Kit's next update."""
        await omni.kit.app.get_app().next_update_async()

    def destroy(self) -> None:
        """Unsubscribe, and stop everything that was started."""
        self._files.destroy()
        self._saved = None
        self._watch.destroy()
        self._tasks.destroy()

    async def _frame(self, paths: list[str]) -> None:
        await self.next_frame()
        try:
            from omni.kit.viewport.utility import get_active_viewport
        except ImportError:  # An app may have no viewports.
            return
        viewport = get_active_viewport()
        if viewport is None or not viewport.camera_path or min(viewport.resolution) <= 0:
            return
        width, height = viewport.resolution
        # Without `frame_viewport_prims`, which would add an undo step.
        with omni.kit.undo.disabled():
            omni.kit.commands.execute(
                "FramePrimsCommand",
                prim_to_move=viewport.camera_path,
                prims_to_frame=paths,
                time_code=viewport.time,
                usd_context_name=viewport.usd_context_name,
                aspect_ratio=width / height,
            )

    def _step(self, stack: Sequence[Any], step: Callable[[], bool], *, stands: bool) -> None:
        change = undo_labels.top_change(stack)
        ok = step()
        self._watch.emit("edited")
        # Kit only logs a failed undo.
        if not ok or (change is not None and change.stands != stands):
            raise StageError(f"the step could not be {'done again' if stands else 'undone'}: see Kit's log")


def _address(path: Path) -> str:
    """Return a path as an address of Kit."""
    return server_address(path) or str(path)
