"""Oriented boxes, and the bounds of their faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.rotations import matrix_from_quaternion

CORNER_SIGNS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
"""Corners of the box [-1, 1]^3, shape (8, 3), x slowest and z fastest."""

BOX_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1])
"""Pairs of corner indices, shape (12, 2)."""

BOX_QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
"""The faces -X, +X, -Y, +Y, -Z, +Z as corner indices, counter-clockwise seen from outside, shape (6, 4)."""


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

    __repr__ = brief_repr

    def __post_init__(self) -> None:
        """Convert to float64 arrays and a unit quaternion."""
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
        """Express points in the box's axes, relative to its centre, shape (..., 3), in the frame's units."""
        return (points - self.centre) @ self.rotation

    def protrusion(self, points: np.ndarray) -> float:
        """Return the largest distance of points (n, 3) from the centre, in half extents: 1 on a face, 1.02 is 2 %
        outside."""
        return float(np.max(np.abs(self.to_local(points)) / self.half_extents))


@dataclass(frozen=True, eq=False)
class FaceBounds:
    """Interval of possible positions of each face of a box, given the masks.

    Distances are from the box's centre outwards along its own axes; `[axis, 0]` is the face on the negative side,
    `[axis, 1]` the one on the positive side. Both the true face and the box's half extent lie in [inner, outer].

    Attributes:
        inner: Smallest distance at which the box still reaches the extent of every mask, shape (3, 2).
        outer: Largest distance that the masks allow: the support of the visual hull, shape (3, 2).
    """

    inner: np.ndarray
    outer: np.ndarray

    def __repr__(self) -> str:
        faces = zip(("-x", "+x", "-y", "+y", "-z", "+z"), self.inner.ravel(), self.outer.ravel(), strict=True)
        return f"FaceBounds({', '.join(f'{face} {inner:.4g} to {outer:.4g}' for face, inner, outer in faces)})"

    @property
    def widths(self) -> np.ndarray:
        """Uncertainty of each face, shape (3, 2)."""
        return self.outer - self.inner


def face_distances(box: Box, other: Box) -> np.ndarray:
    """Return the distances of another box's faces from a box's centre, shape (3, 2), as in `FaceBounds`.

    Args:
        box: Box along whose axes the distances are.
        other: Box with the same axes, in any order and direction.
    """
    half = np.abs(box.rotation.T @ other.rotation) @ other.half_extents
    along = box.to_local(other.centre)
    return np.stack([half - along, half + along], axis=1)


def box_between(box: Box, distances: np.ndarray, least: float) -> Box:
    """Move the faces of a box to other distances from its centre.

    Args:
        box: Box whose axes are kept.
        distances: Shape (3, 2), as in `FaceBounds`.
        least: Least half extent of the result: opposite faces may have passed each other.
    """
    half = np.maximum(distances.mean(axis=1), least)
    return Box(box.centre + box.rotation @ (distances[:, 1] - distances[:, 0]) / 2, half, box.quaternion)
