"""Measures that compare a box with another box, or with points that it should contain."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, HalfspaceIntersection

from boxfit.geometry.box import Box
from boxfit.geometry.polytopes import deepest_point


def protrusion(box: Box, points: np.ndarray) -> float:
    """Return the largest distance of points from a box's centre, in half extents: 1 on a face, 1.02 is 2 % outside.

    Args:
        box: Any box.
        points: In the box's frame, shape (n, 3).
    """
    return float(np.max(np.abs(box.to_local(points)) / box.half_extents))


def parallelepiped_iou(world_from_a: np.ndarray, world_from_b: np.ndarray) -> float:
    """Return the intersection over union of two images of the unit cube [-0.5, 0.5]^3, exact up to rounding.

    Computed in the frame of the first, where it is the unit cube: an affine map preserves ratios of volumes, so
    precision depends neither on units nor on thin boxes.

    Args:
        world_from_a: Affine and invertible, shape (4, 4); may shear or mirror.
        world_from_b: As `world_from_a`.
    """
    b_from_a = np.linalg.solve(world_from_b, world_from_a)
    # A point x is inside if -0.5 <= row.x + shift <= 0.5 for each of the three axes of both cubes.
    rows = np.concatenate([np.eye(3), b_from_a[:3, :3]])
    shifts = np.concatenate([np.zeros(3), b_from_a[:3, 3]])
    normals, limits = np.concatenate([rows, -rows]), 0.5 - np.concatenate([shifts, -shifts])
    lengths = np.linalg.norm(normals, axis=1)
    overlap = _polytope_volume(normals / lengths[:, None], limits / lengths)
    union = 1.0 + 1.0 / abs(np.linalg.det(b_from_a[:3, :3])) - overlap
    return float(overlap / union)


def _polytope_volume(normals: np.ndarray, limits: np.ndarray) -> float:
    """Return the volume of the points x with normal . x <= limit for every unit normal."""
    inside = deepest_point(normals, limits)
    if inside is None:
        return 0.0
    return ConvexHull(HalfspaceIntersection(np.column_stack([normals, -limits]), inside).intersections).volume
