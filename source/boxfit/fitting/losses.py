"""Losses of the fits, with their gradients by the box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.fitting.params import BoxGradient, CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Areas


class LossNotebook:
    """Sum of the two losses of the notebook: means over the views, relative to the image's area.

    Args:
        silhouettes: All views.
        frames: Camera frames of the same views.
        overlap: Weight of 1 - area(box and mask) / image.
        occupancy: Weight of area(box) / image.
    """

    def __init__(
        self, silhouettes: Sequence[Silhouette], frames: CameraFrames, overlap: float, occupancy: float
    ) -> None:
        self._frames, self._overlap, self._occupancy = frames, overlap, occupancy
        self._image = np.array([np.prod(silhouette.camera.resolution) for silhouette in silhouettes], dtype=float)

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Return the loss and its derivatives, for areas of the box in some of the views."""
        image = self._image[views]
        loss = np.mean(self._occupancy * areas.box / image + self._overlap * (1 - areas.overlap / image))
        by_corner = self._occupancy * areas.box_gradient - self._overlap * areas.overlap_gradient
        return float(loss), self._frames.pull_back(box, by_corner / (image * len(views))[:, None, None], views)


class LossTight:
    """Mean distance in [px] between the borders of a box's silhouettes and of the masks.

    It is the area of the mask outside the box and of the box outside the mask, by the length of the mask's border; mean
    over the views. A face that is seen edge-on converges where the mask fills half of the pixels that it cuts.

    Attributes:
        frames: Camera frames of the views.
        weights: Weight of each view's area between the two borders, shape (n,).
    """

    def __init__(self, silhouettes: Sequence[Silhouette], frames: CameraFrames, borders: np.ndarray) -> None:
        """Set up for views, their camera frames, and the length of each mask's border in [px], shape (n,)."""
        self.frames = frames
        self.weights = 1 / (borders * len(silhouettes))
        self._mask = np.array([silhouette.area for silhouette in silhouettes], dtype=float)
        self._views = np.arange(len(silhouettes))

    def __call__(self, box: Box, areas: Areas) -> tuple[float, BoxGradient]:
        """Return the loss and its derivatives, for areas of the box in all views."""
        by_corner = areas.box_gradient - 2 * areas.overlap_gradient
        loss = float(self.weights @ (self._mask + areas.box - 2 * areas.overlap))
        return loss, self.frames.pull_back(box, by_corner * self.weights[:, None, None], self._views)
