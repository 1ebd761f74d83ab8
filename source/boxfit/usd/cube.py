"""Write a box as a `UsdGeom.Cube`; docs/prim.md describes the prim."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from boxfit.errors import StageError
from boxfit.geometry.canonical import canonical_box
from boxfit.geometry.similarity import move_box
from boxfit.types import Box, FaceBounds
from boxfit.usd.figures import is_from_boxfit, write_figures
from boxfit.usd.frames import AssetFrame, check_frame, write_frame
from boxfit.usd.paths import check_path, define_parents
from boxfit.usd.xforms import Rotation, create_ops, parent_from_world, read_rotation, set_op

UNIT_EXTENT = Vt.Vec3fArray([Gf.Vec3f(-0.5), Gf.Vec3f(0.5)])


@dataclass(frozen=True)
class PrimOptions:
    """How a box prim is written. A prim that is updated keeps its own rotation op, colour and opacity.

    Attributes:
        rotation: Rotation op of a new prim: "orient" (a quaternion), or "xyz" (rotateXYZ) for tools that
            cannot edit quaternions.
        purpose: "guide" keeps the box out of the bounds of its parents; None gives a new prim the default
            purpose and leaves an existing one as it is.
        reset_xform_stack: Place the box in the world whatever its parents' transforms are.
        color: Display colour, linear RGB.
        opacity: Display opacity.
    """

    rotation: Rotation = "orient"
    purpose: Literal["default", "guide"] | None = None
    reset_xform_stack: bool = False
    color: tuple[float, float, float] = (0.1, 0.8, 0.35)
    opacity: float = 0.3


def write_box(
    stage: Usd.Stage,
    path: str,
    box: Box,
    *,
    bounds: FaceBounds | None = None,
    figures: Mapping[str, Any] | None = None,
    options: PrimOptions = PrimOptions(),
    asset: AssetFrame | None = None,
) -> Usd.Prim:
    """Write a box into a stage's root layer, or update the one that boxfit wrote there before.

    The stage is changed in memory only. Nothing is changed when an error is raised.

    Args:
        stage: Stage to write to.
        path: Prim path. With `asset`, the frame that the box is put in stands there, or beside the asset's
            prim under the same name.
        box: Box in the stage's world and units; with `asset`, in the asset's frame.
        bounds: Bounds of its faces, in the same units.
        figures: Provenance and figures, as `write_figures` takes them.
        options: How to write it.
        asset: Place the box relative to this asset instead of the world.

    Returns:
        The Cube prim.

    Raises:
        StageError: If something else is at that path, no box can stand there, or its parent's transform does
            not let a box be a box.
    """
    with Usd.EditContext(stage, stage.GetRootLayer()):
        frame = check_frame(stage, path, asset) if asset else None
        place = frame.AppendChild("Box") if frame else check_path(stage, path)
        existing = _existing_box(stage, place)
        resets = options.reset_xform_stack or (existing and UsdGeom.Xformable(existing).GetResetXformStack())
        if asset is None and not resets:
            box, bounds = move_box(box, parent_from_world(stage, place), bounds)
        box, bounds = canonical_box(box, bounds, read_rotation(existing) if existing else None)

        if frame and asset:
            write_frame(stage, frame, asset)
        define_parents(stage, place)
        cube = UsdGeom.Cube(existing) if existing else UsdGeom.Cube.Define(stage, place)
        cube.GetSizeAttr().Set(1.0)
        cube.GetExtentAttr().Set(UNIT_EXTENT)
        for op in create_ops(cube.GetPrim(), options.rotation, reset_xform_stack=bool(resets)):
            set_op(op, box)
        if not existing:
            set_display(cube, options.color, options.opacity)
        if options.purpose:
            cube.GetPurposeAttr().Set(options.purpose)
        write_figures(cube.GetPrim(), {**(figures or {}), **_bounds_figures(bounds)})
    return cube.GetPrim()


def set_display(cube: UsdGeom.Cube, color: tuple[float, float, float], opacity: float) -> None:
    """Give a cube one colour, see-through."""
    cube.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant).Set(Vt.Vec3fArray([Gf.Vec3f(*color)]))
    cube.CreateDisplayOpacityPrimvar(UsdGeom.Tokens.constant).Set(Vt.FloatArray([opacity]))


def _existing_box(stage: Usd.Stage, place: Sdf.Path) -> Usd.Prim | None:
    prim = stage.GetPrimAtPath(place)
    if not prim:
        return None
    if prim.IsA(UsdGeom.Xform) and is_from_boxfit(prim):
        raise StageError(
            f"{place} is the frame of an asset that boxfit wrote a box in: write it with --frame asset again, "
            "or choose another prim path"
        )
    if not (prim.IsA(UsdGeom.Cube) and is_from_boxfit(prim)) or prim.IsInstanceProxy():
        kind = prim.GetTypeName() or "prim without a type"
        raise StageError(f"{place} is a {kind} that boxfit did not write: choose another prim path")
    return prim


def _bounds_figures(bounds: FaceBounds | None) -> dict[str, Any]:
    """Six distances each, face by face: -x, +x, -y, +y, -z, +z."""
    if bounds is None:
        return {}
    return {"bounds": {"inner": np.ravel(bounds.inner), "outer": np.ravel(bounds.outer)}}
