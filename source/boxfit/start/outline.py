"""The convex outline of a mask, to a fraction of a pixel.

A mask tells, for every pixel centre, whether it is on the object. What it tells of the convex silhouette is held by the
convex hull of the covered centres, a lattice polygon, and by the lattice lines just outside it: an edge along the
primitive lattice vector p is followed outwards by the next lattice line at distance 1 / |p|, and a centre on that line
is not covered. So the silhouette's own edge lies between 0 and 1 / |p| px outside the polygon's edge: half a pixel on
average along rows and columns, next to nothing along long slanted edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.types import Camera, Silhouette

CORNER_REACH = 0.7
"""How far a corner of the outline may lie from the covered centre that it stands for, in [px]: half a diagonal."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Convex polygon around a mask, counter-clockwise in (u, v).

    Attributes:
        camera: Camera of the view.
        normals: Outward unit normals of the edges in the image, shape (n, 2).
        offsets: Edge k lies on normals[k] . (u, v) = offsets[k], in [px], shape (n,).
        corners: Corner k is where edges k - 1 and k meet, (u, v) in [px], shape (n, 2).
        bounding: False for edges along the image's border, beyond which nothing is known, shape (n,).
    """

    camera: Camera
    normals: np.ndarray
    offsets: np.ndarray
    corners: np.ndarray
    bounding: np.ndarray

    @property
    def pixel(self) -> float:
        """Size of one pixel at the world's origin, in the world's units."""
        matrix = self.camera.camera_from_world
        scale = np.cbrt(np.linalg.det(matrix[:3, :3]))
        return float(-matrix[2, 3] / (np.mean(self.camera.focal) * scale))

    def moved(self, world_from_frame: np.ndarray) -> Outline:
        """The same outline with its camera in another frame."""
        camera = self.camera.moved(world_from_frame)
        return Outline(camera, self.normals, self.offsets, self.corners, self.bounding)

    def half_spaces(self) -> tuple[np.ndarray, np.ndarray]:
        """Half-spaces a . x <= b in the world, through the camera's centre and each bounding edge.

        Returns:
            Unit normals a, shape (m, 3), and b, shape (m,).
        """
        camera, n, c = self.camera, self.normals[self.bounding], self.offsets[self.bounding]
        # n . (u, v) <= c, with u = cx + fx x / -z and v = cy - fy y / -z, multiplied by the depth -z > 0.
        local = np.stack([n[:, 0] * camera.focal[0], -n[:, 1] * camera.focal[1], c - n @ camera.principal], axis=1)
        linear, shift = camera.camera_from_world[:3, :3], camera.camera_from_world[:3, 3]
        normals, limits = local @ linear, -local @ shift
        length = np.linalg.norm(normals, axis=1)
        return normals / length[:, None], limits / length


def outline(silhouette: Silhouette) -> Outline | None:
    """Outline of a mask, or None where the covered pixel centres lie on one line."""
    lattice = _lattice_hull(silhouette.mask)
    if len(lattice) < 3:
        return None
    edges = np.roll(lattice, -1, axis=0) - lattice
    lengths = np.linalg.norm(edges, axis=1)
    steps = np.gcd(edges[:, 0], edges[:, 1])
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / lengths[:, None]

    pixels = lattice + np.array(silhouette.origin[::-1])
    centres = pixels + 0.5
    # The middle of [0, 1 / |p|], with p = edge / steps.
    offsets = np.einsum("ij,ij->i", normals, centres) + 0.5 * steps / lengths
    corners = _corners(normals, offsets, centres)
    return Outline(silhouette.camera, normals, offsets, corners, ~_along_border(pixels, silhouette.camera.resolution))


def _lattice_hull(mask: np.ndarray) -> np.ndarray:
    """Strict convex hull of the covered pixels, (column, row), counter-clockwise in (u, v), by the monotone chain."""
    rows = np.flatnonzero(mask.any(axis=1))
    covered = mask[rows]
    first = covered.argmax(axis=1)
    last = mask.shape[1] - 1 - covered[:, ::-1].argmax(axis=1)
    # Rows are in order already; as (row, column) pairs the first and last pixels of each are the two chains' input.
    low = _chain(list(zip(rows.tolist(), first.tolist(), strict=True)), sign=-1)
    high = _chain(list(zip(rows.tolist(), last.tolist(), strict=True)), sign=1)
    ring = high + low[::-1]
    ring = [point for point, before in zip(ring, ring[-1:] + ring[:-1], strict=True) if point != before]
    return np.array(ring, dtype=np.int64).reshape(-1, 2)[:, ::-1]


def _chain(points: list[tuple[int, int]], sign: int) -> list[tuple[int, int]]:
    """The part of (row, column) points, ordered by row, that bulges towards greater columns (sign 1) or smaller."""
    kept: list[tuple[int, int]] = []
    for row, column in points:
        while len(kept) > 1:
            (row_a, column_a), (row_b, column_b) = kept[-2], kept[-1]
            if sign * ((row_b - row_a) * (column - column_a) - (row - row_a) * (column_b - column_a)) < 0:
                break
            kept.pop()
        kept.append((row, column))
    return kept


def _corners(normals: np.ndarray, offsets: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Where neighbouring edges meet, kept within `CORNER_REACH` of the covered centre between them."""
    before, limits = np.roll(normals, 1, axis=0), np.roll(offsets, 1)
    cross = before[:, 0] * normals[:, 1] - before[:, 1] * normals[:, 0]
    meeting = np.stack(
        [limits * normals[:, 1] - offsets * before[:, 1], before[:, 0] * offsets - normals[:, 0] * limits], axis=1
    )
    reach = meeting / cross[:, None] - centres
    distance = np.linalg.norm(reach, axis=1, keepdims=True)
    return centres + reach * np.minimum(1.0, CORNER_REACH / np.maximum(distance, 1e-12))


def _along_border(pixels: np.ndarray, resolution: tuple[int, int]) -> np.ndarray:
    """Edges whose two ends are on the same border of the image."""
    following = np.roll(pixels, -1, axis=0)
    along = np.zeros(len(pixels), dtype=bool)
    for axis, size in ((0, resolution[1]), (1, resolution[0])):
        for edge in (0, size - 1):
            along |= (pixels[:, axis] == edge) & (following[:, axis] == edge)
    return along
