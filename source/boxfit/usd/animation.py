"""The course of a fit as time samples, on a hidden prim whose values live in a layer of their own."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.canonical import canonical_box
from boxfit.geometry.similarity import move_box
from boxfit.types import Box
from boxfit.usd.course_file import (
    COURSE_ROOT,
    course_place,
    course_prim,
    course_source,
    names_course,
)
from boxfit.usd.cube import UNIT_EXTENT, set_display
from boxfit.usd.figures import is_from_boxfit, write_figures
from boxfit.usd.paths import define_parents
from boxfit.usd.stage import new_layer, stage_file, stage_units
from boxfit.usd.xforms import create_ops, parent_from_world, read_rotation, set_op

_COLOR, _OPACITY = (0.95, 0.65, 0.1), 0.3


def write_course(stage: Usd.Stage, prim: Usd.Prim, course: Sequence[Box], *, in_asset_frame: bool = False) -> Sdf.Layer:
    """Show how a fit went: one box per time code, on the invisible sibling `<prim>_course`.

    The samples go to `<stage>.course.usdc` beside the stage, where several boxes share one file; the stage
    refers to them by a relative path. The box prim itself stays as it is, and the stage's time range is
    extended where it is too short.

    Args:
        stage: Stage with a file behind it.
        prim: Cube that `write_box` wrote.
        course: Boxes in the order of the fit, in the frame that the box itself was given in.
        in_asset_frame: Whether that was the asset's frame.

    Returns:
        The layer with the samples: hand it to `save_stage` as a sibling.

    Raises:
        StageError: If the stage has no file, or something else is at the prim's or the layer's place.
    """
    check_course_prim(stage, prim.GetPath())
    layer, root, place = course_layer(stage), stage.GetRootLayer(), course_prim(prim.GetPath())
    start, source = stage.GetStartTimeCode(), course_source(prim.GetPath())
    resets = UsdGeom.Xformable(prim).GetResetXformStack()
    _prepare(layer, stage)
    _write_samples(layer, source, _steady(stage, prim, course, in_asset_frame), start, resets)

    with Usd.EditContext(stage, root):
        shown = UsdGeom.Cube.Define(stage, place)
        references = shown.GetPrim().GetReferences()
        references.SetReferences([Sdf.Reference(f"./{Path(layer.realPath).name}", source)])
        shown.GetVisibilityAttr().Set(UsdGeom.Tokens.invisible)
        write_figures(shown.GetPrim(), {"course": len(course)})
        _extend_time_range(root, start, start + len(course) - 1)
    return layer


def check_course_prim(stage: Usd.Stage, box: Sdf.Path) -> None:
    """Refuse a box beside which something else stands where its course would.

    Raises:
        StageError: If it does.
    """
    place = course_prim(box)
    existing = stage.GetPrimAtPath(place)
    if existing and not is_from_boxfit(existing):
        raise StageError(f"{place} is a prim that boxfit did not write: rename it, or choose another prim path")


def course_layer(stage: Usd.Stage) -> Sdf.Layer:
    """The layer beside the stage that courses are written to, as the stage has it, as it is on disk, or a new one.

    Raises:
        StageError: If the stage has no file, or something else is at the layer's place.
    """
    root, path = stage.GetRootLayer(), course_place(stage_file(stage))
    layer = Sdf.Layer.Find(path.as_posix())
    # What the stage refers to may hold courses that are not on disk yet; anything else in memory is a left-over.
    current = layer is not None and names_course(root, path)
    if not (current or path.exists()):
        return new_layer(path)
    if layer and not current:  # To reload one that was not opened from a file would empty it.
        layer.TransferContent(Sdf.Layer.OpenAsAnonymous(path.as_posix()))
    return layer or Sdf.Layer.FindOrOpen(path.as_posix())


def _prepare(layer: Sdf.Layer, stage: Usd.Stage) -> None:
    """Give the layer the stage's units and a default prim."""
    units = stage_units(stage)
    samples = Usd.Stage.Open(layer)
    UsdGeom.SetStageUpAxis(samples, units.up_axis)
    UsdGeom.SetStageMetersPerUnit(samples, units.meters_per_unit)
    samples.SetTimeCodesPerSecond(stage.GetTimeCodesPerSecond())
    samples.SetDefaultPrim(UsdGeom.Xform.Define(samples, COURSE_ROOT).GetPrim())


def _steady(stage: Usd.Stage, prim: Usd.Prim, course: Sequence[Box], in_asset_frame: bool) -> list[Box]:
    """The boxes relative to the prim's parent, their axes named back from the result's so that none jumps."""
    resets = UsdGeom.Xformable(prim).GetResetXformStack()
    local_from_given = np.eye(4) if in_asset_frame or resets else parent_from_world(stage, prim.GetPath())
    axes, quaternion = read_rotation(prim), None
    boxes: list[Box] = []
    for box in reversed(course):
        box, _ = canonical_box(move_box(box, local_from_given)[0], nearest_to=axes)
        if quaternion is not None and box.quaternion @ quaternion < 0:
            box = Box(box.centre, box.half_extents, -box.quaternion)
        axes, quaternion = box.rotation, box.quaternion
        boxes.append(box)
    return boxes[::-1]


def _write_samples(layer: Sdf.Layer, path: Sdf.Path, course: Sequence[Box], start: float, resets: bool) -> None:
    """Write the moving cube into the layer, over the one of an earlier fit."""
    draft = Usd.Stage.CreateInMemory()
    cube = UsdGeom.Cube.Define(draft, path)
    cube.CreateSizeAttr(1.0)
    cube.CreateExtentAttr(UNIT_EXTENT)
    set_display(cube, _COLOR, _OPACITY)
    for op in create_ops(cube.GetPrim(), "orient", reset_xform_stack=resets):
        for step, box in enumerate(course):
            set_op(op, box, Usd.TimeCode(start + step))
    define_parents(Usd.Stage.Open(layer), path)
    # One change, so that the stage never sees the layer without the prim that it refers to.
    with Sdf.ChangeBlock():
        Sdf.CopySpec(draft.GetRootLayer(), path, layer, path)
        _extend_time_range(layer, start, start + len(course) - 1)


def _extend_time_range(layer: Sdf.Layer, start: float, end: float) -> None:
    layer.startTimeCode = min(start, layer.startTimeCode) if layer.HasStartTimeCode() else start
    layer.endTimeCode = max(end, layer.endTimeCode) if layer.HasEndTimeCode() else end
