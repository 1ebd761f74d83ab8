"""Undo by edit: what writing boxes changes in a stage's layers, undone and made again."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from pxr import Sdf, Usd

from boxfit.errors import StageError
from boxfit.usd.history import history_path
from boxfit.usd.layer_states import LayerState, change_state, read_state
from boxfit.usd.stage import check_editable


class StageEdit:
    """A change of a stage's root layer that can be undone and made again.

    What the change wrote comes back exactly; whatever else was changed meanwhile stays. It does not keep the stage
    open.
    """

    def __init__(self, root: str, before: LayerState, after: LayerState) -> None:
        """Take what an `EditRecorder` recorded.

        Args:
            root: Identifier of the root layer: the layer itself would stay open as long as it is held.
            before: The layer before the change.
            after: The layer after it.
        """
        self._root = root
        self._before, self._after = before, after

    def undo(self) -> None:
        """Put everything back as it was before; nothing happens where it is so already.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply(self._after, self._before)

    def redo(self) -> None:
        """Make the change again; nothing happens where it is made already.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply(self._before, self._after)

    def _apply(self, current: LayerState, target: LayerState) -> None:
        root = Sdf.Layer.Find(self._root)
        if root is None:
            raise StageError("the stage that was changed is closed: there is nothing to undo or to make again")
        if not root.permissionToEdit:
            raise StageError(f"{root.GetDisplayName()} is locked against changes: unlock this layer first")
        change_state(root, current, target)


class EditRecorder:
    """Records what a block of code writes to a stage; where the block raises, everything is put back.

        with EditRecorder(stage) as recorder:
            recorder.watch_box(place)
            write_box(stage, str(place), box)
        recorder.edit.undo()

    Attributes:
        edit: What was recorded, once the block has ended well.
    """

    edit: StageEdit

    def __init__(self, stage: Usd.Stage) -> None:
        """Record nothing yet: what is written has to be watched first."""
        self._stage = stage
        self._root = stage.GetRootLayer()
        self._before = read_state(self._root)

    def watch_box(self, place: Sdf.Path, *, in_frame: bool = False) -> None:
        """Announce that a box is going to be written, and its history written or removed.

        Args:
            place: Where its Cube will be, as `box_place` says.
            in_frame: Whether `place` is in the frame of an asset, which is written too.
        """
        self.watch_prims([place.GetParentPath()] if in_frame else [place, history_path(place)])

    def watch_prims(self, places: Iterable[str | Sdf.Path]) -> None:
        """Announce that prims are going to be written, and missing parents of them.

        Args:
            places: Their paths, none of them below another.
        """
        for place in places:
            self._before.add(self._root, Sdf.Path(place))

    def __enter__(self) -> EditRecorder:
        """Begin.

        Raises:
            StageError: If the stage is locked against changes.
        """
        check_editable(self._stage)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep what was recorded, or put it back."""
        edit = StageEdit(self._root.identifier, self._before, read_state(self._root, list(self._before.places)))
        if error is None:
            self.edit = edit
        else:
            edit.undo()
