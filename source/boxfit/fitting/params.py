"""How a loss changes with a box, and the parameters through which a fit moves it.

A box is scaled, then rotated, then translated: corner = centre + R (signs * half extents).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from boxfit.fitting.adam import Adam
from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.geometry.silhouette import Silhouette

_SHORT_MEMORY = (0.9, 0.95)
"""A contact outside a face pulls a hundred times as hard as an area; once inside, that should be forgotten soon."""


@dataclass(frozen=True, eq=False)
class BoxGradient:
    """Derivatives of something by a box.

    Attributes:
        centre: By the centre, in the frame, shape (3,).
        half_extents: By the half extents, shape (3,).
        turn: By a small rotation vector in the frame, applied after the box's own rotation, shape (3,).
    """

    centre: np.ndarray
    half_extents: np.ndarray
    turn: np.ndarray

    def __add__(self, other: BoxGradient) -> BoxGradient:
        """Derivatives of a sum."""
        return BoxGradient(self.centre + other.centre, self.half_extents + other.half_extents, self.turn + other.turn)


class CameraFrames:
    """Takes a box's corners to the cameras, and gradients by them back to the box."""

    def __init__(self, silhouettes: Sequence[Silhouette]) -> None:
        matrices = np.stack([silhouette.camera.camera_from_world for silhouette in silhouettes])
        self._linear, self._shift = matrices[:, :3, :3], matrices[:, :3, 3]

    def corners(self, box: Box, views: np.ndarray) -> np.ndarray:
        """Camera-frame corners in some of the views, shape (n, 8, 3)."""
        return box.corners @ self._linear[views].transpose(0, 2, 1) + self._shift[views, None]

    def pull_back(self, box: Box, gradient: np.ndarray, views: np.ndarray) -> BoxGradient:
        """Chain rule from camera-frame corners to the box.

        Args:
            box: Where the gradient was taken.
            gradient: d loss / d camera-frame corners, shape (n, 8, 3).
            views: Indices of these views, shape (n,).
        """
        by_corner = np.einsum("nki,nij->kj", gradient, self._linear[views])
        return BoxGradient(
            by_corner.sum(axis=0),
            ((by_corner @ box.rotation) * CORNER_SIGNS).sum(axis=0),
            np.cross(box.corners - box.centre, by_corner).sum(axis=0),
        )


class Parameters(Protocol):
    """What the loop moves."""

    box: Box

    def descend(self, gradient: BoxGradient, rate: float) -> None:
        """Move `box` against a gradient, by steps of about `rate` in every parameter."""
        ...


class ParametersRaw:
    """Centre, scale and quaternion in raw units, as the notebook optimises them.

    Its steps are long or short depending on the scene's unit, and a quaternion's length takes part in them.

    Args:
        box: Where to start.
    """

    def __init__(self, box: Box) -> None:
        self.box = box
        self._start = box.half_extents
        self._values = np.concatenate([box.centre, np.ones(3), box.quaternion])
        self._adam = Adam(10)

    def descend(self, gradient: BoxGradient, rate: float) -> None:
        """See `Parameters`."""
        scale, quaternion = self._values[3:6], self._values[6:]
        raw = np.concatenate(
            [
                gradient.centre,
                # A scale that has passed zero mirrors the box onto itself.
                gradient.half_extents * self._start * np.where(scale < 0, -1, 1),
                quaternion_gradient(gradient.turn, quaternion),
            ]
        )
        self._values += self._adam.step(raw, rate)
        half_extents = np.maximum(np.abs(self._values[3:6]), 1e-6) * self._start
        self.box = Box(self._values[:3], half_extents, self._values[6:])


class ParametersBody:
    """Centre, log half extents and rotation, all along the box's own axes and relative to its size.

    So a fit takes the same steps in every unit, place and rotation of the scene.

    Args:
        box: Where to start.
        axis: The only axis to turn about, in the frame, shape (3,), or None to turn freely.
        turns: Whether to turn at all.
        least: No half extent falls below this, in the frame's units: where a box is too thin to cover a pixel, nothing
            in the areas would stop it from vanishing.
    """

    def __init__(self, box: Box, axis: np.ndarray | None = None, turns: bool = True, least: float = 0.0) -> None:
        self.box = box
        self._least = least
        self._axis = axis
        self._turns = turns
        self._unit = float(np.linalg.norm(box.half_extents))
        self._adam = Adam(6 + (0 if not turns else 3 if axis is None else 1), _SHORT_MEMORY)

    def descend(self, gradient: BoxGradient, rate: float) -> None:
        """See `Parameters`."""
        box, unit = self.box, self._unit
        # Columns: the directions, in the frame, about which the box may turn.
        axes = np.zeros((3, 0)) if not self._turns else box.rotation if self._axis is None else self._axis[:, None]
        # A step of `rate` moves each face by the same share of the box's size, however thin the box is.
        body = np.concatenate(
            [
                gradient.centre @ box.rotation * unit,
                gradient.half_extents * unit,
                gradient.turn @ axes,
            ]
        )
        step = self._adam.step(body, rate)
        half_extents = box.half_extents * np.exp((step[3:6] * unit / box.half_extents).clip(-0.5, 0.5))
        turn = axes @ step[6:]
        self.box = Box(
            box.centre + box.rotation @ step[:3] * unit,
            np.maximum(half_extents, self._least),
            turned(box.quaternion, turn),
        )


def quaternion_gradient(turn: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Derivatives by a quaternion (wxyz, any length) from those by a small rotation vector, shapes (3,) -> (4,).

    A small rotation w moves the unit quaternion q by (0, w / 2) q, across q; along q the rotation does not change.
    """
    length = np.linalg.norm(quaternion)
    return 2 * quaternion_product(np.concatenate([[0.0], turn]), quaternion / length) / length


def turned(quaternion: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """A unit quaternion followed by a rotation vector, shapes (4,) and (3,) -> (4,)."""
    angle = np.linalg.norm(turn)
    half = np.concatenate([[np.cos(angle / 2)], 0.5 * np.sinc(angle / (2 * np.pi)) * turn])
    return quaternion_product(half, quaternion)


def quaternion_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product, wxyz: the rotation b followed by a."""
    vector = a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])
    return np.concatenate([[a[0] * b[0] - a[1:] @ b[1:]], vector])
