"""The values that rooms hand to each other: cameras, silhouettes, boxes and their bounds, changes of a stage.

Matrices are float64, act on column vectors, and are named target_from_source. Cameras look along -Z with +Y up, as
in USD. Pixel coordinates are (u, v) with the origin at the top left corner of the image, u to the right, v down;
pixel (row, column) covers [column, column + 1] x [row, row + 1], so its centre is at (column + 0.5, row + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from boxfit.errors import CameraError
from boxfit.geometry.rotations import matrix_from_quaternion

CORNER_SIGNS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
"""Corners of the box [-1, 1]^3, shape (8, 3), x slowest and z fastest."""

BOX_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1])
"""Pairs of corner indices, shape (12, 2)."""

_STRETCH = 1e-3
"""How unequal a camera's axes may be: a matrix that was printed with four digits still passes."""

BOX_QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
"""The faces -X, +X, -Y, +Y, -Z, +Z as corner indices, counter-clockwise seen from outside, shape (6, 4)."""


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

    def __post_init__(self) -> None:
        """Refuse what no image could have been made with."""
        matrix = np.asarray(self.camera_from_world, dtype=np.float64)
        object.__setattr__(self, "camera_from_world", matrix)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise CameraError("the camera matrix is not 4x4 finite numbers")
        if not np.allclose(matrix[3], [0, 0, 0, 1], atol=1e-6):
            raise CameraError("the last row of the camera matrix is not 0, 0, 0, 1 (USD: its last column)")
        scales = np.linalg.svd(matrix[:3, :3], compute_uv=False)
        if scales[2] <= 1e-9 * scales[0] or np.linalg.det(matrix[:3, :3] / scales[0]) < 0:
            raise CameraError("the camera matrix is singular or mirrored")
        if scales[0] > (1 + _STRETCH) * scales[2]:
            raise CameraError(
                f"the camera matrix stretches one axis {scales[0] / scales[2]:.4g} times more than another (the camera "
                "or a parent of it is scaled unevenly)"
            )
        if not (np.isfinite(self.focal).all() and min(self.focal) > 0):
            raise CameraError(f"the focal length is {self.focal}, not positive")
        if not np.isfinite(self.principal).all():
            raise CameraError(f"the principal point is {self.principal}, not finite")
        if min(self.resolution) < 1:
            raise CameraError(f"the resolution is {self.resolution}, not positive")

    @cached_property
    def world_from_camera(self) -> np.ndarray:
        """Pose of the camera, shape (4, 4)."""
        return np.linalg.inv(self.camera_from_world)

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
        """The same camera seen from another frame: its world is then `frame`."""
        return Camera(self.camera_from_world @ world_from_frame, self.focal, self.principal, self.resolution)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """World points in the camera's frame, shape (..., 3) -> (..., 3)."""
        return points @ self.camera_from_world[:3, :3].T + self.camera_from_world[:3, 3]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project world points to pixels.

        Args:
            points: Shape (..., 3).

        Returns:
            (u, v) in [px], shape (..., 2). A point on or behind the camera's plane comes back as NaN, never mirrored.
        """
        x, y, z = np.moveaxis(self.to_camera(np.asarray(points, dtype=np.float64)), -1, 0)
        depth = np.where(z < 0, -z, np.nan)
        return np.stack(
            [self.principal[0] + self.focal[0] * x / depth, self.principal[1] - self.focal[1] * y / depth], axis=-1
        )

    def ray_directions(self, pixels: np.ndarray) -> np.ndarray:
        """World directions of the rays through pixels, at depth 1 along the view, not of unit length.

        Args:
            pixels: (u, v) in [px], shape (..., 2).

        Returns:
            Shape (..., 3): `position + depth * direction` projects to the pixel for every depth > 0.
        """
        pixels = np.asarray(pixels, dtype=np.float64)
        x = (pixels[..., 0] - self.principal[0]) / self.focal[0]
        y = (self.principal[1] - pixels[..., 1]) / self.focal[1]
        local = np.stack([x, y, -np.ones_like(x)], axis=-1)
        return local @ self.world_from_camera[:3, :3].T


@dataclass(frozen=True, eq=False)
class Silhouette:
    """One view's mask of the object to fit, and the camera that saw it.

    Attributes:
        view: Name of the view, for messages and reports.
        camera: Camera in the frame that the box is fitted in.
        mask: True on the object, cropped to the object's bounding rectangle, shape (h, w), dtype bool.
        origin: (row, column) of the crop's first pixel in the whole image.
    """

    view: str
    camera: Camera
    mask: np.ndarray
    origin: tuple[int, int] = (0, 0)

    @cached_property
    def area(self) -> int:
        """Number of pixels on the object."""
        return int(np.count_nonzero(self.mask))

    def full_mask(self) -> np.ndarray:
        """The mask at the image's own size, shape (height, width), dtype bool."""
        full = np.zeros(self.camera.resolution, dtype=bool)
        (row, column), (height, width) = self.origin, self.mask.shape
        full[row : row + height, column : column + width] = self.mask
        return full


