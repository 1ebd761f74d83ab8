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
from boxfit.geometry.polytopes import deepest_point
from boxfit.start.half_spaces import HalfSpaces

WORLD = 40.0
"""Half edge, in object radii, of the cube that closes hulls which the views leave unbounded."""


@dataclass(frozen=True, eq=False)
class VisualHull:
    """Convex polytope around the object.

    Attributes:
        vertices: Shape (3, v).
        spaces: Half-spaces that bound it.
    """

    vertices: np.ndarray
    spaces: HalfSpaces


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
    inside = deepest_point(normals, limits)
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
    return VisualHull(polytope.intersections.T.copy(), spaces.chosen(bounding[bounding < len(spaces.limits)]))
