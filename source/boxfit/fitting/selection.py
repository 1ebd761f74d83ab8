"""The better of two boxes, by the views that the fit did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.fitting.params import CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.polygons import convex_polygon, intersect_convex, polygon_area
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea

OUTSIDE = 5.0
"""Weight of mask outside the box against box beyond the hull: a box that loses some of its object is the worse one."""
LET_GO = 0.02
"""A fit that leaves so much more of the masks outside than the start has let go of the object, however small it is."""
KEPT_OUT_EVERY = 4
"""One view in so many is kept out of the fit."""
LEAST_FITTED = 6
"""Views that a fit keeps at the least: with fewer than one more to spare, all are fitted and all judge."""


@dataclass(frozen=True)
class Score:
    """How wrong a box is in the held-out views, means over these; less is better.

    Attributes:
        outside: Share of the mask that lies outside the box.
        beyond: Area of the box's silhouette beyond the visual hull's, as a share of the latter.
    """

    outside: float
    beyond: float

    @property
    def total(self) -> float:
        """Both, weighted."""
        return OUTSIDE * self.outside + self.beyond


def split_views(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which views to fit, and which to hold out.

    Args:
        count: Number of views.

    Returns:
        Ascending indices of both; where views are few, all of them twice.
    """
    everything = np.arange(count)
    held_out = everything[KEPT_OUT_EVERY // 2 :: KEPT_OUT_EVERY]
    if count - len(held_out) < LEAST_FITTED:
        return everything, everything
    return np.setdiff1d(everything, held_out), held_out


def lets_go(start: Score, fit: Score) -> bool:
    """Whether the fit's box has let go of the object, whatever its score."""
    return fit.outside >= start.outside + LET_GO


class HoldoutScorer:
    """Scores boxes in some views.

    Args:
        silhouettes: Views to judge by.
        hull: Vertices of the visual hull, shape (v, 3).
    """

    def __init__(self, silhouettes: Sequence[Silhouette], hull: np.ndarray) -> None:
        self._silhouettes = silhouettes
        self._renderer = RendererArea(silhouettes)
        self._frames = CameraFrames(silhouettes)
        self._masks = np.array([silhouette.area for silhouette in silhouettes], dtype=np.float64)
        self._hulls = [_silhouette(silhouette, hull) for silhouette in silhouettes]

    def __call__(self, *boxes: Box) -> list[Score]:
        """Score boxes, in the frame of the silhouettes' cameras, by the same views."""
        views = np.arange(len(self._silhouettes))
        overlaps = [self._renderer.areas(self._frames.corners(box, views), views).overlap for box in boxes]
        outside = ((self._masks - overlaps) / self._masks).clip(0).mean(axis=1)
        beyond = []
        for silhouette, hull in zip(self._silhouettes, self._hulls, strict=True):
            polygons = [_silhouette(silhouette, box.corners) for box in boxes]
            polygons = [polygon for polygon in polygons if polygon is not None]
            # What reaches behind a camera has no silhouette there: that view then says nothing of any box.
            if hull is not None and len(hull) and len(polygons) == len(boxes):
                beyond.append([_area_beyond(polygon, hull) / polygon_area(hull) for polygon in polygons])
        means = np.mean(beyond, axis=0) if beyond else np.zeros(len(boxes))
        return [Score(float(one), float(other)) for one, other in zip(outside, means, strict=True)]


def _silhouette(silhouette: Silhouette, points: np.ndarray) -> np.ndarray | None:
    """Silhouette of a convex body by its vertices, shape (m, 2) in [px], or None where one is behind the camera."""
    pixels = silhouette.camera.project(points)
    return convex_polygon(pixels) if np.isfinite(pixels).all() else None


def _area_beyond(polygon: np.ndarray, hull: np.ndarray) -> float:
    return polygon_area(polygon) - polygon_area(intersect_convex(hull, polygon))
