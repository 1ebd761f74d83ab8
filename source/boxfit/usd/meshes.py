"""Triangles of what stands on a stage, to compare a box with the real thing."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import numpy as np
from pxr import Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.types import BOX_QUADS, CORNER_SIGNS
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.figures import is_from_boxfit
from boxfit.usd.stage import REST_TIME

_SEEN_PURPOSES = (UsdGeom.Tokens.default_, UsdGeom.Tokens.render)


def world_from_prim(stage: Usd.Stage, path: str) -> np.ndarray:
    """Pose of a prim in the stage's world, shape (4, 4).

    Raises:
        StageError: If there is no such prim.
    """
    return matrix_from_gf(UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(_prim(stage, path)))


def read_triangles(stage: Usd.Stage, path: str) -> np.ndarray:
    """Triangles of the visible geometry under a prim, in the stage's world.

    Instances are followed; guides, proxies and boxes written by boxfit are not geometry. Polygons are fans; a
    mesh with a subdivision scheme gives its control cage.

    Args:
        stage: Stage that holds the prim.
        path: The prim; its whole subtree counts.

    Returns:
        Shape (n, 3, 3): triangle, corner, xyz, in stage units.

    Raises:
        StageError: If there is no such prim, nothing visible under it, or a shape that has no polygons.
    """
    cache = UsdGeom.XformCache(REST_TIME)
    parts = []
    for prim in Usd.PrimRange(_prim(stage, path), Usd.TraverseInstanceProxies()):
        if not _is_seen(prim):
            continue
        points, polygons = _shape(prim)
        world = matrix_from_gf(cache.GetLocalToWorldTransform(prim))
        parts.append((points @ world[:3, :3].T + world[:3, 3])[polygons])
    if not sum(len(part) for part in parts):
        raise StageError(f"there is no visible mesh under {path}")
    return np.concatenate(parts)


def _prim(stage: Usd.Stage, path: str) -> Usd.Prim:
    prim = stage.GetPrimAtPath(path)
    if not prim:
        raise StageError(f"there is no prim {path} on {stage.GetRootLayer().identifier}")
    return prim


def _is_seen(prim: Usd.Prim) -> bool:
    if not (prim.IsA(UsdGeom.Gprim) or prim.IsA(UsdGeom.PointInstancer)) or is_from_boxfit(prim):
        return False
    shape = UsdGeom.Imageable(prim)
    visible = shape.ComputeVisibility(REST_TIME) != UsdGeom.Tokens.invisible
    return visible and shape.ComputePurpose() in _SEEN_PURPOSES


def _shape(prim: Usd.Prim) -> tuple[np.ndarray, np.ndarray]:
    """Points in the prim's frame, shape (p, 3), and triangles as their indices, shape (n, 3)."""
    if prim.IsA(UsdGeom.Cube):
        size = UsdGeom.Cube(prim).GetSizeAttr().Get(REST_TIME)
        return CORNER_SIGNS * size / 2, _fans(BOX_QUADS.ravel(), np.full(6, 4))
    if not prim.IsA(UsdGeom.Mesh):
        raise StageError(f"{prim.GetPath()} is a {prim.GetTypeName()}, which has no polygons to compare with")
    mesh = UsdGeom.Mesh(prim)
    points = np.asarray(mesh.GetPointsAttr().Get(REST_TIME) or [], dtype=np.float64).reshape(-1, 3)
    indices = np.asarray(mesh.GetFaceVertexIndicesAttr().Get(REST_TIME) or [], dtype=np.int64)
    counts = np.asarray(mesh.GetFaceVertexCountsAttr().Get(REST_TIME) or [], dtype=np.int64)
    consistent = counts.sum() == len(indices) and (counts >= 0).all()
    if not consistent or (len(indices) and not 0 <= indices.min() <= indices.max() < len(points)):
        raise StageError(f"the faces of {prim.GetPath()} do not fit its points")
    return points, _fans(indices, counts)


def _fans(indices: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Split polygons into triangles around their first corner, shape (n, 3)."""
    triangles = np.maximum(counts - 2, 0)
    first = np.repeat(np.cumsum(counts) - counts, triangles)
    step = np.arange(triangles.sum()) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    return np.stack([indices[first], indices[first + step + 1], indices[first + step + 2]], axis=-1)
