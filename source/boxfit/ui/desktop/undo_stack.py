"""Steps that can be undone and redone, and the state that was saved."""

from __future__ import annotations

from dataclasses import dataclass

from boxfit.ui.host import Edit


@dataclass(frozen=True, eq=False)
class Step:
    """A change with its label."""

    label: str
    edit: Edit


class UndoStack:
    """Steps in the order in which they were made. A new step removes the undone steps."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._saved: Step | None = None

    @property
    def undo_label(self) -> str | None:
        """Label of the step that `undo` would undo, or None."""
        return self._done[-1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        """Label of the step that `redo` would redo, or None."""
        return self._undone[-1].label if self._undone else None

    @property
    def modified(self) -> bool:
        """True if the last step is another one than at the last `mark_saved`; at first there is none."""
        return self._last is not self._saved

    def push(self, label: str, edit: Edit) -> None:
        """Add a step."""
        self._done.append(Step(label, edit))
        self._undone.clear()

    def undo(self) -> bool:
        """Undo the last step, which stays on the stack if it raises; return True if there was a step."""
        if not self._done:
            return False
        self._done[-1].edit.undo()
        self._undone.append(self._done.pop())
        return True

    def redo(self) -> bool:
        """Redo the last undone step, which stays undone if it raises; return True if there was a step."""
        if not self._undone:
            return False
        self._undone[-1].edit.redo()
        self._done.append(self._undone.pop())
        return True

    def mark_saved(self) -> None:
        """Mark the current state as saved."""
        self._saved = self._last

    @property
    def _last(self) -> Step | None:
        return self._done[-1] if self._done else None
