"""The 3D view's own camera, which orbits a point and can frame a scene.

Matrices are handed to omni.ui.scene as it takes them: 16 numbers row by row, acting on row vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

FIELD_OF_VIEW = math.radians(40.0)
"""Vertical field of view, in [rad]."""

HIGHEST = math.radians(89.0)
"""Largest elevation: from straight above, left and right would be undefined."""

NEAREST, FARTHEST = 1e-3, 100.0
"""Smallest and largest distance of the camera, in sizes of the scene."""

MARGIN = 0.08
"""Part of the view that framing leaves empty along each border."""

_TANGENT = math.tan(FIELD_OF_VIEW / 2)


@dataclass(frozen=True, eq=False)
class Orbit:
    """Position and target of the camera.

    Attributes:
        target: Point that it looks at and orbits, shape (3,).
        distance: From the camera to the target.
        azimuth: Around the up axis, in [rad].
        elevation: Above the ground, in [rad].
        up_axis: The axis that points up.
        scene_size: Size of the scene, which limits the distance.
    """

    target: np.ndarray = field(default_factory=lambda: np.zeros(3))
    distance: float = 4.0
    azimuth: float = math.radians(35.0)
    elevation: float = math.radians(25.0)
    up_axis: Literal["Y", "Z"] = "Y"
    scene_size: float = 1.0

    @property
    def axes(self) -> np.ndarray:
        """Unit vectors to the right, up and backwards as rows, shape (3, 3)."""
        across, high = math.cos(self.elevation), math.sin(self.elevation)
        sine, cosine = math.sin(self.azimuth), math.cos(self.azimuth)
        right = (-sine, cosine, 0.0)
        up = (-high * cosine, -high * sine, across)
        back = (across * cosine, across * sine, high)
        axes = np.array([right, up, back])
        # The cyclic permutation x, y, z to y, z, x takes Z up to Y up, and stays right-handed.
        return axes if self.up_axis == "Z" else axes[:, [1, 2, 0]]

    @property
    def eye(self) -> np.ndarray:
        """Position of the camera, shape (3,)."""
        return self.target + self.distance * self.axes[2]

    def view(self) -> list[float]:
        """Return the matrix from the world to the camera, which looks along -Z with +Y up."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes.T
        matrix[3, :3] = -self.axes @ self.eye
        return matrix.ravel().tolist()

    def projection(self, aspect: float) -> list[float]:
        """Return the projection matrix for an aspect ratio (width over height); its planes depend on distance and
        scene."""
        near, far = 0.01 * self.distance, 10 * (self.distance + self.scene_size)
        matrix = np.zeros((4, 4))
        matrix[0, 0], matrix[1, 1] = 1 / (_TANGENT * aspect), 1 / _TANGENT
        matrix[2, 2], matrix[2, 3] = (far + near) / (near - far), -1.0
        matrix[3, 2] = 2 * far * near / (near - far)
        return matrix.ravel().tolist()

    def project(self, points: np.ndarray, size: tuple[float, float]) -> np.ndarray:
        """Project points into the view.

        Args:
            points: Shape (..., 3).
            size: Width and height of the view in [px].

        Returns:
            (x, y) in [px] from the view's top left, shape (..., 2); NaN for what is behind the near plane.
        """
        local = (points - self.eye) @ self.axes.T
        depth = np.where(-local[..., 2:] > 0.01 * self.distance, -local[..., 2:], np.nan)
        width, height = size
        return np.array([width, height]) / 2 + local[..., :2] / depth * (height / 2 / _TANGENT) * (1, -1)

    @property
    def focal(self) -> float:
        """Focal length, as a part of the view's height."""
        return 0.5 / _TANGENT

    def turned(self, dx: float, dy: float) -> Orbit:
        """Orbit around the target by a mouse move, as parts of the view's height."""
        elevation = min(max(self.elevation + math.pi * dy, -HIGHEST), HIGHEST)
        return replace(self, azimuth=math.remainder(self.azimuth - math.pi * dx, math.tau), elevation=elevation)

    def panned(self, dx: float, dy: float) -> Orbit:
        """Shift the camera so that the target follows a mouse move, as parts of the view's height."""
        step = 2 * self.distance * _TANGENT
        right, up, _ = self.axes
        return replace(self, target=self.target + step * (dy * up - dx * right))

    def zoomed(self, factor: float) -> Orbit:
        """Multiply the distance, within limits set by the scene's size."""
        low, high = NEAREST * self.scene_size, FARTHEST * self.scene_size
        return replace(self, distance=min(max(self.distance * factor, low), high))

    def framed(self, points: np.ndarray, aspect: float, scene_size: float) -> Orbit:
        """Look from the same direction, as near as points fit into the view.

        Args:
            points: Shape (n, 3), n > 0.
            aspect: Width over height of the view.
            scene_size: Size of the scene.
        """
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        x, y, z = ((points - middle) @ self.axes.T).T
        upward = (1 - 2 * MARGIN) * _TANGENT
        across, away_x = _fit_between(x, z, upward * aspect)
        up, away_y = _fit_between(y, z, upward)
        # The near plane is at a hundredth of the distance; a single point has no size.
        distance = max(away_x, away_y, float(z.max()) / 0.98, NEAREST * scene_size)
        target = middle + across * self.axes[0] + up * self.axes[1]
        return replace(self, target=target, distance=distance, scene_size=scene_size)


def _fit_between(x: np.ndarray, z: np.ndarray, tangent: float) -> tuple[float, float]:
    """Return the nearest position from which points lie within an angle in a plane, looking along -z.

    Each of the angle's two sides touches the point that reaches out farthest, seen along that side.

    Args:
        x: Across, shape (n,).
        z: Towards the viewer, shape (n,).
        tangent: Of half the angle.

    Returns:
        The place: x and z.
    """
    high, low = float(np.max(x + tangent * z)), float(np.max(tangent * z - x))
    return (high - low) / 2, (high + low) / (2 * tangent)
