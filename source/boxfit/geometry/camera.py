"""Pinhole cameras.

Matrices are float64, act on column vectors, and are named target_from_source. Cameras look along -Z with +Y up, as
in USD. Pixel coordinates are (u, v) with the origin at the top left corner of the image, u to the right, v down;
pixel (row, column) covers [column, column + 1] x [row, row + 1], so its centre is at (column + 0.5, row + 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boxfit.errors import CameraError
from boxfit.geometry.brief import brief_repr

OPENCV_AXES = np.diag([1.0, -1.0, -1.0, 1.0])
"""OpenCV's axes of a camera (+Z forward, +Y down) in those of USD and OpenGL, and the reverse: a turn about X."""

_STRETCH = 1e-3
"""Largest relative difference between the lengths of a camera's axes: accepts matrices printed with four digits."""


def is_affine_row(row: np.ndarray) -> bool:
    """Return True if the last row of a matrix, shape (4,), is 0, 0, 0, 1 but for rounding; for many small matrices."""
    *rest, last = row.tolist()
    return max(map(abs, rest)) <= 1e-6 and abs(last - 1) <= 1e-5


@dataclass(frozen=True, eq=False)
class Camera:
    """Pinhole camera.

    Attributes:
        camera_from_world: Shape (4, 4). Rigid, or rigid with a uniform scale: a scale changes depths, not pixels.
        focal: Focal lengths (fx, fy) in [px].
        principal: Principal point (cx, cy) in [px].
        resolution: (height, width) in [px].

    Raises:
        CameraError: If a value is not finite, the matrix is singular, mirrored, sheared or scaled unevenly, or a
            length is not positive.
    """

    camera_from_world: np.ndarray
    focal: tuple[float, float]
    principal: tuple[float, float]
    resolution: tuple[int, int]

    __repr__ = brief_repr

    def __post_init__(self) -> None:
        """Check the values."""
        matrix = np.asarray(self.camera_from_world, dtype=np.float64)
        object.__setattr__(self, "camera_from_world", matrix)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise CameraError("the camera matrix is not 4x4 finite numbers")
        if not is_affine_row(matrix[3]):
            raise CameraError("the last row of the camera matrix is not 0, 0, 0, 1 (USD: its last column)")
        scales = np.linalg.svd(matrix[:3, :3], compute_uv=False)
        if scales[2] <= 1e-9 * scales[0] or np.linalg.det(matrix[:3, :3] / scales[0]) < 0:
            raise CameraError("the camera matrix is singular or mirrored")
        if scales[0] > (1 + _STRETCH) * scales[2]:
            raise CameraError(
                f"the camera matrix stretches one axis {scales[0] / scales[2]:.4g} times more than another (the camera "
                "or a parent of it is scaled unevenly)"
            )
        if not (all(map(math.isfinite, self.focal)) and min(self.focal) > 0):
            raise CameraError(f"the focal length is {self.focal}, not positive")
        if not all(map(math.isfinite, self.principal)):
            raise CameraError(f"the principal point is {self.principal}, not finite")
        if min(self.resolution) < 1:
            raise CameraError(f"the resolution is {self.resolution}, not positive")

    @cached_property
    def world_from_camera(self) -> np.ndarray:
        """Pose of the camera, shape (4, 4)."""
        return np.linalg.inv(self.camera_from_world)

    @property
    def opencv_from_world(self) -> np.ndarray:
        """Matrix from the world to the camera in OpenCV's axes, shape (4, 4)."""
        return OPENCV_AXES @ self.camera_from_world

    def intrinsics(self, pixel_centre: float = 0.5) -> np.ndarray:
        """Return the matrix K = [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in [px], shape (3, 3).

        Args:
            pixel_centre: Coordinate of the first pixel's centre: 0.5 as in this class, 0 in OpenCV's convention.
        """
        (fx, fy), (cx, cy), shift = self.focal, self.principal, pixel_centre - 0.5
        return np.array([[fx, 0.0, cx + shift], [0.0, fy, cy + shift], [0.0, 0.0, 1.0]])

    @property
    def position(self) -> np.ndarray:
        """Camera centre in the world, shape (3,)."""
        return self.world_from_camera[:3, 3]

    @property
    def forward(self) -> np.ndarray:
        """Unit viewing direction in the world, shape (3,)."""
        axis = -self.world_from_camera[:3, 2]
        return axis / np.linalg.norm(axis)

    def moved(self, world_from_frame: np.ndarray) -> Camera:
        """Express the camera in another frame, which becomes its world."""
        return Camera(self.camera_from_world @ world_from_frame, self.focal, self.principal, self.resolution)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """Transform world points to the camera's frame, shape (..., 3) -> (..., 3)."""
        return points @ self.camera_from_world[:3, :3].T + self.camera_from_world[:3, 3]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project world points to pixels.

        Args:
            points: Shape (..., 3).

        Returns:
            (u, v) in [px], shape (..., 2); NaN for a point on or behind the camera's plane.
        """
        x, y, z = np.moveaxis(self.to_camera(np.asarray(points, dtype=np.float64)), -1, 0)
        depth = np.where(z < 0, -z, np.nan)
        return np.stack(
            [self.principal[0] + self.focal[0] * x / depth, self.principal[1] - self.focal[1] * y / depth], axis=-1
        )

    def ray_directions(self, pixels: np.ndarray) -> np.ndarray:
        """Return the world directions of the rays through pixels, with depth 1 along the view, not of unit length.

        Args:
            pixels: (u, v) in [px], shape (..., 2).

        Returns:
            Shape (..., 3): `position + depth * direction` projects to the pixel for every depth > 0.
        """
        axes = self._pixel_axes
        return (np.asarray(pixels, dtype=np.float64) - self.principal) @ axes[:2] + axes[2]

    @cached_property
    def _pixel_axes(self) -> np.ndarray:
        """Steps of a ray's direction for a pixel to the right and one down, and the view's direction, shape (3, 3)."""
        (fx, fy), axes = self.focal, self.world_from_camera[:3, :3].T
        return axes / [[fx], [-fy], [-1.0]]

    def ray_lengths(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the lengths of the rays through pixels up to depth 1 along the view, in the camera's frame.

        Args:
            u: Horizontal pixel coordinates in [px].
            v: Vertical ones, of a shape that broadcasts with that of `u`.

        Returns:
            Of the broadcast shape: distance from the camera's centre = depth * length.
        """
        x, y = (u - self.principal[0]) / self.focal[0], (v - self.principal[1]) / self.focal[1]
        return np.sqrt(1 + x**2 + y**2)

    def back_project(self, samples: np.ndarray) -> np.ndarray:
        """Return the world points at pixels and depths.

        Args:
            samples: (u, v) in [px] and depth, -z in the camera's frame, shape (..., 3).

        Returns:
            Shape (..., 3).
        """
        return self.position + samples[..., 2:] * self.ray_directions(samples[..., :2])
