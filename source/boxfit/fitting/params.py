"""Derivatives by a box, its moves, and the parameters of the notebook's fit with their optimiser.

A box is scaled, then rotated, then translated: corner = centre + R (signs * half extents).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.errors import FitError
from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.geometry.silhouette import Silhouette

_MEMORY = (0.9, 0.999)
"""Decay rates of the mean and the mean square of the gradient, those that Adam's authors recommend."""

_EPSILON = 1e-8

_GROWTH = 0.5
"""Greatest change of the logarithm of a half extent in a move."""


class Adam:
    """Adam by Kingma and Ba, https://arxiv.org/abs/1412.6980.

    Args:
        size: Number of parameters.
    """

    def __init__(self, size: int) -> None:
        self._mean = np.zeros(size)
        self._square = np.zeros(size)
        self._count = 0

    def step(self, gradient: np.ndarray, rate: float) -> np.ndarray:
        """Return the change of the parameters, shape (size,).

        Args:
            gradient: d loss / d parameters, shape (size,).
            rate: Learning rate, about the length of the first step in each parameter.
        """
        self._count += 1
        keep, keep_square = _MEMORY
        self._mean += (1 - keep) * (gradient - self._mean)
        self._square += (1 - keep_square) * (gradient**2 - self._square)
        mean = self._mean / (1 - keep**self._count)
        square = self._square / (1 - keep_square**self._count)
        return -rate * mean / (np.sqrt(square) + _EPSILON)


@dataclass(frozen=True, eq=False)
class BoxGradient:
    """Derivatives of a scalar by a box.

    Attributes:
        centre: By the centre, in the frame, shape (3,).
        half_extents: By the half extents, shape (3,).
        turn: By a small rotation vector in the frame, applied after the box's own rotation, shape (3,).
    """

    centre: np.ndarray
    half_extents: np.ndarray
    turn: np.ndarray


