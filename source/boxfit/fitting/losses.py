"""Losses of the fits, with their gradients by the box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

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
CONTACT = 10.0
"""Weight of the contact term: at the minimum, contacts lie outside a face by about 1 / CONTACT of a pixel in sum."""


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
    """Sum of mask outside the box, box outside the mask, and contacts outside the box.

    Areas alone would cut off thin parts such as legs, and a box that is too small may cover the mask in every view and
    still not hold the object. The object has a point on each contact segment, so the box must reach all of them. The
    term is a sum of squares: many contacts along a flat face average out, and a single contact at a tip still counts.
    Areas are relative to the start box's, lengths to its half diagonal and to a pixel at the object.

    Args:
        silhouettes: All views; every step uses all of them.
        frames: Camera frames of the same views.
        start: Start box with its contacts.
        area: Area of the start box's silhouettes, summed over the views, in [px^2].
    """

    def __init__(self, silhouettes: Sequence[Silhouette], frames: CameraFrames, start: StartBox, area: float) -> None:
        self._frames = frames
        self._mask = np.array([silhouette.area for silhouette in silhouettes], dtype=float)
        self._contacts = np.stack([start.near, start.far])
        self._contact_weight = CONTACT / (float(np.linalg.norm(start.box.half_extents)) * start.pixel)
        self._area = area

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Compute the loss; see `Loss`."""
        outside, beyond = self._mask[views] - areas.overlap, areas.box - areas.overlap
        loss = float(OUTSIDE * outside.sum() + beyond.sum()) / self._area
        by_corner = areas.box_gradient - (OUTSIDE + 1) * areas.overlap_gradient
        contact, contact_gradient = self._contact(box)
        return loss + contact, self._frames.pull_back(box, by_corner / self._area, views) + contact_gradient

    def _contact(self, box: Box) -> tuple[float, BoxGradient]:
        """Return the weighted sum of squared distances of contact segments outside each face's plane."""
        arms = self._contacts - box.centre
        segments = arms @ box.rotation
        loss, gradient = 0.0, BoxGradient(np.zeros(3), np.zeros(3), np.zeros(3))
        for sign in (-1.0, 1.0):
            nearer = np.argmin(sign * segments, axis=0)
            excess = np.min(sign * segments, axis=0) - box.half_extents
            segment, axis = np.nonzero(excess > 0)
            push = self._contact_weight * excess[segment, axis]
            direction = sign * push[:, None] * box.rotation.T[axis]
            loss += float(push @ excess[segment, axis]) / 2
            gradient += BoxGradient(
                -direction.sum(axis=0),
                -np.bincount(axis, push, 3),
                np.cross(direction, arms[nearer[segment, axis], segment]).sum(axis=0),
            )
        return loss, gradient
