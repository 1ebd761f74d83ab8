"""Undo and redo of changes to a stage's root layer, such as written boxes."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from pxr import Sdf, Usd

from boxfit.errors import StageError
from boxfit.usd.history import history_path
from boxfit.usd.layer_states import LayerState, change_state, read_state
from boxfit.usd.stage import check_editable


class StageEdit:
    """A change of a stage's root layer that can be undone and redone.

    What the change wrote is restored exactly; what others have written since is kept, also on the same prims. It does
    not keep the stage open.
    """

    def __init__(self, root: str, before: LayerState, after: LayerState) -> None:
        """Set up an edit from two states of a layer.

        Args:
            root: Identifier of the root layer; a reference to the layer itself would keep it open.
            before: State of the layer before the change.
            after: State of the layer after the change.
        """
        self._root = root
        self._before, self._after = before, after

    def undo(self) -> None:
        """Restore the state before the change; does nothing if already undone.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply(self._after, self._before)

    def redo(self) -> None:
        """Repeat the change; does nothing if already done.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply(self._before, self._after)

    def _apply(self, current: LayerState, target: LayerState) -> None:
        root = Sdf.Layer.Find(self._root)
        if root is None:
            raise StageError("the stage that was changed is closed: there is nothing to undo or redo")
        if not root.permissionToEdit:
            raise StageError(f"{root.GetDisplayName()} is locked against changes: unlock this layer first")
        change_state(root, current, target)


class EditRecorder:
    """Recorder of the changes that a block of code makes to a stage; they are undone if the block raises.

        with EditRecorder(stage) as recorder:
            recorder.watch_box(place)
            write_box(stage, str(place), box)
        recorder.edit.undo()

    Attributes:
        edit: The recorded change; set when the block has succeeded.
    """

    edit: StageEdit

    def __init__(self, stage: Usd.Stage) -> None:
        """Set up a recorder; prims to be written have to be watched first."""
        self._stage = stage
        self._root = stage.GetRootLayer()
        self._before = read_state(self._root)

    def watch_box(self, place: Sdf.Path, *, in_frame: bool = False) -> None:
        """Watch the prim of a box, and that of its history.

        Args:
            place: Path of the Cube, as from `box_place`.
            in_frame: True if `place` is in the frame of an asset, which is watched too.
        """
        self.watch_prims([place.GetParentPath()] if in_frame else [place, history_path(place)])

    def watch_prims(self, places: Iterable[str | Sdf.Path]) -> None:
        """Watch prims and their parents.

        Args:
            places: Paths of the prims, none of them below another.
        """
        for place in places:
            self._before.add(self._root, Sdf.Path(place))

    def __enter__(self) -> EditRecorder:
        """Check that the stage can be changed.

        Raises:
            StageError: If the stage is locked against changes.
        """
        check_editable(self._stage)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep the recorded change, or undo it after an error."""
        edit = StageEdit(self._root.identifier, self._before, read_state(self._root, list(self._before.places)))
        if error is None:
            self.edit = edit
        else:
            edit.undo()
