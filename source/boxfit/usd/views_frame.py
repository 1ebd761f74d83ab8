"""The Xform above the cameras of views, which places them in the stage's world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.usd.cameras import is_view
from boxfit.usd.convert import gf_from_matrix, matrix_from_gf
from boxfit.usd.paths import check_path, define_parents
from boxfit.usd.stage import REST_TIME
from boxfit.usd.xforms import parent_from_world


def views_frame(stage: Usd.Stage, path: str, cameras: Sequence[str], world_from_views: np.ndarray) -> np.ndarray | None:
    """Compute the transform of the prim above the cameras, and check that the prims can be written.

    Args:
        stage: Stage to write to.
        path: Parent prim of the cameras.
        cameras: Paths of the cameras.
        world_from_views: From the views' world to the stage's, shape (4, 4).

    Returns:
        The transform to write, in the frame of the prim's parent, shape (4, 4); None if nothing is to be written.

    Raises:
        StageError: If a path cannot hold a prim or holds one that is not a view, or the parent prim already exists
            with another transform.
    """
    place = check_path(stage, path)
    for camera in cameras:
        check_path(stage, camera)
        existing = stage.GetPrimAtPath(camera)
        if existing and existing.IsDefined() and not is_view(existing):
            raise StageError(f"{camera} already exists and is not a view: choose another path than {path}")
    if existing := stage.GetPrimAtPath(place):
        world_from_existing = matrix_from_gf(UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(existing))
        if not np.allclose(world_from_existing, world_from_views, rtol=1e-9, atol=1e-9):
            raise StageError(
                f"{path} already exists, and its transform would misplace the views: choose a path that does not exist"
            )
        return None
    transform = parent_from_world(stage, place) @ world_from_views
    return None if np.array_equal(transform, np.eye(4)) else transform


def write_views_frame(stage: Usd.Stage, path: str, transform: np.ndarray) -> None:
    """Write an Xform with a transform to the stage's root layer.

    Args:
        stage: Stage to write to.
        path: Path that `views_frame` has checked.
        transform: Transform from `views_frame`.
    """
    with Usd.EditContext(stage, stage.GetRootLayer()):
        define_parents(stage, Sdf.Path(path))
        UsdGeom.Xform.Define(stage, path).MakeMatrixXform().Set(gf_from_matrix(transform))
