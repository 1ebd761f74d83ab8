"""The history of a fit as time samples on a hidden prim beside its box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.geometry.canonical import canonical_box
from boxfit.geometry.similarity import move_box
from boxfit.usd.cube import UNIT_EXTENT, is_history, set_display
from boxfit.usd.provenance import is_from_boxfit, write_provenance
from boxfit.usd.xforms import create_ops, parent_from_world, read_rotation, set_op

_COLOR, _OPACITY = (0.95, 0.65, 0.1), 0.3


def history_path(box: Sdf.Path) -> Sdf.Path:
    """Return the path of the prim that holds the history of a box."""
    return box.ReplaceName(f"{box.name}_history")


def check_history(stage: Usd.Stage, box: Sdf.Path) -> None:
    """Check that the path of a box's history is free, or holds a prim that boxfit wrote.

    Raises:
        StageError: If another prim is there.
    """
    path = history_path(box)
    existing = stage.GetPrimAtPath(path)
    if existing and not is_from_boxfit(existing):
        raise StageError(f"{path} is a prim that boxfit did not write: rename it, or choose another prim path")


def write_history(stage: Usd.Stage, prim: Usd.Prim, boxes: Sequence[Box], *, in_asset_frame: bool = False) -> None:
    """Write one box per time code to the invisible sibling `<prim>_history`, in the stage's root layer.

    The box prim itself is not changed; the stage's time range is extended if it is too short.

    Args:
        stage: Stage to write to.
        prim: Cube that `write_box` wrote.
        boxes: Boxes in the order of the fit, in the same frame as the box given to `write_box`.
        in_asset_frame: True if that is the asset's frame.

    Raises:
        StageError: If another prim is at the history's path.
    """
    check_history(stage, prim.GetPath())
    root, path, start = stage.GetRootLayer(), history_path(prim.GetPath()), stage.GetStartTimeCode()
    draft = Usd.Stage.CreateInMemory()
    cube = UsdGeom.Cube.Define(draft, path)
    cube.CreateSizeAttr(1.0)
    cube.CreateExtentAttr(UNIT_EXTENT)
    cube.CreateVisibilityAttr(UsdGeom.Tokens.invisible)
    set_display(cube, _COLOR, _OPACITY)
    resets = UsdGeom.Xformable(prim).GetResetXformStack()
    steady = _steady(stage, prim, boxes, in_asset_frame or resets)
    for op in create_ops(cube.GetPrim(), "orient", reset_xform_stack=resets):
        for step, box in enumerate(steady):
            set_op(op, box, Usd.TimeCode(start + step))
    write_provenance(cube.GetPrim(), {"history": len(boxes)})
    # A single change block, so that the stage is composed once.
    with Sdf.ChangeBlock():
        Sdf.CreatePrimInLayer(root, path)
        Sdf.CopySpec(draft.GetRootLayer(), path, root, path)
        _extend_time_range(root, start, start + len(boxes) - 1)


def remove_history(stage: Usd.Stage, box: Usd.Prim) -> None:
    """Remove the history of an earlier fit beside a box."""
    prim = stage.GetPrimAtPath(history_path(box.GetPath()))
    if prim and is_history(prim):
        with Usd.EditContext(stage, stage.GetRootLayer()):
            stage.RemovePrim(prim.GetPath())


def _steady(stage: Usd.Stage, prim: Usd.Prim, boxes: Sequence[Box], is_local: bool) -> list[Box]:
    """Express boxes in the frame of the prim's parent, with axes that change continuously up to the result's."""
    local_from_given = np.eye(4) if is_local else parent_from_world(stage, prim.GetPath())
    axes, quaternion = read_rotation(prim), None
    steady: list[Box] = []
    for box in reversed(boxes):
        box, _ = canonical_box(move_box(box, local_from_given)[0], nearest_to=axes)
        if quaternion is not None and box.quaternion @ quaternion < 0:
            box = Box(box.centre, box.half_extents, -box.quaternion)
        axes, quaternion = box.rotation, box.quaternion
        steady.append(box)
    return steady[::-1]


def _extend_time_range(layer: Sdf.Layer, start: float, end: float) -> None:
    layer.startTimeCode = min(start, layer.startTimeCode) if layer.HasStartTimeCode() else start
    layer.endTimeCode = max(end, layer.endTimeCode) if layer.HasEndTimeCode() else end
