"""Convex polygons in the plane: hulls, areas, intersections."""

from __future__ import annotations

import numpy as np


def convex_polygon(points: np.ndarray) -> np.ndarray:
    """Compute the convex hull of points.

    Args:
        points: Shape (n, 2).

    Returns:
        Corners in the order of positive area, shape (m, 2); m is 0 if the points span no area.
    """
    # The panel imports this module, and Kit may not have SciPy before the first fit.
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < 3:
        return np.zeros((0, 2))
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return np.zeros((0, 2))


def polygon_area(polygon: np.ndarray) -> float:
    """Return the area of a polygon, shape (m, 2), ordered as by `convex_polygon`; 0 for an empty one."""
    x, y = (polygon - polygon[:1]).T  # The first corner adds nothing then, and the last one nothing with it.
    return float(x[:-1] @ y[1:] - y[:-1] @ x[1:]) / 2


def following(corners: np.ndarray) -> np.ndarray:
    """Return the next one of each of the corners of a polygon, shape (n, ...); many times faster than by `np.roll`."""
    return np.concatenate([corners[1:], corners[:1]])


def inside_edges(normals: np.ndarray, offsets: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return True for the points of a grid inside a convex polygon: each edge limits every row to columns on one side.

    Args:
        normals: Outward normals of its edges, shape (n, 2).
        offsets: Edge k lies on normals[k] . (u, v) = offsets[k], shape (n,).
        u: Places of the columns, shape (w,).
        v: Places of the rows, shape (h,).

    Returns:
        Shape (h, w), dtype bool.
    """
    across, along = normals.T
    rest = offsets - along * v[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        column = rest / across
    left = np.where(across < 0, column, -np.inf).max(axis=1, keepdims=True)
    right = np.where(across > 0, column, np.inf).min(axis=1, keepdims=True)
    # A horizontal edge limits the rows.
    rows = ((across != 0) | (rest >= 0)).all(axis=1, keepdims=True)
    return (u >= left) & (u <= right) & rows


def intersect_convex(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersect two convex polygons: clip the first at each edge of the second.

    Sutherland and Hodgman, https://doi.org/10.1145/360767.360802. Fastest if the second has few edges.

    Args:
        a: Ordered as by `convex_polygon`, shape (m, 2).
        b: Ordered as by `convex_polygon`, shape (n, 2).

    Returns:
        Shape (k, 2); k is 0 if they do not intersect.
    """
    if len(b) == 0:
        return b
    for start, end in zip(b, following(b), strict=True):
        if len(a) == 0:
            break
        along, offset = end - start, a - start
        height = along[0] * offset[:, 1] - along[1] * offset[:, 0]
        next_height = following(height)
        crosses = (height >= 0) != (next_height >= 0)
        step = np.where(crosses, height - next_height, 1.0)
        crossing = a + (height / step)[:, None] * (following(a) - a)
        # Each inside corner, then the crossing of the edge to the next corner.
        both = np.stack([a, crossing], axis=1).reshape(-1, 2)
        a = both[np.stack([height >= 0, crosses], axis=1).ravel()]
    return a
