"""Convex outline of a mask with sub-pixel accuracy.

A mask samples the silhouette at pixel centres. The convex hull of the covered centres is a lattice polygon, and the
next lattice line outside an edge along the primitive lattice vector p lies at distance 1 / |p| and has an uncovered
centre. So the silhouette's own edge lies between 0 and 1 / |p| px outside the polygon's edge: half a pixel on average
along rows and columns, and almost nothing along long slanted edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import following, inside_edges, polygon_area
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.occlusion import edges_beside

STUB = 30.0
"""Least length of an edge that ends at the image's border, in [px]: the object continues beyond the image, where the
plane of a shorter edge would be too inaccurate."""
PASSES = 3
"""Passes that leave out points of a mask's border which are no corners of its convex hull: most are not."""
CORNER_REACH = 0.7
"""Greatest distance of a corner of the outline from its covered centre, in [px]: half a diagonal."""
PLACE = (3.0, 0.01)
"""Distance in which a corner turns, in [px] and as a share of the perimeter; the larger counts."""
SURROUNDINGS = (2.5, 0.05)
"""Distance in which an arc goes on to turn, as a multiple of the former and as such a share; the larger counts."""
CORNER, ARC = 0.85, 0.45
"""Share of the turn in its surroundings that is at the place itself, at a corner and on an arc."""
UNKNOWN = 0.5
"""Roundness at the end of an edge that is not the object's."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Convex polygon around a mask, counter-clockwise in (u, v).

    Attributes:
        camera: Camera of the view.
        normals: Outward unit normals of the edges in the image, shape (n, 2).
        offsets: Edge k lies on normals[k] . (u, v) = offsets[k], in [px], shape (n,).
        corners: Corner k joins edges k - 1 and k, (u, v) in [px], shape (n, 2).
        bounding: False for edges made by the image's border or an occluder, which do not bound the object, shape (n,).
        sure: False for edges that another object may have made, shape (n,).
    """

    camera: Camera
    normals: np.ndarray
    offsets: np.ndarray
    corners: np.ndarray
    bounding: np.ndarray
    sure: np.ndarray

    __repr__ = brief_repr

    @property
    def pixel(self) -> float:
        """Size of one pixel at the world's origin, in the world's units."""
        matrix = self.camera.camera_from_world
        scale = np.cbrt(np.linalg.det(matrix[:3, :3]))
        return float(-matrix[2, 3] / (np.mean(self.camera.focal) * scale))

    @property
    def is_whole(self) -> bool:
        """True if all edges are surely the object's own."""
        return bool((self.bounding & self.sure).all())

    @property
    def area(self) -> float:
        """Area of the polygon in [px^2]."""
        return polygon_area(self.corners)

    @property
    def perimeter(self) -> float:
        """Length of the polygon's border in [px]."""
        return float(np.linalg.norm(following(self.corners) - self.corners, axis=1).sum())

    @property
    def roundness(self) -> np.ndarray:
        """Roundness of the object's outline at each corner of the polygon, shape (n,): 0 at a corner, 1 on an arc.

        A corner turns within a pixel or two, an arc evenly along its length.
        """
        ends = np.cumsum(np.linalg.norm(following(self.corners) - self.corners, axis=1))
        places, perimeter = np.append(0.0, ends[:-1]), ends[-1]
        angles = np.arctan2(self.normals[:, 1], self.normals[:, 0])
        angles = (angles - angles[0]) % (2 * np.pi)
        # Three times around, as what is before the first corner is at the end.
        begins = np.concatenate([places - perimeter, places, places + perimeter])
        turned = np.concatenate([angles - 2 * np.pi, angles, angles + 2 * np.pi])

        def turn_within(reach: float) -> np.ndarray:
            reach = min(reach, perimeter / 2)
            last = np.searchsorted(begins, places + reach, side="right") - 1
            return turned[last] - turned[np.searchsorted(begins, places - reach) - 1]

        place = max(PLACE[0], PLACE[1] * perimeter)
        share = turn_within(place) / turn_within(max(SURROUNDINGS[0] * place, SURROUNDINGS[1] * perimeter))
        own = self.bounding & np.roll(self.bounding, 1)
        return np.where(own, np.clip((CORNER - share) / (CORNER - ARC), 0.0, 1.0), UNKNOWN)

    def filled(self, view: str, beyond: tuple[float, float] = (0.0, 0.0)) -> Silhouette:
        """Return the silhouette of all pixels whose centres lie inside the polygon.

        Args:
            view: Name of the view.
            beyond: Half axes (u, v) in [px] of an ellipse that is added to the polygon.
        """
        size = np.array(self.camera.resolution[::-1])
        low = np.floor(self.corners.min(axis=0) - beyond).clip(0, size - 1).astype(int)
        high = np.ceil(self.corners.max(axis=0) + beyond).clip(low + 1, size).astype(int)
        u, v = (np.arange(*span) + 0.5 for span in zip(low, high, strict=True))
        offsets = self.offsets + np.hypot(*(self.normals * beyond).T)
        inside = inside_edges(self.normals, offsets, u, v)
        return Silhouette(view, self.camera, inside, (int(low[1]), int(low[0])))

    def moved(self, world_from_frame: np.ndarray) -> Outline:
        """Return the same outline with its camera in another frame."""
        camera = self.camera.moved(world_from_frame)
        return Outline(camera, self.normals, self.offsets, self.corners, self.bounding, self.sure)

    def half_spaces(self) -> tuple[np.ndarray, np.ndarray]:
        """Return half-spaces a . x <= b in the world, through the camera's centre and each bounding edge.

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


def outline(silhouette: Silhouette) -> Outline:
    """Return the outline of a mask with at least one pixel.

    With lens distortion, or pixels finer than the image's, the pixels on the border of the mask are taken to the
    camera's image before their hull is taken.
    """
    mask, origin, resolution = silhouette.taken
    finer, factor = silhouette.finer, 1
    if finer is not None:
        mask, origin, factor = finer.mask, finer.origin, finer.factor
        resolution = resolution[0] * factor, resolution[1] * factor
    plain = silhouette.distorted is None and finer is None
    lattice = _lattice_hull(mask) if plain else border_pixels(mask)
    centred = len(lattice) > 2 and (plain or np.ptp(lattice, axis=0).min() > 0)
    if not centred:
        # All centres lie on one line, which encloses nothing: use the pixels' own corners, and move no edge outwards.
        padded = np.pad(mask, 1)
        lattice = _lattice_hull(padded[1:, 1:] | padded[1:, :-1] | padded[:-1, 1:] | padded[:-1, :-1])
    taken = points = lattice + np.array(origin[::-1]) + 0.5 * centred
    if not plain:
        points = _in_image(silhouette, taken / factor)
        hull = _counter_clockwise_hull(points)
        lattice, taken, points = lattice[hull], taken[hull], points[hull]
    edges = following(lattice) - lattice
    lengths = np.linalg.norm(edges, axis=1)
    steps = np.gcd(edges[:, 0], edges[:, 1])
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / lengths[:, None]
    # The middle of [0, 1 / |p|], with p = edge / steps.
    beyond = 0.5 * centred * steps / lengths
    if plain:
        offsets = np.einsum("ij,ij->i", normals, points) + beyond
    else:
        outside = normals * beyond[:, None]
        middle = (taken + following(taken)) / 2
        moved = _in_image(silhouette, (middle + outside) / factor) - _in_image(silhouette, middle / factor)
        along = following(points) - points
        normals = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
        offsets = np.einsum("ij,ij->i", normals, points + moved)
    corners = _corners(normals, offsets, points)
    cut = _cut_by_border(taken, lengths, resolution, STUB * factor)
    cut |= edges_beside(silhouette, silhouette.occluders, normals, offsets, corners, STUB)
    unsure = edges_beside(silhouette, silhouette.unsure, normals, offsets, corners, STUB)
    return Outline(silhouette.camera, normals, offsets, corners, ~cut, ~unsure)


def _in_image(silhouette: Silhouette, pixels: np.ndarray) -> np.ndarray:
    """Take pixel coordinates of the image that was taken to the camera's, shape (n, 2)."""
    return pixels if silhouette.distorted is None else silhouette.distorted.lens.undistort(pixels)


