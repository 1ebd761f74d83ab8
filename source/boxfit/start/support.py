"""Support of the object along any direction: at least, at most, and most likely.

The support along a direction a is the greatest a . x of all points x of the object: the place of a box's face.

- At least: the object has a point on each contact segment, so it reaches the nearer end of every segment.
- At most: it lies inside the visual hull.
- Likely: where a corner, an edge or a flat side ends the object, many rays meet there, and many segments reach as far
  as the farthest one. A smooth surface bulges beyond the nearer ends of the segments, each by its own angle, so that
  few reach as far; and the outlines are round there, which turn sharply at a corner. The fewer segments and the
  rounder the outlines, the farther beyond them the object ends. Where depth images show the object, it ends where
  they show it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.surface import BORDER

ROUNDING = 0.2
"""Distance by which rounding of masks to pixels may put a segment outside the hull, in [px]."""
AS_FAR = (0.015, 0.75, 4.0)
"""Distance from the farthest segment at which others no longer count as reaching as far, from one on down to zero: as a
share of the object's radius, in [px], and the latter again for each px of border noise, as a multiple."""
PROOF = 0.045
"""Share of all segments that reach as far, by which the doubt that the object ends there falls to 1 / e."""
BULGE = (0.3, 0.85)
"""Place of a surface that few segments reach between close bounds, where the outlines turn sharply, and where they are
round."""
FAR, FAR_OF_FEW = 0.06, 14.0
"""Distance of the bounds at which such a surface bulges half as far, as a share of the object's radius; and the same
for few views, whose bounds are far apart everywhere, times the square of their number."""
SAG = 0.1
"""Distance of such a surface beyond that by rounding and the choice of the smallest box, in [px]."""
NOISE_BIAS = 0.3
"""Outward bias of the farthest of many noisy segments, as a multiple of the border noise, measured on the bench."""
SMALLEST_SIDE = 0.25
"""Least side of a box, in [px]."""
TIP = 0.65
"""Length of a tip that is thinner than a pixel, so that no mask shows it, in [px]."""
SHOWN = 2.0 * BORDER
"""Distance in [px] by which depth images may show more of a side beside a mask's border than inside, if the side ends
there: inside begins `BORDER` px away in the image, up to twice as far along a side that is seen at up to 60 degrees."""
BLOCK = 8
"""Number of rows whose extremes are found at once: NumPy takes as long to begin a row as for a hundred numbers."""

_POINTS = ("hull", "near", "far", "surface", "facing", "resting")


