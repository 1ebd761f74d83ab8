"""Similarities (rotation, uniform scale, translation): the transforms that map boxes to boxes."""

from __future__ import annotations

import numpy as np

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.rotations import quaternion_from_matrix

TOLERANCE = 1e-5
"""Largest deviation from orthogonal axes of equal length: above float32 noise, below a visible difference."""


def uniform_scale(matrix: np.ndarray) -> float | None:
    """Return the scale of a similarity, mirrored or not, or None if the matrix is not a similarity.

    Args:
        matrix: target_from_source, shape (4, 4).
    """
    linear = np.asarray(matrix, dtype=np.float64)[:3, :3]
    squared = linear.T @ linear
    scale_squared = np.trace(squared) / 3
    if not np.isfinite(scale_squared) or scale_squared == 0:
        return None
    if np.abs(squared / scale_squared - np.eye(3)).max() > 2 * TOLERANCE:
        return None
    return float(np.sqrt(scale_squared))


def move_box(
    box: Box, target_from_source: np.ndarray, bounds: FaceBounds | None = None
) -> tuple[Box, FaceBounds | None]:
    """Transform a box and the bounds of its faces to another frame.

    In a mirrored frame the X axis is reversed and the bounds of its two faces are swapped: a box is its own mirror
    image.

    Args:
        box: Box in the source frame.
        target_from_source: Similarity, shape (4, 4).
        bounds: Bounds of the box's faces in the source frame's units.

    Returns:
        Box and bounds in the target frame and its units; bounds are None if none were given.
    """
    if np.array_equal(target_from_source, np.eye(4)):
        return box, bounds
    scale = uniform_scale(target_from_source)
    assert scale is not None, target_from_source
    axes = target_from_source[:3, :3] @ box.rotation / scale
    mirrored = np.linalg.det(axes) < 0
    if mirrored:
        axes = axes * [-1.0, 1.0, 1.0]
    moved = Box(
        target_from_source[:3, :3] @ box.centre + target_from_source[:3, 3],
        box.half_extents * scale,
        quaternion_from_matrix(axes),
    )
    if bounds is None:
        return moved, None
    inner, outer = bounds.inner * scale, bounds.outer * scale
    if mirrored:
        inner[0], outer[0] = inner[0, ::-1].copy(), outer[0, ::-1].copy()
    return moved, FaceBounds(inner, outer)