def border_pixels(mask: np.ndarray) -> np.ndarray:
    """Return the covered pixels with an uncovered neighbour, (column, row), shape (n, 2)."""
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.argwhere(mask & ~inside)[:, ::-1]


def _counter_clockwise_hull(points: np.ndarray) -> np.ndarray:
    """Return the indices of the vertices of the convex hull of points (n, 2), in the order of `Outline`."""
    from scipy.spatial import ConvexHull

    return ConvexHull(points).vertices


def _lattice_hull(mask: np.ndarray) -> np.ndarray:
    """Return the strict convex hull of the covered pixels, (column, row), counter-clockwise in (u, v)."""
    rows = np.flatnonzero(mask.any(axis=1))
    covered = mask[rows]
    first = covered.argmax(axis=1)
    last = mask.shape[1] - 1 - covered[:, ::-1].argmax(axis=1)
    low, high = _chain(np.column_stack([first, rows]), sign=-1), _chain(np.column_stack([last, rows]), sign=1)
    ring = high + low[::-1]
    ring = [point for point, before in zip(ring, ring[-1:] + ring[:-1], strict=True) if point != before]
    return np.array(ring, dtype=np.int64).reshape(-1, 2)


def _chain(points: np.ndarray, sign: int) -> list[tuple[int, int]]:
    """Return the convex chain of (column, row) points, ordered by row, on the side of greater (sign 1) columns.

    By the monotone chain algorithm, after points that their neighbours alone show not to be corners have been left out.
    """
    for _ in range(PASSES):
        column, row = (points[1:] - points[:-1]).T
        turns = sign * (row[:-1] * column[1:] - column[:-1] * row[1:]) < 0
        points = points[np.concatenate([[True], turns, [True]])] if len(points) > 1 else points
    chain: list[tuple[int, int]] = []
    for column, row in points.tolist():
        while len(chain) > 1:
            (column_a, row_a), (column_b, row_b) = chain[-2], chain[-1]
            if sign * ((row_b - row_a) * (column - column_a) - (row - row_a) * (column_b - column_a)) < 0:
                break
            chain.pop()
        chain.append((column, row))
    return chain