@dataclass(frozen=True, eq=False)
class Support:
    """Bounds and estimate of the object's support, in any frame.

    Supports are returned along the negative and the positive directions of a box's axes, shape (2, 3).

    Attributes:
        hull: Vertices of the convex visual hull, shape (v, 3).
        near: Ends towards the camera of the contact segments, each of which holds a point of the object, shape (m, 3).
        far: Their other ends, shape (m, 3).
        roundness: Roundness of its view's outline at each segment, shape (m,); see `Outline.roundness`.
        views: Number of views that the segments are from.
        surface: Outermost points of the object from depth images, shape (s, 3).
        facing: Outermost ones of those that are not beside the border of their mask, shape (f, 3).
        resting: Point on a known floor on which the object most likely stands, shape (1, 3), or (0, 3).
        radius: Radius of the object, about.
        pixel: Size of a pixel at the object.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
        margin: Uncertainty of every bound due to the masks' resolution.
    """

    hull: np.ndarray
    near: np.ndarray
    far: np.ndarray
    roundness: np.ndarray
    views: int
    surface: np.ndarray
    facing: np.ndarray
    resting: np.ndarray
    radius: float
    pixel: float
    noise: float
    margin: float

    __repr__ = brief_repr

    def placed(self, world_from_frame: np.ndarray) -> Support:
        """Return the same support in the frame's world.

        Args:
            world_from_frame: Similarity, shape (4, 4).
        """
        linear, place = world_from_frame[:3, :3], world_from_frame[:3, 3]
        scale = float(np.cbrt(np.linalg.det(linear)))
        points = {name: getattr(self, name) @ linear.T + place for name in _POINTS}
        lengths = {name: scale * getattr(self, name) for name in ("radius", "pixel", "margin")}
        return replace(self, **points, **lengths)

    @property
    def most_points(self) -> int:
        """Number of points of its greatest set of points."""
        return max(getattr(self, name).size // 3 for name in _POINTS)

    @property
    def as_far(self) -> float:
        """Distance from the farthest segment at which others no longer count as reaching as far."""
        share, pixels, of_noise = AS_FAR
        return share * self.radius + pixels * (1 + of_noise * self.noise) * self.pixel

    def in_single_precision(self) -> Support:
        """Return the same support with coarser points, for a search: float32 is exact to a 10,000th of a pixel."""
        return replace(self, **{name: getattr(self, name).astype(np.float32) for name in _POINTS})

    def thinned(self, axes: np.ndarray) -> Support:
        """Return the same support with only those points of depth images that are outermost along some of the axes."""
        return replace(self, surface=_outermost(self.surface, axes), facing=_outermost(self.facing, axes))

    def at_least(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at least along orthonormal axes (columns), shape (..., 3, 3)."""
        directions = _directions(axes)
        least = _extremes(*self._ends(directions))
        return _of_boxes(np.maximum(least, _support(self.surface, directions)) - self.margin, axes)

    def at_most(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at most; arguments as in `at_least`."""
        return _of_boxes(_support(self.hull, _directions(axes)) + self.margin + TIP * self.pixel, axes)

    def likely(self, axes: np.ndarray) -> np.ndarray:
        """Return the most likely support; arguments as in `at_least`."""
        return self.likely_and_most(axes)[0]

    def likely_and_most(self, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most likely support, and that of the visual hull; arguments as in `at_least`."""
        likely, most = self._likely_and_most(_directions(axes))
        return _of_boxes(likely, axes), _of_boxes(most, axes)

    def mean_volume(self, axes: np.ndarray) -> np.ndarray:
        """Return the geometric mean of the volumes of the likely box and of the box around the visual hull.

        The volume of the likely box depends on few segments, so the least of many is too small by chance. That of the
        box around the hull is noisy as well, but independently. Arguments as in `at_least`; shape (...).
        """
        likely, most = self._likely_and_most(_directions(axes))
        sides = np.maximum(likely.sum(axis=0), SMALLEST_SIDE * self.pixel) * most.sum(axis=0)
        return np.sqrt(sides.reshape(axes.shape[:-1]).prod(axis=-1))

    def widened(self, likely: np.ndarray) -> np.ndarray:
        """Return supports, shape (2, 3), of which opposite ones are at least `SMALLEST_SIDE` apart."""
        return likely + np.maximum(SMALLEST_SIDE * self.pixel - likely.sum(axis=-2, keepdims=True), 0.0) / 2

    def _likely_and_most(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most likely support, and that of the visual hull, along directions (3, n), shape (2, n).

        If rounding of the pixels puts a segment outside the hull, the hull limits it: its planes average over whole
        edges, while a segment depends on a single corner.
        """
        ends = self._ends(directions)
        least, most = _extremes(*ends), _support(self.hull, directions)
        room = np.maximum(most - least, 0)
        doubt, bulge = self._evidence(*ends, least)
        bias, sag = NOISE_BIAS * self.noise * self.pixel, SAG * (1 + self.noise) * self.pixel
        half = max(FAR, FAR_OF_FEW / self.views**2) * self.radius
        likely = least - bias * (1 - doubt) + doubt * (bulge * room / (1 + room / half) + sag)
        if self.resting.size:
            likely = np.maximum(likely, _support(self.resting, directions))
        if self.surface.size:
            seen = _support(self.surface, directions)
            shown = _support(self.facing, directions) >= np.maximum(seen, least) - SHOWN * self.pixel
            likely = np.where(shown, seen, np.maximum(likely, seen))
        return np.minimum(likely, most + (ROUNDING + NOISE_BIAS * self.noise) * self.pixel), most

    def _evidence(self, lower: np.ndarray, upper: np.ndarray, least: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the doubt that the object ends where its segments prove it, and where else it does, shape (2, n) each.

        The doubt is between 0 and 1, and the place from 0 at the lower bound to 1 at the upper one.

        Args:
            lower: From `_ends`; overwritten, as new arrays of this size take longer than the rest.
            upper: Likewise.
            least: Least support along the directions, shape (2, n).
        """
        np.subtract(self.as_far - least[0], upper, out=upper)
        np.subtract(lower, least[1] - self.as_far, out=lower)
        weights = np.stack([np.ones_like(self.roundness), self.roundness]).astype(lower.dtype)
        weights /= self.as_far * len(self.roundness)
        share, rounded = np.stack([weights @ np.maximum(each, 0, out=each) for each in (upper, lower)], axis=1)
        return np.exp(-share / PROOF), BULGE[0] + (BULGE[1] - BULGE[0]) * rounded / share

    def _ends(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of the segments' lower and upper ends along directions (3, n), shape (m, n)."""
        near, far = self.near @ directions, self.far @ directions
        lower = np.minimum(near, far)
        return lower, np.maximum(near, far, out=far)


def _directions(axes: np.ndarray) -> np.ndarray:
    """Return the axes of boxes, shape (..., 3, 3), as columns, shape (3, n)."""
    return axes.reshape(-1, 3, 3).transpose(1, 0, 2).reshape(3, -1)


def _of_boxes(supports: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Arrange supports along the directions of axes, shape (2, n), by box, shape (..., 2, 3)."""
    return supports.reshape(2, -1, 3).swapaxes(0, 1).reshape(*axes.shape[:-2], 2, 3)


def _extremes(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return the least support of segments by their ends, from `Support._ends`, shape (2, n)."""
    return np.stack([-_over_rows(np.minimum, upper), _over_rows(np.maximum, lower)])


def _support(points: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the support of points, shape (m, 3), along both senses of directions (3, n), shape (2, n)."""
    along = points @ directions
    return np.stack([-_over_rows(np.minimum, along), _over_rows(np.maximum, along)])


def _over_rows(extreme: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Return the least or the greatest value of each column, shape (m, n) -> (n,)."""
    if blocks := len(values) // BLOCK:
        wide, rest = values[: blocks * BLOCK].reshape(blocks, -1), values[blocks * BLOCK :]
        values = np.concatenate([extreme.reduce(wide, axis=0).reshape(BLOCK, -1), rest])
    return extreme.reduce(values, axis=0, initial=np.inf if extreme is np.minimum else -np.inf)


def _outermost(points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the points, shape (n, 3), that are outermost along axes, shape (m, 3, 3), in either direction."""
    if not points.size:
        return points
    kept = np.zeros(len(points), dtype=bool)
    for each in axes.astype(points.dtype):
        along = points @ each
        kept[along.argmin(axis=0)] = kept[along.argmax(axis=0)] = True
    return points[kept]
