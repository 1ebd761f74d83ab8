"""Convex polytopes as intersections of half-spaces."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

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
