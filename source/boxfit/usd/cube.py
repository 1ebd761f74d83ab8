"""Reading and writing of boxes as `UsdGeom.Cube` prims; docs/prim.md describes the prim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pxr import Gf, Kind, Sdf, Usd, UsdGeom, UsdPhysics, Vt

from boxfit.errors import StageError
from boxfit.geometry.box import Box, FaceBounds, face_distances
from boxfit.geometry.canonical import canonical_box
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.geometry.similarity import TOLERANCE, move_box
from boxfit.settings import PrimSettings
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.frames import AssetFrame, check_frame, write_frame
from boxfit.usd.paths import check_path, define_parents
from boxfit.usd.provenance import NAMESPACE, is_from_boxfit, write_provenance
from boxfit.usd.stage import REST_TIME
from boxfit.usd.xforms import create_ops, parent_from_world, read_rotation, set_op

_COLOR, _OPACITY = (0.1, 0.8, 0.35), 0.3
"""Display colour (linear RGB) and opacity of a new prim; an updated prim keeps its own."""

UNIT_EXTENT = Vt.Vec3fArray([Gf.Vec3f(-0.5), Gf.Vec3f(0.5)])


def write_box(
    stage: Usd.Stage,
    path: str,
    box: Box,
    *,
    bounds: FaceBounds | None = None,
    likely: Box | None = None,
    figures: Mapping[str, Any] | None = None,
    size_text: Callable[[np.ndarray], str] | None = None,
    settings: PrimSettings = PrimSettings(),
    asset: AssetFrame | None = None,
) -> Usd.Prim:
    """Write a box to a stage's root layer, or update a box that boxfit wrote there before.

    The stage is changed in memory only. Nothing is changed when an error is raised.

    Args:
        stage: Stage to write to.
        path: Prim path of the box. With `asset`, prim path of the box's parent, the frame; if the asset's prim is on
            the stage, the frame is its sibling with the name of this path.
        box: Box in the stage's world and units; with `asset`, in the asset's frame.
        bounds: Bounds of its faces, in the same units.
        likely: The likely box, which has the same axes, in the same frame and units.
        figures: Provenance and figures, as for `write_provenance`.
        size_text: Function that formats the edge lengths of the prim in the stage's world, for `boxfit:size`.
        settings: Settings of the prim.
        asset: Frame of an asset to place the box in, instead of the world.

    Returns:
        The Cube prim.

    Raises:
        StageError: If the path holds another prim or cannot hold a box, or its parent's transform would shear the box.
    """
    with Usd.EditContext(stage, stage.GetRootLayer()):
        place = check_box(stage, path, settings, asset)
        existing, resets = stage.GetPrimAtPath(place), _resets(stage, place, settings)
        top = place.GetParentPath() if asset else place
        is_new = not stage.GetPrimAtPath(top)
        if asset is None and not resets:
            local_from_world = parent_from_world(stage, place)
            box, bounds = move_box(box, local_from_world, bounds)
            likely = None if likely is None else move_box(likely, local_from_world)[0]
        box, bounds = canonical_box(box, bounds, read_rotation(existing) if existing else None)

        if asset:
            write_frame(stage, place.GetParentPath(), asset)
        define_parents(stage, place)
        cube = UsdGeom.Cube(existing) if existing else UsdGeom.Cube.Define(stage, place)
        cube.GetSizeAttr().Set(1.0)
        cube.GetExtentAttr().Set(UNIT_EXTENT)
        for op in create_ops(cube.GetPrim(), settings.rotation, reset_xform_stack=resets):
            set_op(op, box)
        if not existing:
            set_display(cube, _COLOR, _OPACITY)
        if settings.purpose:
            cube.GetPurposeAttr().Set(settings.purpose)
        if is_new and stage.GetPrimAtPath(top.GetParentPath()).IsGroup():
            Usd.ModelAPI(stage.GetPrimAtPath(top)).SetKind(Kind.Tokens.component)
        _apply_schemas(cube.GetPrim(), settings)
        values = {**(figures or {}), **_bounds_figures(box, bounds, likely)}
        if size_text:
            values["size"] = size_text(_world_lengths(cube.GetPrim()))
        write_provenance(cube.GetPrim(), values)
    return cube.GetPrim()


def box_place(stage: Usd.Stage, path: str, asset: AssetFrame | None = None) -> Sdf.Path:
    """Return the path of the Cube that `write_box` writes; with `asset`, its parent is the frame.

    Raises:
        StageError: If the path holds another prim, or cannot hold a box or frame.
    """
    place = check_frame(stage, path, asset).AppendChild("Box") if asset else check_path(stage, path)
    _check_existing(stage, place)
    return place


def check_box(
    stage: Usd.Stage, path: str, settings: PrimSettings = PrimSettings(), asset: AssetFrame | None = None
) -> Sdf.Path:
    """Check that `write_box` accepts these arguments, without changing anything.

    Returns:
        Path of the Cube, as from `box_place`.

    Raises:
        StageError: As `write_box`.
    """
    place = box_place(stage, path, asset)
    if existing := stage.GetPrimAtPath(place):
        read_rotation(existing)
    if asset is None and not _resets(stage, place, settings):
        parent_from_world(stage, place)
    return place


def find_boxes(stage: Usd.Stage) -> list[str]:
    """Find the paths of the box prims that boxfit wrote, without the histories of fits."""
    return [str(prim.GetPath()) for prim in stage.Traverse() if _is_box(prim)]


def read_box(stage: Usd.Stage, path: str, cache: Any = None) -> tuple[Box, FaceBounds | None]:
    """Read a box that boxfit wrote, in its current pose.

    Args:
        stage: Stage that holds the prim.
        path: Path of the Cube prim.
        cache: A `UsdGeom.XformCache` of `REST_TIME` to share between boxes on the same stage.

    Returns:
        The box in the stage's world and units, and the bounds of its faces. Bounds are None if the prim has none,
        or if it has been scaled so that a face is no longer within them.

    Raises:
        StageError: If there is no such box, or its transforms shear or flatten it.
    """
    prim = stage.GetPrimAtPath(path) if Sdf.Path.IsValidPathString(path) else None
    if not (prim and _is_box(prim)):
        raise StageError(f"there is no box that boxfit wrote at {path}")
    cache, size = cache or UsdGeom.XformCache(REST_TIME), UsdGeom.Cube(prim).GetSizeAttr().Get(REST_TIME)
    world = matrix_from_gf(cache.GetLocalToWorldTransform(prim))
    lengths = np.linalg.norm(world[:3, :3], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        axes = world[:3, :3] / lengths
        parent_lengths = np.linalg.norm(matrix_from_gf(cache.GetLocalTransformation(prim)[0])[:3, :3], axis=0)
        bounds = _read_bounds(prim) * (lengths / parent_lengths)[:, None]
    if not (np.abs(axes.T @ axes - np.eye(3)).max() < 2 * TOLERANCE and size > 0):
        raise StageError(f"{path} is sheared or flattened by its transform or its parents': it is no longer a box")
    if np.linalg.det(axes) < 0:  # A box is its own mirror image: reverse the X axis.
        axes, bounds[:, 0] = axes * [-1.0, 1.0, 1.0], bounds[:, 0, ::-1].copy()
    half = lengths * size / 2
    slack = half[:, None] * [1 + TOLERANCE, 1 - TOLERANCE]
    holds = (bounds[0] <= slack[:, :1]).all() and (bounds[1] >= slack[:, 1:]).all()
    return Box(world[:3, 3], half, quaternion_from_matrix(axes)), FaceBounds(*bounds) if holds else None


def set_display(cube: UsdGeom.Cube, color: tuple[float, float, float], opacity: float) -> None:
    """Give a cube a constant colour and opacity."""
    cube.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant).Set(Vt.Vec3fArray([Gf.Vec3f(*color)]))
    cube.CreateDisplayOpacityPrimvar(UsdGeom.Tokens.constant).Set(Vt.FloatArray([opacity]))


def _apply_schemas(prim: Usd.Prim, settings: PrimSettings) -> None:
    """Make a cube a collider, and label it; a prim keeps what it has if the settings ask for neither."""
    if settings.collider:
        UsdPhysics.CollisionAPI.Apply(prim)
    if settings.semantic_label:
        # By name, as older versions of usd-core lack UsdSemantics.
        prim.AddAppliedSchema("SemanticsLabelsAPI:class")
        labels = prim.CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray, custom=False)
        labels.Set([settings.semantic_label])


def _world_lengths(prim: Usd.Prim) -> np.ndarray:
    """Return the edge lengths of a cube of size 1 in the stage's world, shape (3,)."""
    world = UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(prim)
    return np.linalg.norm(matrix_from_gf(world)[:3, :3], axis=0)


