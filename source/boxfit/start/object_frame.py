"""Approximate position and size of the object: the frame in which everything else is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.errors import ContradictionError, FitError
from boxfit.start.outline import Outline

SAME_LINE = 5e-4
"""Mean squared sine of the angle between the viewing directions and their common axis below which they count as
parallel: little more than a degree."""


def object_frame(outlines: Sequence[Outline]) -> np.ndarray:
    """Return the frame whose origin is near the object's middle and whose unit is its radius.

    The origin is the least-squares intersection of the rays through the middles of the masks.

    Args:
        outlines: One per view.

    Returns:
        world_from_frame, a translation and a uniform scale, shape (4, 4).

    Raises:
        FitError: If all rays are parallel.
        ContradictionError: If they meet behind the cameras.
    """
    cameras = [outline.camera for outline in outlines]
    positions = np.array([camera.position for camera in cameras])
    middles = [_middle(outline) for outline in outlines]
    towards = np.array([camera.ray_directions(middle) for camera, middle in zip(cameras, middles, strict=True)])
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    across = np.eye(3) - towards[:, :, None] * towards[:, None, :]
    total = across.sum(axis=0)
    if np.linalg.eigvalsh(total / len(outlines))[0] < SAME_LINE:
        raise FitError(
            "all cameras look along the same line: a box needs views from different directions; if the object turns in "
            "front of a fixed camera, the views must state its pose (Replicator: bounding_box_3d)"
        )
    origin = np.linalg.solve(total, np.einsum("nij,nj->i", across, positions))
    depths = ((origin - positions) * [camera.forward for camera in cameras]).sum(axis=1)
    radii = [
        np.linalg.norm(outline.corners - middle, axis=1).max() * depth / np.mean(outline.camera.focal)
        for outline, middle, depth in zip(outlines, middles, depths, strict=True)
        if depth > 0
    ]
    if len(radii) <= len(outlines) / 2:
        raise ContradictionError(
            "cameras and masks contradict each other: the rays through the masks meet behind most cameras; check that "
            "the camera matrices belong to these masks"
        )
    frame = np.diag([*[np.median(radii)] * 3, 1.0])
    frame[:3, 3] = origin
    return frame


def _middle(outline: Outline) -> np.ndarray:
    """Return the middle of the bounding rectangle, (u, v) in [px]; perspective moves the mean of the corners more."""
    return (outline.corners.min(axis=0) + outline.corners.max(axis=0)) / 2
