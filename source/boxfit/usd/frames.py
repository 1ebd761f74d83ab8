"""Frames that follow an asset: an Xform beside the asset, so that a box in it is not part of the asset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.similarity import uniform_scale
from boxfit.usd.convert import gf_from_matrix, matrix_from_gf
from boxfit.usd.paths import check_path, define_parents
from boxfit.usd.provenance import is_from_boxfit, write_provenance
from boxfit.usd.stage import REST_TIME
from boxfit.usd.xforms import parent_from_world


@dataclass(frozen=True, eq=False)
class AssetFrame:
    """Frame of an asset.

    Attributes:
        world_from_asset: Pose of the asset in the stage's world, shape (4, 4); ignored if `prim_path` is given.
        prim_path: Prim of the asset, if it is on the stage. Its transform is copied, animated or not.
    """

    world_from_asset: np.ndarray | None = None
    prim_path: str | None = None


def can_follow(stage: Usd.Stage, path: str) -> bool:
    """Return True if a prim has a transform, and a frame can be put beside it: not beside a part of an instance."""
    prim = stage.GetPrimAtPath(path)
    return bool(prim) and prim.IsA(UsdGeom.Xformable) and not prim.IsInstanceProxy()


def check_frame(stage: Usd.Stage, path: str, asset: AssetFrame) -> Sdf.Path:
    """Find the path of an asset's frame, and check that it can be written.

    Args:
        stage: Stage to write to.
        path: Prim path; if the asset is on the stage, only the name counts, and the frame is the asset's sibling.
        asset: The frame.

    Returns:
        Path of the Xform.

    Raises:
        StageError: If the path holds another prim, the asset's prim is missing, or the asset is scaled unevenly.
    """
    place = check_path(stage, path)
    world_from_asset = asset.world_from_asset
    if asset.prim_path is not None:
        prim = stage.GetPrimAtPath(asset.prim_path)
        if not prim or not prim.IsA(UsdGeom.Xformable):
            raise StageError(f"the asset's prim {asset.prim_path} is not on the stage, or has no transform")
        place = check_path(stage, str(prim.GetPath().GetParentPath().AppendChild(place.name)))
        world_from_asset = matrix_from_gf(UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(prim))
    assert world_from_asset is not None
    if uniform_scale(world_from_asset) is None:
        raise StageError(
            f"the asset {asset.prim_path or path} is scaled unevenly, which would distort a box in its frame: "
            "write the box in the world's frame (frame world)"
        )
    existing = stage.GetPrimAtPath(place)
    if existing and not (existing.GetTypeName() == "Xform" and is_from_boxfit(existing)):
        raise StageError(f"{place} is not a frame that boxfit wrote: choose another prim path")
    if asset.prim_path is None:
        parent_from_world(stage, place)
    return place


def write_frame(stage: Usd.Stage, place: Sdf.Path, asset: AssetFrame) -> None:
    """Write an Xform with an asset's transform, at a checked path, to the stage's edit target."""
    define_parents(stage, place)
    frame = UsdGeom.Xform.Define(stage, place)
    op = frame.MakeMatrixXform()
    op.GetAttr().Clear()
    if asset.prim_path is not None:
        _follow(op, frame, UsdGeom.Xformable(stage.GetPrimAtPath(asset.prim_path)))
    else:
        op.Set(gf_from_matrix(parent_from_world(stage, place) @ asset.world_from_asset))
    write_provenance(frame.GetPrim(), {"frame": "asset", "framePrim": asset.prim_path})


def _follow(op: UsdGeom.XformOp, frame: UsdGeom.Xform, asset: UsdGeom.Xformable) -> None:
    """Copy a sibling's transform with all its time samples."""
    times = asset.GetTimeSamples()
    for time in times:
        op.Set(asset.GetLocalTransformation(time), time)
    if not times:
        op.Set(asset.GetLocalTransformation(Usd.TimeCode.Default()))
    frame.SetResetXformStack(asset.GetResetXformStack())
