"""Interface between the panel and its host program, which Kit and the desktop window implement."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from boxfit.session.source import Source
    from boxfit.settings import CaptureSettings
    from boxfit.ui.model.signal import Signal

M = TypeVar("M", bound="Made")

StageEvent = Literal["opened", "closed", "edited", "moved", "touched", "saved"]
"""An event of the stage: "edited" where boxes may have been added or removed, by undo and redo too; "moved" where
existing boxes may have moved; "touched" where only the state of Save, Undo and Redo may have changed."""

Picked = Literal["folder", "stage"]
"""Kind of item to choose: a folder, or an existing stage."""

Saved = Callable[[Path | None, str], None]
"""Callback with the saved file and ""; or with None and the error text."""


class Edit(Protocol):
    """A change of the open stage."""

    def undo(self) -> None:
        """Restore the state before the change."""
        ...

    def redo(self) -> None:
        """Make the change again."""
        ...


class Made(Protocol):
    """Prims that were written to the open stage, with the edit that wrote them."""

    @property
    def edit(self) -> Edit:
        """The edit that undoes and redoes all of it."""
        ...


class Task(Protocol):
    """A running coroutine."""

    def cancel(self) -> object:
        """Request cancellation: the coroutine gets `asyncio.CancelledError` at its next await."""
        ...

    def done(self) -> bool:
        """Return True if the task has ended."""
        ...


class Capture(Protocol):
    """Captures views of the open stage with a renderer."""

    @property
    def unavailable_reason(self) -> str | None:
        """Reason why no capture can be made now, in a sentence; None if one can."""
        ...

    async def capture(
        self,
        settings: CaptureSettings,
        label: str | None = None,
        *,
        folder: Path | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Source:
        """Capture views, and remove everything temporary, also after an error or cancellation.

        Args:
            settings: Camera positions and image size.
            label: Class label of the prims to show; None for the selected ones.
            folder: New or empty folder to write the views to as well, in the Data Generator's format.
            on_progress: Called with the number of views that are done, and of all.

        Raises:
            BoxfitError: If there is nothing to show, or it cannot be rendered or written.
        """
        ...


class Host(Protocol):
    """The program around the panel. All methods and callbacks run on the main thread."""

    @property
    def stage(self) -> Any | None:
        """The open stage, or None."""
        ...

    @property
    def capture(self) -> Capture | None:
        """Captures views of the open stage; None where there is no renderer."""
        ...

    def watch_stage(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Subscribe to the events of the stage; return a function that unsubscribes."""
        ...

    def perform(self, label: str, action: Callable[[], M]) -> M:
        """Change the stage in one step that the user can undo.

        Args:
            label: Name of the step, as in "Undo Fit a box".
            action: Makes the change. If it raises, nothing is changed, no step is added, and the error is passed on.

        Returns:
            Result of the action.
        """
        ...

    @property
    def undo_label(self) -> str | None:
        """Label of the step that `undo` would undo, or None."""
        ...

    @property
    def redo_label(self) -> str | None:
        """Label of the step that `redo` would redo, or None."""
        ...

    def undo(self) -> None:
        """Undo the last step."""
        ...

    def redo(self) -> None:
        """Redo the step that was undone last."""
        ...

    async def provide_requirements(self) -> None:
        """Make sure that the packages for a fit can be imported; the user may be asked before anything is installed.

        Raises:
            BoxfitError: If something is missing.
        """
        ...

    @property
    def modified(self) -> bool:
        """True if the stage has unsaved changes."""
        ...

    async def save(self) -> Path:
        """Save the stage in its file.

        Raises:
            BoxfitError: If it has no file, or cannot be written; the file on disk stays unchanged.
        """
        ...

    def save_as(self, saved: Saved) -> None:
        """Let the user choose a file, and save the stage under it.

        Args:
            saved: Called after the save or its failure; if the user cancels, with None and "", or not at all.
        """
        ...

    async def open(self, path: Path) -> None:
        """Open another stage in place of the current one.

        Raises:
            BoxfitError: If it cannot be read; the open stage stays.
        """
        ...

    @property
    def selection(self) -> tuple[str, ...]:
        """Paths of the prims that the user has selected."""
        ...

    @property
    def selected(self) -> Signal:
        """Emitted when the selection has changed."""
        ...

    def select(self, paths: Sequence[str]) -> None:
        """Select prims."""
        ...

    def frame(self, paths: Sequence[str]) -> None:
        """Move the 3D view's camera so that it shows prims; does nothing without a 3D view."""
        ...

    def pick(self, what: Picked, title: str, start: Path | None, on_picked: Callable[[Path], None]) -> None:
        """Let the user choose a file or folder.

        Args:
            what: Kind of item to choose.
            title: Title of the dialog.
            start: Folder or file to begin with, or None.
            on_picked: Called with the choice; not called if the user cancels.
        """
        ...

    async def download(self, folder: Path) -> Path:
        """Copy a folder from a server to this machine; see `boxfit.files.paths.server_address`.

        Raises:
            BoxfitError: If it cannot be read.
        """
        ...

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Show the progress of a fit outside the panel, and lower the frame rate meanwhile.

        Args:
            share: In [0, 1]; None at the end.
            text: Description of the current stage.
        """
        ...

    def notify(self, text: str, *, wrong: bool = False) -> None:
        """Notify the user outside the panel, which may be hidden, that something has ended.

        Args:
            text: Short message; the panel shows the details.
            wrong: True for an error.
        """
        ...

    def load_settings(self) -> Mapping[str, Any]:
        """Load the stored settings: plain values by name, as far as they can be read."""
        ...

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        """Store plain values for the next run."""
        ...

    def start(self, coroutine: Coroutine[Any, Any, None]) -> Task:
        """Run a coroutine on the main thread, between the frames."""
        ...

    async def next_frame(self) -> None:
        """Wait until the next frame has been drawn."""
        ...
