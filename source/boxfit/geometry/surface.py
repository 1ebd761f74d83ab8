"""Points of an object's surface, from depth images: those of each view that can decide its extent in some direction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import Silhouette

TOLERANCE = 5e-4
"""Distance by which leaving points out may reduce the object's extent, as a fraction of the mask's longer side."""

BORDER = 2
"""Distance in pixels from the border of a mask, beyond which a surface does not turn away from the camera."""

MOST_AVERAGED = 11
"""Longest side of the squares of pixels that are averaged where a sensor's depth is noisy, in [px]."""

LEAST_NOISE = 0.5
"""Reach of the noise in [px], below which it may be the facets of a mesh."""

_NOISE = 3.0
"""Multiple of the noise that the outermost of many points reaches."""

_LEVELS = 8
"""Number of equal steps between the values of an image from which they are rounded."""

_STEPS = (1, 2, 4, 8)
"""Distances in pixels between a point and the two neighbours that replace it, tried in this order."""


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """Points that views with depth images see on an object.

    Pixels and depths are stored instead of points, so that the points follow when a camera is corrected.

    Attributes:
        silhouettes: Views of the object, with or without depth.
        samples: For each of them (u, v) in [px] and depth (-z in the camera's frame), shape (n, 3); n is 0 without
            depth.
        faults: Depth images that could not be read, for the user.
    """

    silhouettes: tuple[Silhouette, ...]
    samples: tuple[np.ndarray, ...]
    faults: tuple[str, ...] = ()

    __repr__ = brief_repr

    @cached_property
    def points(self) -> np.ndarray:
        """Points of all views, in the frame of their cameras, shape (n, 3)."""
        pairs = zip(self.silhouettes, self.samples, strict=True)
        return np.concatenate([silhouette.camera.back_project(samples) for silhouette, samples in pairs])

    @cached_property
    def views(self) -> np.ndarray:
        """Index of each point's silhouette, shape (n,)."""
        return np.repeat(np.arange(len(self.samples)), [len(samples) for samples in self.samples])

    @property
    def facing(self) -> np.ndarray:
        """True for points at least `BORDER` pixels inside their masks, shape (n,), dtype bool."""
        from scipy import ndimage

        parts = []
        for silhouette, samples in zip(self.silhouettes, self.samples, strict=True):
            inside = ndimage.binary_erosion(silhouette.mask, iterations=BORDER) if len(samples) else silhouette.mask
            column, row = (samples[:, :2] - silhouette.origin[::-1]).astype(int).T
            parts.append(inside[row, column])
        return np.concatenate(parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the views that have points."""
        pairs = zip(self.silhouettes, self.samples, strict=True)
        return tuple(silhouette.view for silhouette, samples in pairs if len(samples))

    def seen_by(self, silhouettes: Sequence[Silhouette]) -> SurfacePoints:
        """Return the points of some of the views, with the cameras of these silhouettes, in their order."""
        known = {silhouette.view: samples for silhouette, samples in zip(self.silhouettes, self.samples, strict=True)}
        samples = tuple(known.get(silhouette.view, np.zeros((0, 3))) for silhouette in silhouettes)
        return SurfacePoints(tuple(silhouettes), samples, self.faults)

    def moved(self, world_from_frame: np.ndarray) -> SurfacePoints:
        """Express the points in another frame, which becomes the world of their cameras."""
        cameras = (silhouette.camera.moved(world_from_frame) for silhouette in self.silhouettes)
        pairs = zip(self.silhouettes, cameras, strict=True)
        return replace(self, silhouettes=tuple(replace(silhouette, camera=camera) for silhouette, camera in pairs))

    def chosen(self, which: np.ndarray) -> SurfacePoints:
        """Return the points selected by a boolean mask, shape (n,)."""
        ends = np.cumsum([len(samples) for samples in self.samples])
        parts = zip(self.samples, np.split(which, ends[:-1]), strict=True)
        return replace(self, samples=tuple(samples[part] for samples, part in parts))

    def outermost(self) -> SurfacePoints:
        """Return the vertices of the convex hull of the points of all views."""
        which = np.zeros(len(self.points), dtype=bool)
        which[_hull_vertices(self.points)] = True
        return self.chosen(which)


def surface_samples(silhouette: Silhouette, depth: np.ndarray) -> np.ndarray:
    """Find the pixels of a depth image whose points can decide the object's extent in some direction.

    These are the vertices of the convex hull of the pixel centres on the object, at their depths, without those that
    add less than `TOLERANCE` to it. Where the depth is noisy or coarse, as a sensor's is, points are averaged over
    squares of pixels, as the outermost of them would be outliers.

    Args:
        silhouette: The object's mask. Depths are -z in the frame of its camera, whatever the scale of its matrix.
        depth: Distances along the view at the size of the image, shape (height, width), float; NaN, infinity, 0 and
            negative values are no surface.

    Returns:
        (u, v) in [px] and depth, shape (n, 3); n is 0 without a surface in the mask.
    """
    (top, left), (height, width) = silhouette.origin, silhouette.mask.shape
    depth, mask = depth[top : top + height, left : left + width], silhouette.mask
    on_surface = mask & np.isfinite(depth) & (depth > 0)
    focal = float(np.mean(silhouette.camera.focal))
    noise, side = depth_noise(depth, on_surface), 1
    if noise > 0:
        in_pixels = _NOISE * noise * focal / float(np.median(depth[on_surface]))
        if in_pixels > LEAST_NOISE:
            # A thin mask fills more than half of squares of its own width and a pixel.
            most = min(MOST_AVERAGED, min(height, width) + 1)
            side = int(np.clip(np.ceil(in_pixels / (TOLERANCE * max(height, width))), 1, most))
    if side > 1:
        samples = _averaged(depth, on_surface, side)
        samples[:, 2] += (_NOISE - 1) * noise / side
    else:
        with np.errstate(all="ignore"):
            inverse = np.where(on_surface, 1 / depth, np.nan)
            needed = on_surface & ~_replaceable(inverse, focal)
        row, column = np.nonzero(needed)
        samples = np.stack([column + 0.5, row + 0.5, depth[row, column]], axis=1).astype(np.float64)
    samples[:, :2] += left, top
    return samples[_hull_vertices(silhouette.camera.back_project(samples))]


def depth_noise(depth: np.ndarray, on_surface: np.ndarray) -> float:
    """Estimate the standard deviation of the noise of depths, and of their rounding to steps.

    Fourth differences are zero for any cubic surface; of those of a faceted one, many are at edges. They are taken
    along the rows, or along the columns if no row is long enough.
    """
    surface = np.where(on_surface, depth, np.nan).astype(np.float64)
    for axis in (1, 0):
        differences = np.diff(surface, 4, axis)
        differences = differences[np.isfinite(differences)]
        if differences.size:
            break
    else:
        return 0.0
    # A quarter of normal values is within 0.3186 standard deviations; a fourth difference has sqrt(70) times the noise.
    noise = float(np.quantile(np.abs(differences), 0.25)) / (0.3186 * np.sqrt(70))
    steps = np.diff(np.unique(depth[on_surface]).astype(np.float64))
    is_coarse = len(steps) >= _LEVELS and np.mean(steps < 1.01 * steps.min()) > 0.5
    return max(noise, float(steps.min()) / np.sqrt(12) if is_coarse else 0.0)


def _averaged(depth: np.ndarray, on_surface: np.ndarray, side: int) -> np.ndarray:
    """Average the points of a surface over squares of pixels, (u, v) in [px] in the crop and depth, shape (n, 3).

    Points (u z, v z, z) are averaged, to which points in space are linear: their averages are never outside their hull.
    Squares less than half on the surface are left out.
    """
    row, column = np.nonzero(on_surface)
    square = (row // side) * (depth.shape[1] // side + 1) + column // side
    z = depth[row, column].astype(np.float64)
    sums = [np.bincount(square, values) for values in ((column + 0.5) * z, (row + 0.5) * z, z)]
    counts = np.bincount(square)
    kept = counts >= side**2 / 2
    u, v, z = (total[kept] for total in sums)
    return np.stack([u / z, v / z, z / counts[kept]], axis=1)


def _replaceable(inverse: np.ndarray, focal: float) -> np.ndarray:
    """Find pixels whose points lie on the line between those of two others of their row or column, within `TOLERANCE`.

    Straight lines in space are straight in (u, v, 1 / depth) too. Pixels at odd multiples of a step are compared with
    the two beside them, then the step is doubled.

    Args:
        inverse: 1 / depth, NaN off the object, shape (height, width).
        focal: Focal length in [px].
    """
    tolerance = TOLERANCE * max(inverse.shape)
    dropped = np.zeros(inverse.shape, dtype=bool)
    for step in _STEPS:
        for transpose in (False, True):
            values, gone = inverse[::step, ::step], dropped[::step, ::step]
            if transpose:
                values, gone = values.T, gone.T
            before, middle, after = values[:, :-2:2], values[:, 1:-1:2], values[:, 2::2]
            # A pixel's size at its depth is depth / focal, so the relative changes of 1 / depth are in [px] / focal.
            off_line = focal / 2 * np.abs(before - 2 * middle + after)
            slope = focal / (2 * step) * (after - before)
            near = off_line <= tolerance * np.hypot(middle, slope)
            gone[:, 1:-1:2] |= near & ~gone[:, :-2:2] & ~gone[:, 2::2]
    return dropped


def _hull_vertices(points: np.ndarray) -> np.ndarray:
    """Return the indices of the vertices of the convex hull of points (n, 3), also if they lie in a plane.

    Points on a line, or fewer than four, are all returned.
    """
    if len(points) > 3:
        from scipy.spatial import ConvexHull, QhullError

        centred = points - points.mean(axis=0)
        in_plane = centred @ np.linalg.svd(centred.T @ centred)[2][:2].T
        for coordinates in (centred, in_plane):
            with suppress(QhullError):
                return ConvexHull(coordinates).vertices
    return np.arange(len(points))
