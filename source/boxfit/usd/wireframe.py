"""Edges of the visible geometry on a stage, for drawing; if there are too many, edges of its bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS
from boxfit.usd.convert import matrix_from_gf
from boxfit.usd.instances import ManyInstancesError
from boxfit.usd.polygons import SEEN_PURPOSES, Polygons, find_shapes, prototype_path, read_polygons
from boxfit.usd.stage import REST_TIME

WIREFRAME_EDGES = 20_000
"""Largest number of edges that are drawn."""

_AROUND = 16
"""Number of faces around a round shape."""


@dataclass(frozen=True, eq=False)
class Wireframe:
    """Line segments of geometry.

    Attributes:
        segments: End points in the stage's world, shape (n, 2, 3), float32.
        count: Number of edges of the geometry; None if there are too many instances to count them.
        simplified: True if the segments are those of bounds, because there are too many edges.
        skipped: Number of shapes that are not shown, because their data are inconsistent.
        bounds: Minimum and maximum of the geometry, shape (3,) each, in the stage's world; None if there is none.
    """

    segments: np.ndarray
    count: int | None
    simplified: bool
    skipped: int
    bounds: tuple[np.ndarray, np.ndarray] | None


@dataclass(frozen=True, eq=False)
class _Shape:
    """Points and edges in a prim's frame, and the corners of their bounds, shape (8, 3)."""

    points: np.ndarray
    edges: np.ndarray
    corners: np.ndarray


def read_wireframe(stage: Usd.Stage, limit: int = WIREFRAME_EDGES) -> Wireframe:
    """Read the polygon edges of a stage's visible geometry, each edge once.

    Instances are included; guides, proxies and boxes written by boxfit are not. Shapes without polygons, such as curves
    and point instancers, are replaced by their bounds.

    Args:
        stage: An open stage.
        limit: Largest number of segments. Geometry with more edges is replaced by the bounds of each shape, along the
            shape's own axes; if these are too many as well, by one box around everything. That box is all that is
            read where more than a quarter as many shapes are in instances, whose nesting can multiply them without end.
    """
    try:
        prims = find_shapes(stage.GetPseudoRoot(), limit // 4)
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
        elif len(shape.edges):
            parts.append((shape, world))
    count = sum(len(shape.edges) for shape, _ in parts)
    corners = [_moved(shape.corners, world) for shape, world in parts]
    if not parts:
        return Wireframe(np.zeros((0, 2, 3), np.float32), 0, False, skipped, None)
    everything = np.concatenate(corners)
    bounds = (everything.min(axis=0), everything.max(axis=0))
    if count <= limit:
        segments = [_moved(shape.points, world)[shape.edges] for shape, world in parts]
    elif len(corners) * len(BOX_EDGES) <= limit:
        segments = [shape_corners[BOX_EDGES] for shape_corners in corners]
    else:
        segments = [_corners(*bounds)[BOX_EDGES]]
    return Wireframe(np.concatenate(segments).astype(np.float32), count, count > limit, skipped, bounds)


def _box_around(stage: Usd.Stage) -> Wireframe:
    """Return one box around a stage's visible geometry, of which USD bounds each prototype once."""
    cache = UsdGeom.BBoxCache(REST_TIME, list(SEEN_PURPOSES))
    limits = cache.ComputeWorldBound(stage.GetPseudoRoot()).ComputeAlignedRange()
    low, high = np.array(limits.GetMin()), np.array(limits.GetMax())
    if not (np.isfinite([low, high]).all() and (low <= high).all()):
        return Wireframe(np.zeros((0, 2, 3), np.float32), None, True, 0, None)
    return Wireframe(_corners(low, high)[BOX_EDGES].astype(np.float32), None, True, 0, (low, high))


def _read_shape(prim: Usd.Prim) -> _Shape:
    """Read a prim's edges, or without polygons those of its bounds.

    Raises:
        StageError: If its data are inconsistent.
    """
    polygons = read_polygons(prim, _AROUND)
    if polygons is not None:
        edges = _edges(polygons)
        used = polygons.points[polygons.indices]
        corners = _corners(used.min(axis=0), used.max(axis=0)) if len(used) else np.zeros((8, 3))
        return _Shape(polygons.points, edges, corners)
    extent = UsdGeom.Boundable.ComputeExtentFromPlugins(UsdGeom.Boundable(prim), REST_TIME)
    limits = np.asarray(extent or [], dtype=np.float64)
    if limits.shape != (2, 3) or not (np.isfinite(limits).all() and (limits[0] <= limits[1]).all()):
        raise StageError(f"{prim.GetPath()} has no extent")
    corners = _corners(limits[0], limits[1])
    return _Shape(corners, BOX_EDGES, corners)


def _edges(polygons: Polygons) -> np.ndarray:
    """Return the edges of polygons as pairs of point indices, each once, shape (e, 2)."""
    points, counts, indices = polygons
    ends = np.cumsum(counts)
    following = np.append(indices[1:], indices[:1])
    whole = counts > 0
    following[ends[whole] - 1] = indices[(ends - counts)[whole]]
    low, high = np.minimum(indices, following), np.maximum(indices, following)
    keys = np.unique(low * len(points) + high)
    edges = np.stack([keys // max(len(points), 1), keys % max(len(points), 1)], axis=-1)
    return edges[edges[:, 0] != edges[:, 1]]


def _corners(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (low + high) / 2 + CORNER_SIGNS * (high - low) / 2


def _moved(points: np.ndarray, world: np.ndarray) -> np.ndarray:
    return points @ world[:3, :3].T + world[:3, 3]
