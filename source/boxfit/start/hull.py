"""The convex visual hull: the largest convex polytope whose silhouettes lie inside the masks' convex hulls.

A mask lies inside a convex silhouette exactly when its convex hull does, so each edge of a mask's outline, with the
camera's centre, spans a plane that bounds the object. The polytope is the intersection of all these half-spaces, and
each of its facets lies on such a tangent plane of the object.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import HalfspaceIntersection, QhullError

from boxfit.errors import ContradictionError, FitError
from boxfit.geometry.brief import brief_repr
from boxfit.start.half_spaces import HalfSpaces

DEEP = 0.1
"""Distance of the origin inside all half-spaces, in object radii, from which it serves as the point that the
intersection of half-spaces starts from."""
LEAST_RADIUS = 1e-9
"""A polytope that contains no larger ball counts as empty or flat."""
WORLD = 40.0
"""Half edge, in object radii, of the cube that closes hulls which the views leave unbounded."""


@dataclass(frozen=True, eq=False)
class VisualHull:
    """Convex polytope around the object.

    Attributes:
        vertices: Shape (v, 3).
        spaces: Half-spaces that bound it.
    """

    vertices: np.ndarray
    spaces: HalfSpaces

    __repr__ = brief_repr

    def closed_spaces(self, pixel: float) -> HalfSpaces:
        """Return the half-spaces, of an unbounded hull with those of the cube that closes it: each ray ends at one.

        Args:
            pixel: Size of a pixel at the origin.
        """
        spaces = self.spaces
        if np.abs(self.vertices).max() > (1 - 1e-9) * WORLD:
            for normal in (*np.eye(3), *-np.eye(3)):
                spaces = spaces.with_plane(normal, WORLD, pixel)
        return spaces


def visual_hull(spaces: HalfSpaces) -> VisualHull:
    """Intersect half-spaces.

    Args:
        spaces: Half-spaces around an object of radius about 1 at the origin.

    Raises:
        ContradictionError: If the intersection is empty.
        FitError: If it is flat.
    """
    normals = np.concatenate([spaces.normals, np.eye(3), -np.eye(3)])
    limits = np.concatenate([spaces.limits, np.full(6, WORLD)])
    inside = np.zeros(3) if limits.min() > DEEP else deepest_point(normals, limits)
    if inside is None:
        raise ContradictionError(
            "the masks contradict each other: no point in space is on the object in every view; check that the "
            "cameras belong to the masks and that all masks show the same object"
        )
    try:
        polytope = HalfspaceIntersection(np.column_stack([normals, -limits]), inside)
    except QhullError as error:
        raise FitError("the masks leave a flat or empty visual hull; add views from other directions") from error
    bounding = np.unique(np.concatenate([np.asarray(facets) for facets in polytope.dual_facets]))
    return VisualHull(polytope.intersections, spaces.chosen(bounding[bounding < len(spaces.limits)]))


def deepest_point(normals: np.ndarray, limits: np.ndarray) -> np.ndarray | None:
    """Find the Chebyshev centre: the centre of the largest ball inside half-spaces normal . x <= limit.

    Args:
        normals: Unit vectors, shape (n, 3).
        limits: Shape (n,), in units in which the polytope's size is about 1.

    Returns:
        Shape (3,), or None if no ball is inside all of them.
    """
    from scipy.optimize import linprog  # Takes longer to import than most fits take.

    # Maximise r subject to normals . x + r <= limits.
    solved = linprog(
        [0.0, 0.0, 0.0, -1.0],
        A_ub=np.column_stack([normals, np.ones(len(limits))]),
        b_ub=limits,
        bounds=[(None, None)] * 3 + [(0.0, None)],
        method="highs",
    )
    return solved.x[:3] if solved.status == 0 and solved.x[3] > LEAST_RADIUS else None
