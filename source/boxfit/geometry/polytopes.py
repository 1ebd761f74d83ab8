"""Convex polytopes as intersections of half-spaces: points inside, volumes, and overlaps of boxes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection

_LEAST_RADIUS = 1e-9
"""A polytope that contains no larger ball counts as empty or flat."""


def deepest_point(normals: np.ndarray, limits: np.ndarray) -> np.ndarray | None:
    """Find the Chebyshev centre: the centre of the largest ball inside half-spaces normal . x <= limit.

    Args:
        normals: Unit vectors, shape (n, 3).
        limits: Shape (n,), in units in which the polytope's size is about 1.

    Returns:
        Shape (3,), or None if no ball is inside all of them.
    """
    # Maximise r subject to normals . x + r <= limits.
    solved = linprog(
        [0.0, 0.0, 0.0, -1.0],
        A_ub=np.column_stack([normals, np.ones(len(limits))]),
        b_ub=limits,
        bounds=[(None, None)] * 3 + [(0.0, None)],
        method="highs",
    )
    return solved.x[:3] if solved.status == 0 and solved.x[3] > _LEAST_RADIUS else None


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
