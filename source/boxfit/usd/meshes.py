"""Poses and triangles of prims on a stage, to compare a box with the true geometry."""

from __future__ import annotations

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.polygons import Polygons, fan_triangles, find_shapes, prototype_path, read_polygons
from boxfit.usd.stage import REST_TIME


def world_from_prim(stage: Usd.Stage, path: str) -> np.ndarray:
    """Return the pose of a prim in the stage's world, shape (4, 4).

    Raises:
        StageError: If there is no such prim.
    """
    return matrix_from_gf(UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(_prim(stage, path)))


def read_triangles(stage: Usd.Stage, path: str) -> np.ndarray:
    """Read the triangles of the visible geometry under a prim, in the stage's world.

    Instances are included; guides, proxies and boxes written by boxfit are not. Polygons become triangle fans; round
    shapes and meshes with a subdivision scheme are as in `read_polygons`.

    Args:
        stage: Stage that holds the prim.
        path: Root of the subtree to read.

    Returns:
        Shape (n, 3, 3): triangle, corner, xyz, in stage units.

    Raises:
        StageError: If there is no such prim, no visible geometry under it, or a shape that has no polygons.
        ManyInstancesError: If more shapes are in instances than `boxfit.usd.instances.MOST_IN_INSTANCES`.
    """
    cache = UsdGeom.XformCache(REST_TIME)
    known: dict[Sdf.Path, Polygons | None] = {}
    parts = []
    for prim in find_shapes(_prim(stage, path)):
        shared = prototype_path(prim)
        if shared not in known:
            known[shared] = read_polygons(prim)
        polygons = known[shared]
        if polygons is None:
            raise StageError(f"{prim.GetPath()} is a {prim.GetTypeName()}, which has no polygons to compare with")
        world = matrix_from_gf(cache.GetLocalToWorldTransform(prim))
        points = polygons.points @ world[:3, :3].T + world[:3, 3]
        parts.append(points[fan_triangles(polygons)])
    if not sum(len(part) for part in parts):
        raise StageError(f"there is no visible mesh under {path}")
    return np.concatenate(parts)


def _prim(stage: Usd.Stage, path: str) -> Usd.Prim:
    prim = stage.GetPrimAtPath(path)
    if not prim:
        raise StageError(f"there is no prim {path} on {stage.GetRootLayer().identifier}")
    return prim
