"""Contact segments: parts of the rays along the silhouettes that hold a point of the object, and bounds from them.

The silhouette's outline touches the object at each of its corners: somewhere along the ray through a corner there is a
point of the object. That point is also inside the visual hull, which leaves a short segment of the ray. So for a
direction a,

    max over segments of min over the segment of a . x  <=  support of the object  <=  support of the hull.

At a corner of the object the rays of several views meet, the hull is narrow, and the segments shrink to a point: the
lower bound is then nearly exact, also for a face that no view shows edge-on and that the hull exceeds. On smooth shapes
the outlines' corners are dense, and the two bounds lie close together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.start.half_spaces import ray_span
from boxfit.start.hull import VisualHull
from boxfit.start.outline import Outline

TOLERANCES = (0.15, 0.3, 0.6, 1.2)
"""Distances in [px] by which the hull is widened until a ray along an outline meets it, tried in this order.

The outlines are accurate to a fraction of a pixel, so tangent rays can miss the hull by as much. A ray that misses by
more belongs to a mask that is wrong there.
"""
MARGIN = 0.75
"""Additional widening of the hull for the bounds, and their margin, in [px]."""
NOISE_MARGIN = 1.5
"""Additional margin of the bounds, as a multiple of the border noise."""
NOISE_BIAS = 0.7
"""Outward bias of the farthest of many noisy contacts, as a multiple of the border noise, measured on the bench."""


@dataclass(frozen=True, eq=False)
class Contacts:
    """Segments of rays, each of which holds a point of the object.

    Attributes:
        near: Ends towards the camera, shape (3, n).
        far: Other ends, shape (3, n).
        near_bound: Near ends for a hull widened further by `MARGIN` and the noise, shape (3, n).
        far_bound: Far ends for the same hull, shape (3, n).
        pixel: Size of a pixel at the object, the median over the views.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
    """

    near: np.ndarray
    far: np.ndarray
    near_bound: np.ndarray
    far_bound: np.ndarray
    pixel: float
    noise: float

    @property
    def margin(self) -> float:
        """Uncertainty of every face due to the masks' resolution, in the frame's units."""
        return (MARGIN + NOISE_MARGIN * self.noise) * self.pixel

    def reach(self, axes: np.ndarray) -> np.ndarray:
        """Return the faces that the object must reach along orthonormal axes (columns), shape (3, 3).

        Returns:
            Coordinates of the lower and the upper faces, shape (2, 3); a lower face can lie above its upper face.
        """
        bias = NOISE_BIAS * self.noise * self.pixel
        near, far = axes.T @ self.near, axes.T @ self.far
        return np.stack([np.maximum(near, far).min(axis=1) + bias, np.minimum(near, far).max(axis=1) - bias])


def find_contacts(outlines: Sequence[Outline], hull: VisualHull, noise: float = 0.0) -> Contacts:
    """Clip the rays through all corners of all outlines to the visual hull.

    Args:
        outlines: One per view.
        hull: Their visual hull.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
    """
    spaces = hull.spaces
    ends: list[tuple[np.ndarray, ...]] = []
    for outline in outlines:
        start = outline.camera.position
        directions = outline.camera.ray_directions(outline.corners)
        towards = directions @ spaces.normals.T
        slack = spaces.limits - spaces.normals @ start
        depths = np.full((len(directions), 4), np.nan)
        open_rays = np.arange(len(directions))
        for tolerance in np.add(TOLERANCES, noise):
            enter, leave = ray_span(towards[open_rays], slack + tolerance * spaces.pixels)
            hit = enter <= leave
            rays = open_rays[hit]
            depths[rays, 0], depths[rays, 1] = enter[hit], leave[hit]
            wider = ray_span(towards[rays], slack + (tolerance + MARGIN + noise) * spaces.pixels)
            depths[rays, 2:] = np.transpose(wider)
            open_rays = open_rays[~hit]
        met = np.isfinite(depths).all(axis=1)
        ends.append(tuple(start + depths[met, end, None] * directions[met] for end in range(4)))
    near, far, near_bound, far_bound = (np.concatenate(points).T.copy() for points in zip(*ends, strict=True))
    pixel = float(np.median([outline.pixel for outline in outlines]))
    return Contacts(near, far, near_bound, far_bound, pixel, noise)
