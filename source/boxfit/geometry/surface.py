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
    add less than `TOLERANCE` to it.

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
    with np.errstate(all="ignore"):
        inverse = np.where(on_surface, 1 / depth, np.nan)
        needed = on_surface & ~_replaceable(inverse, float(np.mean(silhouette.camera.focal)))
    row, column = np.nonzero(needed)
    samples = np.stack([left + column + 0.5, top + row + 0.5, depth[row, column]], axis=1).astype(np.float64)
    return samples[_hull_vertices(silhouette.camera.back_project(samples))]


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
