"""Scores of boxes in hold-out views, to choose between the start box and the fitted box."""

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
"""Weight of mask outside the box against box beyond the hull: a box that cuts off the object is worse."""
UNCOVERED = 0.02
"""Additional share of the masks outside the box, compared with the start box, from which a fit is refused."""
HELD_OUT_EVERY = 4
"""Interval of the hold-out views."""
LEAST_FITTED = 6
"""Least number of fitted views: if holding out views leaves fewer, all views are both fitted and scored."""


@dataclass(frozen=True)
class Score:
    """Errors of a box, means over the hold-out views; less is better.

    Attributes:
        outside: Share of the mask that lies outside the box.
        beyond: Area of the box's silhouette beyond the visual hull's, as a share of the latter.
    """

    outside: float
    beyond: float

    @property
    def total(self) -> float:
        """Weighted sum of both."""
        return OUTSIDE * self.outside + self.beyond


def split_views(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Split views into fitted views and hold-out views.

    Args:
        count: Number of views.

    Returns:
        Ascending indices of both; if views are few, all views in both.
    """
    everything = np.arange(count)
    held_out = everything[HELD_OUT_EVERY // 2 :: HELD_OUT_EVERY]
    if count - len(held_out) < LEAST_FITTED:
        return everything, everything
    return np.setdiff1d(everything, held_out), held_out


def uncovers_masks(start: Score, fit: Score) -> bool:
    """Return True if the fitted box leaves more of the masks outside than the start box does."""
    return fit.outside >= start.outside + UNCOVERED


class HoldoutScorer:
    """Scorer of boxes in hold-out views.

    Args:
        silhouettes: The hold-out views.
        hull: Vertices of the visual hull, shape (v, 3).
    """

    def __init__(self, silhouettes: Sequence[Silhouette], hull: np.ndarray) -> None:
        self._silhouettes = silhouettes
        self._renderer = RendererArea(silhouettes)
        self._frames = CameraFrames(silhouettes)
        self._masks = np.array([silhouette.area for silhouette in silhouettes], dtype=np.float64)
        self._hulls = [_silhouette(silhouette, hull) for silhouette in silhouettes]

    def __call__(self, *boxes: Box) -> list[Score]:
        """Score boxes, given in the frame of the silhouettes' cameras, by the same views."""
        views = np.arange(len(self._silhouettes))
        overlaps = [self._renderer.areas(self._frames.corners(box, views), views).overlap for box in boxes]
        outside = ((self._masks - overlaps) / self._masks).clip(0).mean(axis=1)
        beyond = []
        for silhouette, hull in zip(self._silhouettes, self._hulls, strict=True):
            polygons = [_silhouette(silhouette, box.corners) for box in boxes]
            polygons = [polygon for polygon in polygons if polygon is not None]
            # A box that reaches behind a camera has no silhouette there: the view then scores none of the boxes.
            if hull is not None and len(hull) and len(polygons) == len(boxes):
                beyond.append([_area_beyond(polygon, hull) / polygon_area(hull) for polygon in polygons])
        means = np.mean(beyond, axis=0) if beyond else np.zeros(len(boxes))
        return [Score(*scores) for scores in zip(outside.tolist(), means.tolist(), strict=True)]


def _silhouette(silhouette: Silhouette, points: np.ndarray) -> np.ndarray | None:
    """Project a convex body's vertices to its silhouette, shape (m, 2) in [px]; None if one is behind the camera."""
    pixels = silhouette.camera.project(points)
    return convex_polygon(pixels) if np.isfinite(pixels).all() else None


def _area_beyond(polygon: np.ndarray, hull: np.ndarray) -> float:
    return polygon_area(polygon) - polygon_area(intersect_convex(hull, polygon))
