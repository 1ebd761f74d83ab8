"""Overlaps of boxes and other parallelepipeds."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS

_FLAT = 1e-12
"""Coordinates in a unit cube that differ by less are equal."""


def parallelepiped_iou(world_from_a: np.ndarray, world_from_b: np.ndarray) -> float:
    """Return the intersection over union of two images of the unit cube [-0.5, 0.5]^3, exact up to rounding.

    Computed in the frame of the first, where it is the unit cube: an affine map preserves ratios of volumes, so
    precision depends neither on units nor on thin boxes.

    Args:
        world_from_a: Affine and invertible, shape (4, 4); may shear or mirror.
        world_from_b: As `world_from_a`.
    """
    b_from_a = np.linalg.solve(world_from_b, world_from_a)
    a_from_b = np.linalg.inv(b_from_a)
    # The overlap's corners are ends of the parts of either one's edges inside the other one.
    in_b, ends = _edges_inside_cube(b_from_a), _edges_inside_cube(a_from_b)
    corners = np.concatenate([in_b @ a_from_b[:3, :3].T + a_from_b[:3, 3], ends])
    overlap = _hull_volume(corners)
    union = 1.0 + 1.0 / abs(np.linalg.det(b_from_a[:3, :3])) - overlap
    return float(overlap / union)


def _edges_inside_cube(cube_from_other: np.ndarray) -> np.ndarray:
    """Return the ends of the parts inside the unit cube of another parallelepiped's edges, in the cube's frame."""
    corners = CORNER_SIGNS / 2 @ cube_from_other[:3, :3].T + cube_from_other[:3, 3]
    start, end = corners[BOX_EDGES].transpose(1, 0, 2)
    step = end - start
    # An edge along a face of the cube is inside everywhere or nowhere.
    along = np.abs(step) < _FLAT
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (-0.5 - start) / step, (0.5 - start) / step
    enter = np.where(along, -np.inf, np.minimum(first, second)).max(axis=1, initial=0.0)
    leave = np.where(along, np.inf, np.maximum(first, second)).min(axis=1, initial=1.0)
    # An edge may touch the cube in a point, which rounding must not miss.
    met = (enter <= leave + _FLAT) & (~along | (np.abs(start) < 0.5 + _FLAT)).all(axis=1)
    return np.concatenate([start[met] + t[met, None] * step[met] for t in (enter, leave)])


def _hull_volume(points: np.ndarray) -> float:
    """Return the volume of the convex hull of points (n, 3); 0 if they are few or flat."""
    if len(points) < 4:
        return 0.0
    try:
        return float(ConvexHull(points).volume)
    except QhullError:
        return 0.0
