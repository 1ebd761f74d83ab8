"""What the panel needs of the program around it: Kit implements it, and so does the desktop window."""

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
"""What happened to the stage: "edited" where boxes may have come or gone, by undo and redo too, whoever asked for them;
"moved" where those that were there may stand elsewhere; "touched" where only what Save, Undo and Redo would do may be
another."""

Picked = Literal["folder", "stage"]
"""What a user is asked to choose: a folder, or a stage that exists."""

Saved = Callable[[Path | None, str], None]
"""Called with the file that the stage has been saved to, and ""; or with None and what went wrong, in words."""


class Edit(Protocol):
    """A change that was made to the open stage."""

    def undo(self) -> None:
        """Put everything back as it was before."""
        ...

    def redo(self) -> None:
        """Make the change again."""
        ...


class Made(Protocol):
    """What was made of the open stage, with the change that it took."""

    @property
    def edit(self) -> Edit:
        """Undoes it all, and makes it again."""
        ...


class Task(Protocol):
    """Something that was started and goes on frame by frame."""

    def cancel(self) -> object:
        """Ask it to end: it gets `asyncio.CancelledError` where it waits."""
        ...

    def done(self) -> bool:
        """Whether it has ended."""
        ...


class Capture(Protocol):
    """Makes views of the open stage with a renderer."""

    @property
    def unavailable_reason(self) -> str | None:
        """Why none can be made now, in a sentence, or None where they can."""
        ...

    async def capture(
        self,
        settings: CaptureSettings,
        label: str | None = None,
        *,
        folder: Path | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Source:
        """Make views; what it needs for that is gone afterwards, also where it fails or is cancelled.

        Args:
            settings: From where, and how large.
            label: Class label of the prims to show; None for the selected ones.
            folder: New or empty folder to write the views to as well, in the Data Generator's format.
            on_progress: Called with the number of views that are done, and of all.

        Raises:
            BoxfitError: If there is nothing to show, or it cannot be rendered or written.
        """
        ...


class Host(Protocol):
    """The program around the panel. Everything here is called on the main thread, and calls back on it."""

    @property
    def stage(self) -> Any | None:
        """The open stage, or None."""
        ...

    @property
    def capture(self) -> Capture | None:
        """Makes views of the open stage; None where there is no renderer that could."""
        ...

    def watch_stage(self, on_event: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Be told what happens to the stage.

        Returns:
            A function that ends this.
        """
        ...

    def perform(self, label: str, action: Callable[[], M]) -> M:
        """Change the stage in one step that the user can undo.

        Args:
            label: What the step is called, as in "Undo Fit a box".
            action: Makes the change. Where it raises, nothing was changed, nothing can be undone, and the error is
                raised on.

        Returns:
            What the action gave.
        """
        ...

    @property
    def undo_label(self) -> str | None:
        """What `undo` would undo, or None where there is nothing."""
        ...

    @property
    def redo_label(self) -> str | None:
        """What `redo` would redo, or None where there is nothing."""
        ...

    def undo(self) -> None:
        """Undo the last step."""
        ...

    def redo(self) -> None:
        """Redo the step that was undone last."""
        ...

    async def provide_requirements(self) -> None:
        """See to it that what a fit computes with can be imported; the user may be asked before anything is installed.

        Raises:
            BoxfitError: If something is missing.
        """
        ...

    @property
    def modified(self) -> bool:
        """Whether the stage holds changes that are not on disk."""
        ...

    async def save(self) -> Path:
        """Save the stage in its file.

        Raises:
            BoxfitError: If it has none, or cannot be written; the file on disk is as it was.
        """
        ...

    def save_as(self, saved: Saved) -> None:
        """Let the user choose a file, and save the stage under it from now on.

        Args:
            saved: Called once it has been saved, or could not be; where the user cancels with None and "", or not at
                all.
        """
        ...

    async def open(self, path: Path) -> None:
        """Open another stage in place of this one.

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
        """Emitted when the user's selection is another one, whoever has changed it."""
        ...

    def select(self, paths: Sequence[str]) -> None:
        """Make prims the user's selection."""
        ...

    def frame(self, paths: Sequence[str]) -> None:
        """Move the 3D view's camera so that it shows prims, as far as there is a 3D view."""
        ...

    def pick(self, what: Picked, title: str, start: Path | None, on_picked: Callable[[Path], None]) -> None:
        """Let the user choose a file or folder.

        Args:
            what: What may be chosen.
            title: What the choice is for.
            start: Where to begin, or None.
            on_picked: Called with the choice; not at all where the user cancels.
        """
        ...

    async def download(self, folder: Path) -> Path:
        """A folder that lies on a server as one on this machine; see `boxfit.files.server_address`.

        Raises:
            BoxfitError: If it cannot be read.
        """
        ...

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Show outside the panel how far a fit is, and draw no more frames than needed meanwhile.

        Args:
            share: In [0, 1]; None when nothing runs any more.
            text: What is being done.
        """
        ...

    def notify(self, text: str, *, wrong: bool = False) -> None:
        """Tell the user outside the panel that something has ended: the panel need not be in view.

        Args:
            text: What has happened; the panel tells it in full.
            wrong: Whether it went wrong.
        """
        ...

    def load_settings(self) -> Mapping[str, Any]:
        """What was stored last: plain values by name, as far as they can be read."""
        ...

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        """Keep plain values for the next run."""
        ...

    def start(self, coroutine: Coroutine[Any, Any, None]) -> Task:
        """Run a coroutine on the main thread, beside the frames."""
        ...

    async def next_frame(self) -> None:
        """Wait until another frame has been drawn."""
        ...