def _corners(normals: np.ndarray, offsets: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Intersect neighbouring edges, limited to `CORNER_REACH` from the covered centre between them."""
    before, limits = np.roll(normals, 1, axis=0), np.roll(offsets, 1)
    cross = before[:, 0] * normals[:, 1] - before[:, 1] * normals[:, 0]
    meeting = np.stack(
        [limits * normals[:, 1] - offsets * before[:, 1], before[:, 0] * offsets - normals[:, 0] * limits], axis=1
    )
    reach = meeting / cross[:, None] - centres
    distance = np.linalg.norm(reach, axis=1, keepdims=True)
    return centres + reach * np.minimum(1.0, CORNER_REACH / np.maximum(distance, 1e-12))


def _cut_by_border(points: np.ndarray, lengths: np.ndarray, resolution: tuple[int, int], stub: float) -> np.ndarray:
    """Return True for edges along the image's border, and for edges that it cuts too short to have a direction."""
    size = np.array(resolution[::-1])
    # One column per border: left, top, right, bottom.
    at_border = np.concatenate([points < 1, points > size - 1], axis=1)
    at_next = following(at_border)
    is_stub = (at_border.any(axis=1) | at_next.any(axis=1)) & (lengths < stub)
    return (at_border & at_next).any(axis=1) | is_stub
