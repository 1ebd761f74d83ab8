"""The steps that can be undone and redone, and which of them are on disk."""

from __future__ import annotations

from dataclasses import dataclass

from boxfit.ui.host import Edit


@dataclass(frozen=True, eq=False)
class Step:
    """A change that was made, and what it is called."""

    label: str
    edit: Edit


class UndoStack:
    """Steps in the order in which they were made. A new step takes the place of those that were undone."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._saved: Step | None = None

    @property
    def undo_label(self) -> str | None:
        """What `undo` would undo, or None."""
        return self._done[-1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        """What `redo` would redo, or None."""
        return self._undone[-1].label if self._undone else None

    @property
    def modified(self) -> bool:
        """Whether the last step is another than when `mark_saved` was called; at first there is none."""
        return self._last is not self._saved

    def push(self, label: str, edit: Edit) -> None:
        """Add a step that was made."""
        self._done.append(Step(label, edit))
        self._undone.clear()

    def undo(self) -> bool:
        """Undo the last step; one that fails stays where it is.

        Returns:
            Whether there was one.
        """
        if not self._done:
            return False
        self._done[-1].edit.undo()
        self._undone.append(self._done.pop())
        return True

    def redo(self) -> bool:
        """Make the step again that was undone last; one that fails stays where it is.

        Returns:
            Whether there was one.
        """
        if not self._undone:
            return False
        self._undone[-1].edit.redo()
        self._done.append(self._undone.pop())
        return True

    def mark_saved(self) -> None:
        """Take what is there now for what is on disk."""
        self._saved = self._last

    @property
    def _last(self) -> Step | None:
        return self._done[-1] if self._done else None
