"""What the panel needs of the program around it: Kit implements it, and so does the desktop window."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

StageEvent = Literal["opened", "closed", "edited", "saved"]
"""What happened to the stage; "edited" includes undo and redo, whoever asked for them."""

Picked = Literal["folder", "stage", "new stage"]
"""What a user is asked to choose: a folder, a stage that exists, or a file for a new one."""


class Edit(Protocol):
    """A change that was made to the open stage."""

    def undo(self) -> None:
        """Put everything back as it was before."""
        ...

    def redo(self) -> None:
        """Make the change again."""
        ...


class Task(Protocol):
    """Something that was started and goes on frame by frame."""

    def cancel(self) -> object:
        """Ask it to end: it gets `asyncio.CancelledError` where it waits."""
        ...

    def done(self) -> bool:
        """Whether it has ended."""
        ...


class Host(Protocol):
    """The program around the panel. Everything here is called on the main thread, and calls back on it."""

    @property
    def stage(self) -> Any | None:
        """The open stage, or None."""
        ...

    def watch_stage(self, happened: Callable[[StageEvent], None]) -> Callable[[], None]:
        """Be told what happens to the stage.

        Returns:
            A function that ends this.
        """
        ...

    def perform(self, label: str, action: Callable[[], Edit]) -> None:
        """Change the stage in one step that the user can undo.

        Args:
            label: What the step is called, as in "Undo Fit a box".
            action: Makes the change. Where it raises, nothing was changed, nothing can be undone, and the error is
                raised on.
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

    @property
    def modified(self) -> bool:
        """Whether the stage holds changes that are not on disk."""
        ...

    async def save(self, path: Path | None = None) -> Path:
        """Save the stage.

        Args:
            path: File to save under from now on; None where the stage has one.

        Raises:
            BoxfitError: If it cannot be written; the file on disk is as it was.
        """
        ...

    async def open(self, path: Path) -> None:
        """Open another stage in place of this one.

        Raises:
            BoxfitError: If it cannot be read; the open stage stays.
        """
        ...

    def select(self, paths: Sequence[str]) -> None:
        """Make prims the user's selection."""
        ...

    def frame(self, paths: Sequence[str]) -> None:
        """Move the 3D view's camera so that it shows prims, as far as there is a 3D view."""
        ...

    def pick(self, what: Picked, title: str, start: Path | None, picked: Callable[[Path], None]) -> None:
        """Let the user choose a file or folder.

        Args:
            what: What may be chosen.
            title: What the choice is for.
            start: Where to begin, or None.
            picked: Called with the choice; not at all where the user cancels.
        """
        ...

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Show outside the panel how far a fit is, and draw no more frames than needed meanwhile.

        Args:
            share: In [0, 1]; None when nothing runs any more.
            text: What is being done.
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
