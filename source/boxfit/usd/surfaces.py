"""Triangles of the visible geometry on a stage, for drawing; if there are too many, edges of its bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.instances import ManyInstancesError
from boxfit.usd.polygons import SEEN_PURPOSES, fan_triangles, find_shapes, prototype_path, read_polygons
from boxfit.usd.stage import REST_TIME

MOST_TRIANGLES = 100_000
"""Largest number of triangles that are drawn."""

MOST_SHAPES = 1_500
"""Largest number of shapes whose bounds are drawn one by one."""

_AROUND = 32
"""Number of faces around a round shape."""


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Geometry of a stage, in the stage's world.

    Attributes:
        triangles: Shape (n, 3, 3), float32; none if there are too many.
        segments: Ends of the edges of bounds, shape (m, 2, 3), float32: of shapes that have no polygons, or of all
            shapes if there are too many triangles.
        count: Number of triangles of the geometry; None if there are too many instances to count them.
        simplified: True if bounds stand for all shapes, because there are too many triangles or instances.
        skipped: Number of shapes that are not shown, because their data are inconsistent.
    """

    triangles: np.ndarray
    segments: np.ndarray
    count: int | None
    simplified: bool
    skipped: int


@dataclass(frozen=True, eq=False)
class _Shape:
    """Triangles in a prim's frame, shape (n, 3, 3), None without polygons; and the corners of its bounds."""

    triangles: np.ndarray | None
    corners: np.ndarray


def read_surfaces(stage: Usd.Stage, most: int = MOST_TRIANGLES, most_shapes: int = MOST_SHAPES) -> Surfaces:
    """Read the triangles of a stage's visible geometry.

    Instances are included; guides, proxies and boxes written by boxfit are not. Shapes without polygons, such as curves
    and point instancers, are replaced by their bounds.

    Args:
        stage: An open stage.
        most: Largest number of triangles. Geometry with more is replaced by the bounds of each shape, along the shape's
            own axes.
        most_shapes: Largest number of such bounds; one box around everything replaces more. That box is all that is
            read where more shapes than three times as many are in instances, whose nesting can multiply them without
            end.
    """
    try:
        prims = find_shapes(stage.GetPseudoRoot(), 3 * most_shapes)
    except ManyInstancesError:
        return _box_around(stage)
    cache = UsdGeom.XformCache(REST_TIME)
    known: dict[Sdf.Path, _Shape | None] = {}
    parts, skipped = [], 0
    for prim in prims:
        path = prototype_path(prim)
        try:
            if path not in known:
                known[path] = _read_shape(prim)
            shape, world = known[path], matrix_from_gf(cache.GetLocalToWorldTransform(prim))
        except StageError:
            known[path] = None
            shape, world = None, np.eye(4)
        if shape is None or not np.isfinite(world).all():
            skipped += 1
        elif shape.triangles is None or len(shape.triangles):
            parts.append((shape, world))
    count = sum(len(shape.triangles) for shape, _ in parts if shape.triangles is not None)
    if count > most:
        corners = [_moved(shape.corners, world) for shape, world in parts]
        around = corners if len(corners) <= most_shapes else [_around(np.concatenate(corners))]
        return Surfaces(_joined([], 3), _edges(around), count, True, skipped)
    solid = [_moved(shape.triangles, world) for shape, world in parts if shape.triangles is not None]
    others = [_moved(shape.corners, world) for shape, world in parts if shape.triangles is None]
    if len(others) > most_shapes:
        others = [_around(np.concatenate(others))]
    return Surfaces(_joined(solid, 3), _edges(others), count, False, skipped)


def _box_around(stage: Usd.Stage) -> Surfaces:
    """Return one box around a stage's visible geometry, of which USD bounds each prototype once."""
    cache = UsdGeom.BBoxCache(REST_TIME, list(SEEN_PURPOSES))
    limits = cache.ComputeWorldBound(stage.GetPseudoRoot()).ComputeAlignedRange()
    low, high = np.array(limits.GetMin()), np.array(limits.GetMax())
    there = np.isfinite([low, high]).all() and (low <= high).all()
    return Surfaces(_joined([], 3), _edges([_corners(low, high)] if there else []), None, True, 0)


def _read_shape(prim: Usd.Prim) -> _Shape:
    """Read a prim's triangles and bounds.

    Raises:
        StageError: If its data are inconsistent.
    """
    polygons = read_polygons(prim, _AROUND)
    if polygons is not None:
        triangles = polygons.points[fan_triangles(polygons)]
        return _Shape(triangles, _around(triangles.reshape(-1, 3)) if len(triangles) else np.zeros((8, 3)))
    extent = UsdGeom.Boundable.ComputeExtentFromPlugins(UsdGeom.Boundable(prim), REST_TIME)
    limits = np.asarray(extent or [], dtype=np.float64)
    if limits.shape != (2, 3) or not (np.isfinite(limits).all() and (limits[0] <= limits[1]).all()):
        raise StageError(f"{prim.GetPath()} has no extent")
    return _Shape(None, _corners(limits[0], limits[1]))


def _around(points: np.ndarray) -> np.ndarray:
    return _corners(points.min(axis=0), points.max(axis=0))


def _corners(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (low + high) / 2 + CORNER_SIGNS * (high - low) / 2


def _edges(corners: list[np.ndarray]) -> np.ndarray:
    return _joined([box[BOX_EDGES] for box in corners], 2)


def _joined(parts: list[np.ndarray], corners: int) -> np.ndarray:
    return np.concatenate([np.zeros((0, corners, 3)), *parts]).astype(np.float32)


def _moved(points: np.ndarray, world: np.ndarray) -> np.ndarray:
    return points @ world[:3, :3].T + world[:3, 3]
