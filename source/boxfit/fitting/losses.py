"""What a fit makes small, with its gradient by the box."""

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

At weight w a face that is seen edge-on rests where the mask fills 1 / (w + 1) of the pixels that it cuts: at 1, on the
object, and farther out the heavier. What keeps a spire from being cut off is its contacts, not this weight.
"""
CONTACT = 10.0
"""Weight of the contact term. The areas gain so little by a face's last step inwards that the contacts that they leave
outside of it add up to about 1 / CONTACT of a pixel."""


class Loss(Protocol):
    """A function of a box, through its areas and directly."""

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """Loss and its derivatives, for areas of the box in some of the views."""
        ...


class LossNotebook:
    """The two losses of the notebook, means over the views, in images.

    Args:
        silhouettes: All views.
        frames: Of the same views.
        overlap: Weight of 1 - area(box and mask) / image.
        occupancy: Weight of area(box) / image.
    """

    def __init__(
        self, silhouettes: Sequence[Silhouette], frames: CameraFrames, overlap: float, occupancy: float
    ) -> None:
        self._frames, self._overlap, self._occupancy = frames, overlap, occupancy
        self._image = np.array([np.prod(silhouette.camera.resolution) for silhouette in silhouettes], dtype=float)

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """See `Loss`."""
        image = self._image[views]
        loss = np.mean(self._occupancy * areas.box / image + self._overlap * (1 - areas.overlap / image))
        by_corner = self._occupancy * areas.box_gradient - self._overlap * areas.overlap_gradient
        return float(loss), self._frames.pull_back(box, by_corner / (image * len(views))[:, None, None], views)


class LossTight:
    """Mask outside the box and box outside the mask, and contacts outside the box.

    Areas alone would cut off what is thin, a spire or a leg, and silhouettes allow a box that is too small altogether:
    it may cover the mask in every view and still not hold the object. The contact segments say what the box must
    reach: the object has a point on each of them. Their term is squared and summed, so that many contacts beside each
    other, as along a flat face, agree on a middle, where a single one at the end of a spire holds by itself.
    Areas are relative to the start box's, lengths to its half diagonal and to a pixel at the object.

    Args:
        silhouettes: All views; every step looks at all of them.
        frames: Of the same views.
        start: Where the fit starts, with its contacts.
        area: Of the start box's silhouettes, in all views together, in [px^2].
    """

    def __init__(self, silhouettes: Sequence[Silhouette], frames: CameraFrames, start: StartBox, area: float) -> None:
        self._frames = frames
        self._mask = np.array([silhouette.area for silhouette in silhouettes], dtype=float)
        self._contacts = np.stack([start.near, start.far])
        self._contact_weight = CONTACT / (float(np.linalg.norm(start.box.half_extents)) * start.pixel)
        self._area = area

    def __call__(self, box: Box, areas: Areas, views: np.ndarray) -> tuple[float, BoxGradient]:
        """See `Loss`."""
        outside, beyond = self._mask[views] - areas.overlap, areas.box - areas.overlap
        loss = float(OUTSIDE * outside.sum() + beyond.sum()) / self._area
        by_corner = areas.box_gradient - (OUTSIDE + 1) * areas.overlap_gradient
        contact, contact_gradient = self._contact(box)
        return loss + contact, self._frames.pull_back(box, by_corner / self._area, views) + contact_gradient

    def _contact(self, box: Box) -> tuple[float, BoxGradient]:
        """Sum of squares of how far contact segments lie outside each face's plane."""
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
