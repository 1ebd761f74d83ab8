"""Losses of the fits, with their gradients by the box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.spatial.transform import Rotation

from boxfit.fitting.params import BoxGradient, CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Areas

if TYPE_CHECKING:
    from boxfit.start.start_box import StartBox

OUTSIDE = 1.0
"""Weight of mask outside the box against box outside the mask.

At weight w a face that is seen edge-on converges where the mask fills 1 / (w + 1) of the pixels that it cuts: on the
object for 1, farther out for larger weights. Contacts, not this weight, prevent thin parts from being cut off.
"""
FACES = 30.0
"""Weight of the faces' distances: areas pull a face away from its likely place by about 1 / FACES of a pixel."""

TURN = 1e-6
"""Small rotation for derivatives, in [rad]."""


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
    """Sum of mask outside the box, box outside the mask, and distances of the faces from their likely places.

    Areas alone would cut off thin parts such as legs, and a box that is too small may cover the mask in every view and
    still not hold the object. So the faces stay where the object most likely ends, and the areas turn the box. As it
    turns, the likely places move with the least support, which has no jumps, and stay as far beyond it as at the start.
    Areas are relative to the start box's, distances to its half extents and to a pixel at the object.

    Args:
        silhouettes: All views; every step uses all of them.
        frames: Camera frames of the same views.
        start: Start box with the object's support.
        area: Area of the start box's silhouettes, summed over the views, in [px^2].
    """

    def __init__(self, silhouettes: Sequence[Silhouette], frames: CameraFrames, start: StartBox, area: float) -> None:
        self._frames = frames
        self._mask = np.array([silhouette.area for silhouette in silhouettes], dtype=float)
        self._support = start.support
        self._beyond = start.support.likely(start.box.rotation) - start.support.at_least(start.box.rotation)
        self._weight = FACES / (start.box.half_extents * start.support.pixel)
        self._area = area

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Compute the loss; see `Loss`."""
        by_corner = areas.box_gradient - (OUTSIDE + 1) * areas.overlap_gradient
        faces, faces_gradient = self._of_faces(box)
        gradient = self._frames.pull_back(box, by_corner / self._area, views) + faces_gradient
        return self.of_areas(areas, views) + faces, gradient

    def of_areas(self, areas: Areas, views: np.ndarray) -> float:
        """Return the part of the loss that the areas make: all of it for a box whose faces are in their places."""
        outside, beyond = self._mask[views] - areas.overlap, areas.box - areas.overlap
        return float(OUTSIDE * outside.sum() + beyond.sum()) / self._area

    def _of_faces(self, box: Box) -> tuple[float, BoxGradient]:
        """Return the weighted sum of squared distances of the six faces from their likely places."""
        distances = self._distances(box, box.rotation)
        missing = distances - box.half_extents
        push = self._weight * missing
        by_turn = [
            (self._distances(box, Rotation.from_rotvec(turn).as_matrix() @ box.rotation) - distances) / TURN
            for turn in TURN * np.eye(3)
        ]
        gradient = BoxGradient(
            box.rotation @ (push[0] - push[1]), -push.sum(axis=0), np.tensordot(by_turn, push, axes=2)
        )
        return float((push * missing).sum()) / 2, gradient

    def _distances(self, box: Box, rotation: np.ndarray) -> np.ndarray:
        """Return the distances of the likely faces along some axes from the box's centre, shape (2, 3)."""
        along = np.array([[-1.0], [1.0]]) * (box.centre @ rotation)
        return self._support.at_least(rotation) + self._beyond - along
