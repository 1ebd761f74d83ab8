"""Outlines of masks whose borders are noisier than rounding to pixels explains.

The convex hull of a noisy border rests on its outermost bumps, so it is too large by their height. Each edge of the
hull is moved inwards to the mean of the border below it. This removes the full height along straight sides, where the
hull spans many bumps, and less on curved sides, where every bump has an edge of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull

from boxfit.geometry.polygons import following
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.half_spaces import HalfSpaces, ray_span
from boxfit.start.outline import Outline, border_pixels

NOISY = 0.9
"""Borders that contradict each other by more than this many pixels are noisy; pixels alone explain 0.4, or somewhat
more on objects that are only a few pixels wide."""
BUMP = 3.0
"""Depth below an edge, as a multiple of the noise, beyond which border points belong to a notch of the object."""
NOTCHED = 0.3
"""Share of border points deeper than `BUMP` from which an edge spans a notch."""
TIP = 0.3
"""Inward shift of edges over a notch, as a share of the noise."""
UNSEEN = 20.0
"""Rays that miss by more than this many pixels do so for other reasons than border noise."""
PRECISION = 0.05
"""Precision of the noise, in [px]."""
QUARTILE = 0.75


def border_noise(outlines: Sequence[Outline], spaces: HalfSpaces) -> float:
    """Estimate the distance by which the rays along the outlines miss the visual hull.

    Args:
        outlines: One per view.
        spaces: The half-spaces that bound their visual hull.

    Returns:
        The upper quartile over the rays, in [px]; 0 where rounding to pixels explains it.
    """
    low, high = NOISY, UNSEEN
    if _share_within(outlines, spaces, low) >= QUARTILE:
        return 0.0
    while high - low > PRECISION:
        middle = (low + high) / 2
        if _share_within(outlines, spaces, middle) >= QUARTILE:
            high = middle
        else:
            low = middle
    return high


def _share_within(outlines: Sequence[Outline], spaces: HalfSpaces, tolerance: float) -> float:
    """Return the share of rays along the outlines that meet the hull widened by a tolerance in [px]."""
    met = []
    for outline in outlines:
        towards = outline.camera.ray_directions(outline.corners) @ spaces.normals.T
        slack = spaces.limits - spaces.normals @ outline.camera.position
        enter, leave = ray_span(towards, slack + tolerance * spaces.pixels)
        met.append(enter <= leave)
    return float(np.concatenate(met).mean())


def mean_outline(silhouette: Silhouette, outline: Outline, noise: float) -> Outline:
    """Move the edges of an outline to the mean of the border below them.

    Args:
        silhouette: The mask.
        outline: Its convex outline.
        noise: Amplitude of the border noise, in [px].
    """
    border = border_pixels(silhouette.mask) + 0.5 + np.array(silhouette.origin[::-1])
    offsets = outline.offsets.copy()
    ends = following(outline.corners)
    for edge, (normal, offset) in enumerate(zip(outline.normals, outline.offsets, strict=True)):
        if not outline.bounding[edge]:
            continue
        along = np.array([-normal[1], normal[0]])
        place, depth = border @ along, offset - border @ normal
        start, stop = outline.corners[edge] @ along, ends[edge] @ along
        inside = (place >= start) & (place <= stop)
        if not inside.any():
            continue
        # The nearest point in each pixel along the edge: behind it lies the mask's far border.
        below = np.full(int(stop - start) + 1, np.inf)
        np.minimum.at(below, (place[inside] - start).astype(int), depth[inside])
        below = below[np.isfinite(below)]
        # An edge over a notch rests on two bumps alone: the points below it do not measure their height.
        notched = np.mean(below > BUMP * noise) > NOTCHED
        offsets[edge] -= TIP * noise if notched else max(0.0, below[below <= BUMP * noise].mean() - 0.5)
    return _trimmed(outline, offsets)


def _trimmed(outline: Outline, offsets: np.ndarray) -> Outline:
    """Return the polygon inside all moved edges, without edges that no longer bound it."""
    middle = outline.corners.mean(axis=0)
    distance = offsets - outline.normals @ middle
    if (distance <= 0).any():
        return outline
    # An edge bounds the polygon exactly when its dual point is a vertex of the dual points' hull.
    edges = ConvexHull(outline.normals / distance[:, None]).vertices
    normals, offsets = outline.normals[edges], offsets[edges]
    before, limits = np.roll(normals, 1, axis=0), np.roll(offsets, 1)
    corners = np.linalg.solve(np.stack([before, normals], axis=1), np.stack([limits, offsets], axis=1)[..., None])
    return Outline(outline.camera, normals, offsets, corners[..., 0], outline.bounding[edges], outline.sure[edges])