class CameraFrames:
    """Transforms of a box's corners to the camera frames, and of their gradients back to the box."""

    def __init__(self, silhouettes: Sequence[Silhouette]) -> None:
        matrices = np.stack([silhouette.camera.camera_from_world for silhouette in silhouettes])
        self._linear, self._shift = matrices[:, :3, :3], matrices[:, :3, 3]

    def corners(self, box: Box, views: np.ndarray) -> np.ndarray:
        """Return camera-frame corners in some of the views, shape (n, 8, 3)."""
        return box.corners @ self._linear[views].transpose(0, 2, 1) + self._shift[views, None]

    def turned(self, directions: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Turn directions as columns to the frame of each one's camera, shape (k, e, 3, m), for k views."""
        return self._linear[views][:, None] @ directions

    def pull_back(self, box: Box, gradient: np.ndarray, views: np.ndarray) -> BoxGradient:
        """Apply the chain rule from camera-frame corners to the box.

        Args:
            box: Box at which the gradient was taken.
            gradient: d loss / d camera-frame corners, shape (n, 8, 3).
            views: Indices of these views, shape (n,).
        """
        by_corner = np.einsum("nki,nij->kj", gradient, self._linear[views])
        return BoxGradient(
            by_corner.sum(axis=0),
            ((by_corner @ box.rotation) * CORNER_SIGNS).sum(axis=0),
            np.cross(box.corners - box.centre, by_corner).sum(axis=0),
        )


class BoxMoves:
    """Moves of a box: of its centre and its half extents along its own axes, relative to its size, and turns.

    A fit takes the same steps in every unit, position and rotation of the scene.
    """

    def __init__(self, box: Box, axis: np.ndarray | None = None, turns: bool = True, least: float = 0.0) -> None:
        """Choose the moves.

        Args:
            box: Box whose half diagonal is the unit of all moves of length.
            axis: The only rotation axis, in the frame, shape (3,), or None to rotate freely.
            turns: True to rotate the box.
            least: Least half extent, in the frame's units: the areas do not prevent a box thinner than a pixel from
                vanishing.
        """
        self._unit = float(np.linalg.norm(box.half_extents))
        self._axis, self._turns, self._least = axis, turns, least

    def corners_by_move(self, box: Box) -> np.ndarray:
        """Return the derivatives of a box's corners by m moves, shape (8, 3, m)."""
        shift = np.broadcast_to(self._unit * box.rotation, (8, 3, 3))
        turn = np.cross(self._turn_axes(box).T, (box.corners - box.centre)[:, None]).swapaxes(1, 2)
        return np.concatenate([shift, shift * CORNER_SIGNS[:, None], turn], axis=2)

    def by_move(self, box: Box, gradient: BoxGradient) -> np.ndarray:
        """Convert derivatives by a box to those by m moves, shape (m,)."""
        lengths = np.concatenate([gradient.centre @ box.rotation, gradient.half_extents])
        return np.concatenate([self._unit * lengths, gradient.turn @ self._turn_axes(box)])

    def moved(self, box: Box, step: np.ndarray) -> Box:
        """Move a box by a step, shape (m,).

        Raises:
            FitError: If the step is not finite.
        """
        grown = (step[3:6] * self._unit / box.half_extents).clip(-_GROWTH, _GROWTH)
        return _finite_box(
            box.centre + box.rotation @ step[:3] * self._unit,
            np.maximum(box.half_extents * np.exp(grown), self._least),
            turned(box.quaternion, self._turn_axes(box) @ step[6:]),
        )

    def _turn_axes(self, box: Box) -> np.ndarray:
        """Return the rotation axes in the frame as columns."""
        return np.zeros((3, 0)) if not self._turns else box.rotation if self._axis is None else self._axis[:, None]


class ParametersRaw:
    """Centre, scale and quaternion in raw units, as the notebook optimises them.

    The effect of a step depends on the scene's unit and on the quaternion's length.

    Args:
        box: Initial box.
    """

    def __init__(self, box: Box) -> None:
        self.box = box
        self._start = box.half_extents
        self._values = np.concatenate([box.centre, np.ones(3), box.quaternion])
        self._adam = Adam(10)

    def descend(self, gradient: BoxGradient, rate: float) -> None:
        """Move `box` against a gradient, by about `rate` in every parameter."""
        scale, quaternion = self._values[3:6], self._values[6:]
        raw = np.concatenate(
            [
                gradient.centre,
                # A negative scale mirrors the box onto itself.
                gradient.half_extents * self._start * np.where(scale < 0, -1, 1),
                quaternion_gradient(gradient.turn, quaternion),
            ]
        )
        self._values += self._adam.step(raw, rate)
        half_extents = np.maximum(np.abs(self._values[3:6]), 1e-6) * self._start
        self.box = _finite_box(self._values[:3], half_extents, self._values[6:])


def _finite_box(centre: np.ndarray, half_extents: np.ndarray, quaternion: np.ndarray) -> Box:
    """Make a box of parameters, or raise a FitError if they are not finite."""
    if not np.isfinite([*centre, *half_extents, *quaternion]).all():
        raise FitError("the fit diverged: its box is not finite; use smaller steps (notebook_learning_rate)")
    return Box(centre, half_extents, quaternion)


def quaternion_gradient(turn: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Convert derivatives by a small rotation vector to those by a quaternion (wxyz, any length), (3,) -> (4,).

    A small rotation w moves the unit quaternion q by (0, w / 2) q, perpendicular to q; scaling q keeps the rotation.
    """
    length = np.linalg.norm(quaternion)
    return 2 * quaternion_product(np.concatenate([[0.0], turn]), quaternion / length) / length


def turned(quaternion: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Rotate a unit quaternion by a rotation vector, shapes (4,) and (3,) -> (4,)."""
    angle = np.linalg.norm(turn)
    half = np.concatenate([[np.cos(angle / 2)], 0.5 * np.sinc(angle / (2 * np.pi)) * turn])
    return quaternion_product(half, quaternion)


def quaternion_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Hamilton product, wxyz: the rotation b followed by a."""
    vector = a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])
    return np.concatenate([[a[0] * b[0] - a[1:] @ b[1:]], vector])
