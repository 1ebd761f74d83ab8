"""Projection of a 3D view: its camera, and the positions of world points in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import BOX_EDGES


@dataclass(frozen=True, eq=False)
class ViewProjection:
    """A view's camera and size.

    Attributes:
        eye: Position of the camera in the world, shape (3,).
        clip_from_world: Projection times view, acting on columns, shape (4, 4). Depth may be of any kind.
        size: Width and height of the view in [px], as its lines and letters are measured.
    """

    eye: np.ndarray
    clip_from_world: np.ndarray
    size: tuple[float, float]

    @classmethod
    def from_rows(
        cls, view: Sequence[float], projection: Sequence[float], eye: np.ndarray, size: tuple[float, float]
    ) -> ViewProjection:
        """Build a projection from matrices of omni.ui.scene: 16 numbers row by row, acting on row vectors."""
        clip = np.reshape(view, (4, 4)) @ np.reshape(projection, (4, 4))
        return cls(eye, clip.T, size)

    def is_like(self, other: ViewProjection | None) -> bool:
        """Return True if both project all points to the same place."""
        if other is None or self.size != other.size:
            return False
        return np.array_equal(self.clip_from_world, other.clip_from_world)

    def clip(self, points: np.ndarray) -> np.ndarray:
        """Return clip coordinates of points, shape (..., 3) -> (..., 4); the last is positive in front of the eye."""
        return points @ self.clip_from_world[:, :3].T + self.clip_from_world[:, 3]

    def pixels(self, clip: np.ndarray) -> np.ndarray:
        """Convert clip coordinates, shape (..., 4), to (x, y) in [px] from the top left; NaN behind the eye."""
        depth = np.where(clip[..., 3:] > 0, clip[..., 3:], np.nan)
        return (clip[..., :2] / depth * (1, -1) + 1) / 2 * self.size

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points of shape (..., 3) to (x, y) in [px] from the top left; NaN behind the eye."""
        return self.pixels(self.clip(points))

    def shifted(self, point: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """Move a point of shape (3,) at the same depth by (x, y) in [px], shape (2,)."""
        clip = self.clip(point)
        clip[:2] += 2 * shift / self.size * (1, -1) * clip[3]
        world = np.linalg.solve(self.clip_from_world, clip)
        return world[:3] / world[3]

    def area(self, points: np.ndarray) -> np.ndarray:
        """Return the area that points of shape (n, 3) span in [px]: left, top, right, bottom; -inf if invisible."""
        places = self.project(points)
        if np.isnan(places).all():
            return np.full(4, -np.inf)
        return np.concatenate([np.nanmin(places, axis=0), np.nanmax(places, axis=0)])

    def edges_apart(self, corners: np.ndarray, others: np.ndarray, least: float) -> np.ndarray:
        """Return True for the edges of a box that appear beside the same edges of another box.

        Args:
            corners: Of the box, shape (8, 3), ordered as `Box.corners`.
            others: Of the other box.
            least: Smallest distance of either end, in [px].

        Returns:
            Shape (12,), ordered as `BOX_EDGES`. Edges that reach behind the eye count as apart.
        """
        ends, (start, end) = self.project(corners)[BOX_EDGES], np.moveaxis(self.project(others)[BOX_EDGES], 1, 0)
        along = end - start
        length = np.hypot(*along.T)[:, None]
        relative = ends - start[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            beside = np.abs(relative[..., 0] * along[:, 1:] - relative[..., 1] * along[:, :1]) / length
        # An edge that is seen end-on is a point.
        beside = np.where(length > 1e-6, beside, np.linalg.norm(relative, axis=-1))
        return ~(beside < least).all(axis=1)
