"""Cameras of all views as arrays, with corrections of their poses and of the lens that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from boxfit.geometry.camera import Camera
from boxfit.start.outline import Outline

MOVE = 0.5
"""Size of a move of the camera that is as likely as a turn of 1, as a share of the object's distance."""


@dataclass(frozen=True, eq=False)
class ViewArrays:
    """Outlines and cameras of V views as they were given, in the object's frame (`boxfit.start.object_frame`).

    Attributes:
        corners: Corners of the outlines, (u, v) in [px], shape (V, K, 2); shorter ones repeat their first corner.
        free: True for corners that the image's border did not make, shape (V, K).
        rotations: Of camera_from_frame, shape (V, 3, 3).
        shifts: Its translations, shape (V, 3), in the frame's units.
        scales: World units, times the camera matrices' own scale, in a unit of the frame, shape (V,).
        focal: Focal lengths in [px], shape (V, 2).
        principal: Principal points in [px], shape (V, 2).
        units: Turn in [rad] and move in the frame's units that shift the image by about a pixel, shape (V, 6).
        radius: Mean radius of the outlines in [px].
    """

    corners: np.ndarray
    free: np.ndarray
    rotations: np.ndarray
    shifts: np.ndarray
    scales: np.ndarray
    focal: np.ndarray
    principal: np.ndarray
    units: np.ndarray
    radius: float


@dataclass(frozen=True, eq=False)
class Adjustment:
    """Corrections of cameras, all in [px] at the object so that they compare.

    A point x of a camera's frame becomes exp(turn) x + move.

    Attributes:
        views: The cameras to correct.
        poses: Turns about and moves along each camera's own axes, shape (V, 6).
        lens: Shift of all principal points, and growth of the outlines by the focal lengths' common factor, shape (3,).
    """

    views: ViewArrays
    poses: np.ndarray
    lens: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """All corrections, shape (6 V + 3,)."""
        return np.concatenate([self.poses.ravel(), self.lens])

    def with_values(self, values: np.ndarray) -> Adjustment:
        """Return the adjustment with other corrections, shape (6 V + 3,)."""
        return Adjustment(self.views, values[:-3].reshape(-1, 6), values[-3:])

    @property
    def turns_about(self) -> np.ndarray:
        """Turns as rotation vectors in [rad], shape (V, 3)."""
        return self.poses[:, :3] * self.views.units[:, :3]

    @cached_property
    def turns(self) -> np.ndarray:
        """Rotation matrices of the turns, shape (V, 3, 3)."""
        return Rotation.from_rotvec(self.turns_about).as_matrix()

    @property
    def moves(self) -> np.ndarray:
        """Moves in the frame's units, shape (V, 3)."""
        return self.poses[:, 3:] * self.views.units[:, 3:]

    @property
    def focal_factor(self) -> float:
        """Common factor of the focal lengths."""
        return float(np.exp(self.lens[2] / self.views.radius))

    @cached_property
    def rotations(self) -> np.ndarray:
        """Corrected rotations of camera_from_frame, shape (V, 3, 3)."""
        return self.turns @ self.views.rotations

    @cached_property
    def centres(self) -> np.ndarray:
        """Corrected camera centres, shape (V, 3)."""
        shifts = np.einsum("vij,vj->vi", self.turns, self.views.shifts) + self.moves
        return -np.einsum("vji,vj->vi", self.rotations, shifts)

    @cached_property
    def focal(self) -> np.ndarray:
        """Corrected focal lengths in [px], shape (V, 2)."""
        return self.views.focal * self.focal_factor

    @cached_property
    def local_rays(self) -> np.ndarray:
        """Directions through the corners, in the cameras' frames with depth 1, shape (V, K, 3)."""
        principal = self.views.principal + self.lens[:2]
        u, v = np.moveaxis((self.views.corners - principal[:, None]) / self.focal[:, None], -1, 0)
        return np.stack([u, -v, -np.ones_like(u)], axis=-1)

    @cached_property
    def rays(self) -> np.ndarray:
        """Directions through the corners, in the object's frame, shape (V, K, 3)."""
        return self.local_rays @ self.rotations

    def camera(self, view: int, given: Camera) -> Camera:
        """Return the corrected camera of a view.

        Args:
            view: Its index.
            given: Its camera as given, in any world.
        """
        correction = np.eye(4)
        correction[:3, :3], correction[:3, 3] = self.turns[view], self.moves[view] * self.views.scales[view]
        fx, fy = (float(focal) for focal in np.multiply(given.focal, self.focal_factor))
        cx, cy = (float(place) for place in np.add(given.principal, self.lens[:2]))
        return Camera(correction @ given.camera_from_world, (fx, fy), (cx, cy), given.resolution)


def unadjusted(outlines: Sequence[Outline], world_from_frame: np.ndarray) -> Adjustment:
    """Return the adjustment that corrects nothing.

    Args:
        outlines: One per view, in the world.
        world_from_frame: The object's frame, shape (4, 4).
    """
    shape = len(outlines), max(len(each.corners) for each in outlines)
    corners, free = np.empty((*shape, 2)), np.zeros(shape, dtype=bool)
    for index, each in enumerate(outlines):
        count = len(each.corners)
        corners[index, :count], corners[index, count:] = each.corners, each.corners[0]
        free[index, :count] = each.bounding & np.roll(each.bounding, 1)
        # Padding repeats the first corner.
        free[index, count:] = free[index, 0]
    matrices = np.array([each.camera.camera_from_world @ world_from_frame for each in outlines])
    scales = np.cbrt(np.linalg.det(matrices[:, :3, :3]))
    rotations, shifts = matrices[:, :3, :3] / scales[:, None, None], matrices[:, :3, 3] / scales[:, None]
    focal = np.array([each.camera.focal for each in outlines])
    principal = np.array([each.camera.principal for each in outlines])
    turn = 1 / focal.mean(axis=1)
    units = np.stack([turn] * 3 + [turn * MOVE * np.linalg.norm(shifts, axis=1)] * 3, axis=1)
    radius = np.mean([np.linalg.norm(each.corners - each.corners.mean(axis=0), axis=1).mean() for each in outlines])
    views = ViewArrays(corners, free, rotations, shifts, scales, focal, principal, units, float(radius))
    return Adjustment(views, np.zeros((len(outlines), 6)), np.zeros(3))