def _resets(stage: Usd.Stage, place: Sdf.Path, settings: PrimSettings) -> bool:
    """Return True if a box ignores its parents' transforms."""
    existing = stage.GetPrimAtPath(place)
    return settings.reset_xform_stack or bool(existing and UsdGeom.Xformable(existing).GetResetXformStack())


def _check_existing(stage: Usd.Stage, place: Sdf.Path) -> None:
    prim = stage.GetPrimAtPath(place)
    if not prim:
        return
    if prim.IsA(UsdGeom.Xform) and is_from_boxfit(prim):
        raise StageError(
            f"{place} is the asset frame of a box that boxfit wrote: write the box with frame asset again, "
            "or choose another prim path"
        )
    if not (prim.IsA(UsdGeom.Cube) and is_from_boxfit(prim)) or prim.IsInstanceProxy():
        kind = prim.GetTypeName() or "prim without a type"
        raise StageError(f"{place} is a {kind} that boxfit did not write: choose another prim path")


def is_history(prim: Usd.Prim) -> bool:
    """Return True if a prim is the history of a fit that boxfit wrote."""
    return prim.HasAttribute(f"{NAMESPACE}:history")


def _is_box(prim: Usd.Prim) -> bool:
    return prim.IsA(UsdGeom.Cube) and is_from_boxfit(prim) and not is_history(prim)


def _read_bounds(prim: Usd.Prim) -> np.ndarray:
    """Read the inner and outer distances of the faces, shape (2, 3, 2); NaN if the prim has none."""
    attributes = (prim.GetAttribute(f"{NAMESPACE}:bounds:{name}") for name in ("inner", "outer"))
    sides = [np.asarray(attribute.Get(REST_TIME) if attribute else None, dtype=np.float64) for attribute in attributes]
    return np.reshape(sides, (2, 3, 2)) if all(side.shape == (6,) for side in sides) else np.full((2, 3, 2), np.nan)


def _bounds_figures(box: Box, bounds: FaceBounds | None, likely: Box | None) -> dict[str, Any]:
    """List six distances each of the inner, the likely and the outer faces: -x, +x, -y, +y, -z, +z."""
    distances = {} if bounds is None else {"inner": bounds.inner, "outer": bounds.outer}
    if likely is not None:
        distances["likely"] = face_distances(box, likely)
    return {"bounds": {name: np.ravel(values) for name, values in distances.items()}}
