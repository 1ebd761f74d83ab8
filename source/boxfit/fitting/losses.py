"""Losses of the fits, with their gradients by the box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from boxfit.fitting.params import BoxGradient, CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Areas


class Loss(Protocol):
    """Function of a box and its areas."""

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Return the loss and its derivatives, for areas of the box in some of the views."""
        ...


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
        """Compute the loss; see `Loss`."""
        image = self._image[views]
        loss = np.mean(self._occupancy * areas.box / image + self._overlap * (1 - areas.overlap / image))
        by_corner = self._occupancy * areas.box_gradient - self._overlap * areas.overlap_gradient
        return float(loss), self._frames.pull_back(box, by_corner / (image * len(views))[:, None, None], views)


class LossTight:
    """Mean distance in [px] between the borders of a box's silhouettes and of the masks.

    It is the area of the mask outside the box and of the box outside the mask, by the length of the mask's border; mean
    over the views. A face that is seen edge-on converges where the mask fills half of the pixels that it cuts.

    Args:
        silhouettes: All views.
        frames: Camera frames of the same views.
        borders: Length of each mask's border in [px], shape (n,).
    """

    def __init__(self, silhouettes: Sequence[Silhouette], frames: CameraFrames, borders: np.ndarray) -> None:
        self._frames, self._borders = frames, borders
        self._mask = np.array([silhouette.area for silhouette in silhouettes], dtype=float)

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Compute the loss; see `Loss`."""
        by_corner = areas.box_gradient - 2 * areas.overlap_gradient
        weights = 1 / (self._borders[views] * len(views))
        loss = float(weights @ (self._mask[views] + areas.box - 2 * areas.overlap))
        return loss, self._frames.pull_back(box, by_corner * weights[:, None, None], views)