@dataclass(frozen=True, eq=False)
class Box:
    """Oriented box: scale, then rotate, then translate the cube [-1, 1]^3.

    Attributes:
        centre: Shape (3,), in the frame's units.
        half_extents: Shape (3,), positive, in the frame's units.
        quaternion: Unit quaternion wxyz, shape (4,): the box's axes in the frame.
    """

    centre: np.ndarray
    half_extents: np.ndarray
    quaternion: np.ndarray = field(default_factory=lambda: np.array([1.0, 0.0, 0.0, 0.0]))

    def __post_init__(self) -> None:
        """Hold float64 arrays, and a unit quaternion."""
        for name, shape in (("centre", (3,)), ("half_extents", (3,)), ("quaternion", (4,))):
            value = np.array(getattr(self, name), dtype=np.float64)
            assert value.shape == shape and np.isfinite(value).all(), (name, value)
            object.__setattr__(self, name, value)
        assert (self.half_extents > 0).all(), self.half_extents
        object.__setattr__(self, "quaternion", self.quaternion / np.linalg.norm(self.quaternion))

    @cached_property
    def rotation(self) -> np.ndarray:
        """The box's axes as columns, shape (3, 3)."""
        return matrix_from_quaternion(self.quaternion)

    @property
    def size(self) -> np.ndarray:
        """Edge lengths, shape (3,)."""
        return 2 * self.half_extents

    @property
    def volume(self) -> float:
        """Product of the edge lengths."""
        return float(np.prod(self.size))

    @property
    def corners(self) -> np.ndarray:
        """Corners in the frame, shape (8, 3), ordered as `CORNER_SIGNS`."""
        return self.centre + (CORNER_SIGNS * self.half_extents) @ self.rotation.T

    @property
    def world_from_unit(self) -> np.ndarray:
        """Matrix that takes the unit cube [-0.5, 0.5]^3 to this box, shape (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation * self.size
        matrix[:3, 3] = self.centre
        return matrix

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """Points in the box's axes, relative to its centre, shape (..., 3), in the frame's units."""
        return (points - self.centre) @ self.rotation


@dataclass(frozen=True, eq=False)
class FaceBounds:
    """Where each face of a box may lie, as far as the masks can tell.

    Distances run from the box's centre outwards along its own axes; `[axis, 0]` is the face on the negative side,
    `[axis, 1]` the one on the positive side. The true face lies in [inner, outer], and the box's own half extent too.

    Attributes:
        inner: The least distance that still touches what every mask touches, shape (3, 2).
        outer: The greatest distance that the masks allow: the support of the visual hull, shape (3, 2).
    """

    inner: np.ndarray
    outer: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        """Uncertainty of each face, shape (3, 2)."""
        return self.outer - self.inner


class Made(Protocol):
    """What was made of the open stage, with the change that it took."""

    @property
    def edit(self) -> Edit:
        """Undoes it all, and makes it again."""
        ...


class Edit(Protocol):
    """A change that was made to the open stage."""

    def undo(self) -> None:
        """Put everything back as it was before."""
        ...

    def redo(self) -> None:
        """Make the change again."""
        ...
