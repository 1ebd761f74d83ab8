"""Contact segments: parts of the rays along the silhouettes that hold a point of the object.

The silhouette's outline touches the object at each of its corners: somewhere along the ray through a corner there is a
point of the object. That point is also inside the visual hull, which leaves a short segment of the ray. At a corner of
the object the rays of several views meet, the hull is narrow, and the segments shrink to a point, also for a face that
no view shows edge-on and that the hull exceeds. The ends of a segment at a grazing angle to the hull move far if the
hull's planes move by a part of a pixel, so the hull is widened by the masks' uncertainty before it clips the rays, at
grazing angles by more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.geometry.surface import SurfacePoints
from boxfit.start.half_spaces import ray_span
from boxfit.start.hull import VisualHull
from boxfit.start.outline import Outline
from boxfit.start.support import Support

TOLERANCES = (0.15, 0.3, 0.6, 1.2)
"""Distances in [px] by which the hull is widened until a ray along an outline meets it, tried in this order.

The outlines are accurate to a fraction of a pixel, so tangent rays can miss the hull by as much. A ray that misses by
more belongs to a mask that is wrong there.
"""
MARGIN = 0.75
"""Additional widening of the hull, and the margin of the bounds, in [px]."""
GRAZING = 0.5
"""Additional widening at planes that a ray grazes, in [px]: the end of the segment there is off by a multiple of the
plane's error, for which the margin of the bounds does not make up."""
STEEP = 0.2
"""Sine of the angle between a ray and a plane from which it does not graze it."""
CAMERA_MARGIN = 0.5
"""Additional margin of the bounds, as a multiple of the cameras' common error: it moves box and object mostly alike."""
NOISE_MARGIN = 1.5
"""Additional margin of the bounds, as a multiple of the border noise."""


def find_support(
    outlines: Sequence[Outline],
    hull: VisualHull,
    noise: float = 0.0,
    surface: SurfacePoints | None = None,
    camera_error: float = 0.0,
) -> Support | None:
    """Find the bounds of the object's support, by the rays through all corners of all outlines inside the visual hull.

    Args:
        outlines: One per view of an object of radius about 1 at the origin.
        hull: Their visual hull.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
        surface: Points of the object from depth images, in the same frame.
        camera_error: Error of the cameras in [px] that does not show in the masks.

    Returns:
        The support by the segments and the hull; None if no ray meets the hull.
    """
    pixel = float(np.median([outline.pixel for outline in outlines]))
    spaces = hull.closed_spaces(pixel)
    near, far, rounded = [], [], []
    for outline in outlines:
        start = outline.camera.position
        directions = outline.camera.ray_directions(outline.corners)
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        towards = directions @ spaces.normals.T
        slack = spaces.limits - spaces.normals @ start
        depths = np.full((len(directions), 2), np.nan)
        open_rays = np.arange(len(directions))
        for tolerance in np.add(TOLERANCES, noise):
            if not len(open_rays):
                break
            enter, leave = ray_span(towards[open_rays], slack + tolerance * spaces.pixels)
            rays = open_rays[enter <= leave]
            widened = _at_grazing(towards[rays], lengths[rays])
            widened += tolerance + MARGIN + noise
            widened *= spaces.pixels
            widened += slack
            depths[rays] = np.transpose(ray_span(towards[rays], widened))
            open_rays = open_rays[enter > leave]
        met = np.isfinite(depths).all(axis=1)
        if met.any():
            near.append(start + depths[met, :1] * directions[met])
            far.append(start + depths[met, 1:] * directions[met])
            rounded.append(outline.roundness[met])
    if not near:
        return None
    return Support(
        hull=hull.vertices,
        near=np.concatenate(near),
        far=np.concatenate(far),
        roundness=np.concatenate(rounded),
        views=len(near),
        surface=np.zeros((0, 3)) if surface is None else surface.outermost().points,
        facing=np.zeros((0, 3)) if surface is None else surface.chosen(surface.facing).outermost().points,
        resting=np.zeros((0, 3)),
        radius=1.0,
        pixel=pixel,
        noise=noise,
        margin=(MARGIN + NOISE_MARGIN * noise + CAMERA_MARGIN * camera_error) * pixel,
    )


def _at_grazing(towards: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the additional widening at planes that rays graze, in [px], shape (rays, n).

    In place, as the caller goes on: the arrays are large.
    """
    widening = np.abs(towards)
    widening *= -GRAZING / (STEEP * lengths)
    widening += GRAZING
    return np.maximum(widening, 0.0, out=widening)
