"""The host program without Kit: a stage, a window, and a file for the settings."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import omni.ui as ui
from omni.ui import standalone

from boxfit.errors import OutputError
from boxfit.ui.desktop.document import Document
from boxfit.ui.desktop.file_choice import Choosable
from boxfit.ui.desktop.file_dialog import FileDialog
from boxfit.ui.desktop.preferences import Preferences
from boxfit.ui.desktop.unsaved import may_lose_changes
from boxfit.ui.host import Picked, Saved
from boxfit.usd.stage import stage_file

FRAMES_PER_SECOND = 60
FRAMES_PER_SECOND_FITTING = 30
"""Frame rate during a fit: every frame takes the interpreter from the fit's thread."""

TITLE = "boxfit"


class HostStandalone(Document):
    """Implementation of `Host`; the stage and its undo are in `Document`.

    Attributes:
        frame_boxes: Moves the 3D view's camera so that it shows boxes on the stage; set by the window.
        frame_rate: Frames per second while something happens.
    """

    def __init__(self, preferences: Preferences) -> None:
        """Begin with an empty stage.

        Args:
            preferences: Storage of the settings.
        """
        super().__init__()
        self.frame_boxes: Callable[[Sequence[str]], None] = lambda paths: None
        self.frame_rate = FRAMES_PER_SECOND
        self._preferences = preferences
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._dialog: FileDialog | None = None

    @property
    def busy(self) -> bool:
        """True while any started task is running."""
        return bool(self._tasks)

    async def open(self, path: Path) -> None:
        """Open another stage in place of the current one; with unsaved changes, the user is asked first.

        Raises:
            BoxfitError: If it cannot be read; the open stage stays.
        """
        if await may_lose_changes(self):
            await super().open(path)

    def frame(self, paths: Sequence[str]) -> None:
        """Select prims, and move the 3D view's camera so that it shows them."""
        self.select(paths)
        self.frame_boxes(paths)

    def pick(self, what: Picked, title: str, start: Path | None, on_picked: Callable[[Path], None]) -> None:
        """Let the user choose a file or folder; does nothing while another dialog is open."""
        self._choose(what, title, start, on_picked)

    def save_as(self, saved: Saved) -> None:
        """Let the user choose a file, and save the stage under it."""
        file = stage_file(self.stage)
        self._choose(
            "new stage",
            "Save the stage as",
            file.parent if file else None,
            lambda path: self.start(self.save_under(path, saved)),
        )

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Show the progress of a fit in the window's title, and lower the frame rate meanwhile."""
        self.frame_rate = FRAMES_PER_SECOND if share is None else FRAMES_PER_SECOND_FITTING
        ui.set_max_frame_rate(self.frame_rate)
        standalone.set_window_title(TITLE if share is None else f"{share:.0%} {text} - {TITLE}")

    def notify(self, text: str, *, wrong: bool = False) -> None:
        """Show in the window's title that something has ended, until there is other progress to show."""
        standalone.set_window_title(f"{text} - {TITLE}")

    def load_settings(self) -> Mapping[str, Any]:
        """Load the stored settings."""
        return self._preferences.group("settings")

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        """Store plain values for the next run; an error is printed to stderr, and the values hold for this run."""
        try:
            self._preferences.store("settings", settings)
        except OutputError as error:
            print(f"boxfit: warning: {error}", file=sys.stderr)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine between the frames; its errors are printed."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def next_frame(self) -> None:
        """Wait until the next frame has been drawn; with the window closed, until another window draws one."""
        drawn = asyncio.get_running_loop().create_future()
        self._waiting.append(drawn)
        await drawn

    async def count_frames(self) -> None:
        """Release the waiters of each frame, as long as the window is open."""
        while True:
            await ui.next_frame()
            waiting, self._waiting = self._waiting, []
            for drawn in waiting:
                if not drawn.done():
                    drawn.set_result(None)

    def _choose(self, what: Choosable, title: str, start: Path | None, chosen: Callable[[Path], object]) -> None:
        if self._dialog is None or not self._dialog.is_open:
            self._dialog = FileDialog(what, title, start, chosen)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            traceback.print_exception(error)
