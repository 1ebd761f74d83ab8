"""Canonical choice among the 24 right-handed sets of axes of a box."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.rotations import quaternion_from_matrix

_TIE = 1e-9


def _axis_rotations() -> np.ndarray:
    """Return the rotations that permute the coordinate axes, signs included, shape (24, 3, 3)."""
    matrices = [
        np.diag(signs)[:, list(order)] for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)
    ]
    return np.array([matrix for matrix in matrices if np.linalg.det(matrix) > 0])


AXIS_ROTATIONS = _axis_rotations()


def canonical_box(
    box: Box, bounds: FaceBounds | None = None, nearest_to: np.ndarray | None = None
) -> tuple[Box, FaceBounds | None]:
    """Reorder a box's axes so that its rotation is the nearest to a given one.

    Ties are resolved by the lexicographically largest matrix, row by row, so the result does not depend on the
    previous order of the axes.

    Args:
        box: Any box.
        bounds: Bounds of its faces, reordered with the axes.
        nearest_to: Reference rotation, shape (3, 3); the identity if not given.

    Returns:
        The same cuboid and the same bounds with the chosen axes.
    """
    reference = np.eye(3) if nearest_to is None else nearest_to
    candidates = box.rotation @ AXIS_ROTATIONS
    # The trace of the relative rotation is 1 + 2 cos(angle): the largest is the nearest.
    closeness = np.einsum("ij,nij->n", reference, candidates)
    nearest = np.flatnonzero(closeness > closeness.max() - _TIE)
    for row, column in np.ndindex(3, 3):
        entries = candidates[nearest, row, column]
        nearest = nearest[entries > entries.max() - _TIE]
    chosen = AXIS_ROTATIONS[nearest[0]]
    axes = np.abs(chosen).argmax(axis=0)
    renamed = Box(box.centre, box.half_extents[axes], quaternion_from_matrix(box.rotation @ chosen))
    if bounds is None:
        return renamed, None
    flipped = chosen[axes, np.arange(3)] < 0
    inner, outer = (np.where(flipped[:, None], side[axes, ::-1], side[axes]) for side in (bounds.inner, bounds.outer))
    return renamed, FaceBounds(inner, outer)
