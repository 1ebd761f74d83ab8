"""Undo by edit: what writing boxes changes in a stage's layers, undone and made again."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

from pxr import Sdf, Usd

from boxfit.errors import StageError
from boxfit.usd.animation import course_layer
from boxfit.usd.course_file import course_prim, course_source
from boxfit.usd.layer_states import LayerState, change_state, read_state
from boxfit.usd.stage import check_editable


@dataclass(frozen=True, eq=False)
class _LayerChange:
    """A layer before and after an edit; None is the stage's root layer."""

    layer: Sdf.Layer | None
    before: LayerState
    after: LayerState


class StageEdit:
    """A change of a stage's root layer, and of the course beside it, that can be undone and made again.

    What the change wrote comes back exactly; whatever else was changed meanwhile stays. It does not keep the stage
    open, but it keeps the course in memory, which an undo may leave without anyone who refers to it: drop the edit with
    the stage.
    """

    def __init__(self, root: str, changes: Sequence[_LayerChange]) -> None:
        """Take what an `EditRecorder` recorded.

        Args:
            root: Identifier of the root layer: the layer itself would stay open as long as it is held.
            changes: What was changed.
        """
        self._root = root
        self._changes = tuple(changes)

    def undo(self) -> None:
        """Put everything back as it was before; nothing happens where it is so already.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply([(change.layer, change.after, change.before) for change in self._changes])

    def redo(self) -> None:
        """Make the change again; nothing happens where it is made already.

        Raises:
            StageError: If the stage is closed, or locked against changes.
        """
        self._apply([(change.layer, change.before, change.after) for change in self._changes])

    def _apply(self, steps: Sequence[tuple[Sdf.Layer | None, LayerState, LayerState]]) -> None:
        root = Sdf.Layer.Find(self._root)
        if root is None:
            self._changes = ()
            raise StageError("the stage that was changed is closed: there is nothing to undo or to make again")
        if not root.permissionToEdit:
            raise StageError(f"{root.GetDisplayName()} is locked against changes: unlock this layer first")
        with Sdf.ChangeBlock():
            for layer, current, target in steps:
                change_state(layer or root, current, target)


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
        self._befores: dict[Sdf.Layer, LayerState] = {}

    def watch_box(self, place: Sdf.Path, *, in_frame: bool = False, with_course: bool = False) -> None:
        """Announce that a box is going to be written.

        Args:
            place: Where its Cube will be, as `box_place` says.
            in_frame: Whether `place` is in the frame of an asset, which is written too.
            with_course: Whether the course is written, too; an earlier one may be withdrawn in any case.

        Raises:
            StageError: If the course cannot be written; see `write_course`.
        """
        root = self._stage.GetRootLayer()
        if in_frame:
            self._watch(root, place.GetParentPath())
        self._watch(root, place)
        self._watch(root, course_prim(place))
        if with_course:
            self._watch(course_layer(self._stage), course_source(place))

    def watch_prims(self, places: Iterable[str]) -> None:
        """Announce that prims are going to be written, and missing parents of them.

        Args:
            places: Their paths, none of them below another.
        """
        for place in places:
            self._watch(self._stage.GetRootLayer(), Sdf.Path(place))

    def _watch(self, layer: Sdf.Layer, place: Sdf.Path) -> None:
        if layer not in self._befores:
            self._befores[layer] = read_state(layer)
        self._befores[layer].add(layer, place)

    def __enter__(self) -> EditRecorder:
        """Begin.

        Raises:
            StageError: If the stage is locked against changes.
        """
        check_editable(self._stage)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep what was recorded, or put it back."""
        root = self._stage.GetRootLayer()
        changes = [
            _LayerChange(None if layer == root else layer, before, read_state(layer, list(before.places)))
            for layer, before in self._befores.items()
        ]
        edit = StageEdit(root.identifier, changes)
        if error is None:
            self.edit = edit
        else:
            edit.undo()
