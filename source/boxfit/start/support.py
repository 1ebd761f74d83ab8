"""Support of the object along any direction: at least, at most, and most likely.

The support along a direction a is the greatest a . x of all points x of the object: the place of a box's face.

- At least: the object has a point on each contact segment, so it reaches the nearer end of every segment.
- At most: it lies inside the visual hull.
- Likely: where a corner, an edge or a flat side ends the object, the segments of several views end there as well, and
  these views reach equally far. A smooth surface bulges beyond the nearer ends of the segments, and every view reaches
  as far as its own angle allows. So the views that reach farthest are compared: if they agree, the object ends there;
  if they differ, it ends between the bounds, in the middle if these are close, and nearer to the lower one if they are
  far from each other. Few views, and views from one side, may agree by chance: there the outlines tell more. At a
  corner, those of several views pass through the farthest point, and its own turns sharply there.
  Where depth images show the object, it ends where they show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.surface import BORDER

ROUNDING = 0.2
"""Difference between many views that reach a corner, by the rounding of masks to pixels, in [px]."""
FEW = 2.0
"""Additional difference of few views, times their number, in [px]."""
SPACING = 0.02
"""Additional difference of few views, times their number, as a share of the object's radius."""
SMOOTH = 3.0
"""Multiple of these differences at which the surface is smooth for certain."""
MANY = 12
"""Number of views from which their differences tell corners from smooth surfaces well enough."""
RESOLVED = 150.0
"""Radius of an object in [px] below which outlines of smooth surfaces seem to meet as well."""
MIDDLE = 0.5
"""Place of a smooth surface between close bounds."""
SAG = 0.3
"""Distance of a smooth surface beyond its least support by rounding and the choice of the smallest box, in [px]."""
NOISE = 0.8
"""Difference by border noise between many views that reach a corner, as a multiple of the noise."""
NOISE_BIAS = 0.3
"""Outward bias of the farthest of many noisy segments, as a multiple of the border noise, measured on the bench."""
SMALLEST_SIDE = 0.25
"""Least side of a box, in [px]."""
TIP = 0.65
"""Length of a tip that is thinner than a pixel, so that no mask shows it, in [px]."""
SHOWN = 2.0 * BORDER
"""Distance in [px] by which depth images may show more of a side beside a mask's border than inside, if the side ends
there: inside begins `BORDER` px away in the image, up to twice as far along a side that is seen at up to 60 degrees."""
FAR, FAR_OF_FEW = 0.15, 4.5
"""Distance of the bounds at which a smooth surface bulges half as far, as a share of the object's radius; and the same
for few views, whose bounds are far apart everywhere, times the square of their number."""
WIDE = (0.1, 0.2)
"""Distances of the bounds from which, and from which for certain, the views that agree may do so because they look from
nearly the same side, as shares of the object's radius."""
ROUND = 0.5
"""Smoothness there at a round outline, if they agree all the same."""

BLOCK = 8
"""Number of rows whose extremes are found at once: NumPy takes as long to begin a row as for a hundred numbers."""

_POINTS = ("hull", "near", "far", "surface", "facing")


@dataclass(frozen=True, eq=False)
class Support:
    """Bounds and estimate of the object's support, in any frame.

    Supports are returned along the negative and the positive directions of a box's axes, shape (2, 3).

    Attributes:
        hull: Vertices of the convex visual hull, shape (v, 3).
        near: Ends towards the camera of the contact segments, each of which holds a point of the object, by place in
            their view and by view, shape (w, k, 3); see `by_view`.
        far: Their other ends, shape (w, k, 3).
        near_meets: Number of views on whose outlines each near end lies, shape (w, k); 0 for `MANY` views and more.
        far_meets: The same for the far ends, shape (w, k).
        roundness: Roundness of its view's outline at each segment, shape (w, k); see `Outline.roundness`.
        surface: Outermost points of the object from depth images, shape (m, 3).
        facing: Outermost ones of those that are not beside the border of their mask, shape (f, 3).
        radius: Radius of the object, about.
        pixel: Size of a pixel at the object.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
        margin: Uncertainty of every bound due to the masks' resolution.
    """

    hull: np.ndarray
    near: np.ndarray
    far: np.ndarray
    near_meets: np.ndarray
    far_meets: np.ndarray
    roundness: np.ndarray
    surface: np.ndarray
    facing: np.ndarray
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

    def in_single_precision(self) -> Support:
        """Return the same support with coarser points, for a search: float32 is exact to a 10,000th of a pixel."""
        return replace(self, **{name: getattr(self, name).astype(np.float32) for name in _POINTS})

    def thinned(self, axes: np.ndarray) -> Support:
        """Return the same support with only those points of depth images that are outermost along some of the axes."""
        return replace(self, surface=_outermost(self.surface, axes), facing=_outermost(self.facing, axes))

    def at_least(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at least along orthonormal axes (columns), shape (..., 3, 3)."""
        directions = _directions(axes)
        least = _reaches(*self._ends(directions)).max(axis=1)
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
        near, far = self._ends(directions)
        reaches, most = _reaches(near, far), _support(self.hull, directions)
        least = reaches.max(axis=1)
        room = np.maximum(most - least, 0)
        smooth = self._smoothness(near, far, reaches, room)
        bias, sag = NOISE_BIAS * self.noise * self.pixel, SAG * (1 + self.noise) * self.pixel
        half = max(FAR, FAR_OF_FEW / reaches.shape[1] ** 2) * self.radius
        bulge = MIDDLE * room / (1 + room / half)
        likely = least - bias + smooth * (bulge + bias + sag)
        if self.surface.size:
            seen = _support(self.surface, directions)
            shown = _support(self.facing, directions) >= np.maximum(seen, least) - SHOWN * self.pixel
            likely = np.where(shown, seen, np.maximum(likely, seen))
        return np.minimum(likely, most + (ROUNDING + NOISE_BIAS * self.noise) * self.pixel), most

    def _smoothness(self, near: np.ndarray, far: np.ndarray, reaches: np.ndarray, room: np.ndarray) -> np.ndarray:
        """Return from 0 to 1 how surely the surface is smooth where it ends along n directions, shape (2, n).

        Args:
            near: From `_ends`.
            far: Likewise.
            reaches: From `_reaches`.
            room: Distance of the bounds, shape (2, n).
        """
        views = reaches.shape[1]
        compared = min(views_to_compare(views, self.noise), views)
        differences = reaches.max(axis=1) - np.partition(reaches, views - compared, axis=1)[:, views - compared]
        explained = (ROUNDING + FEW / views + NOISE * self.noise) * self.pixel + SPACING * self.radius / views
        smooth = np.minimum(np.maximum((differences / explained - 1) / (SMOOTH - 1), 0), 1)
        few = views < MANY
        unsure = np.full(room.shape, True) if few else room > WIDE[0] * self.radius
        if unsure.any():
            meeting, roundness = self._deciding(near, far, reaches, *np.nonzero(unsure))
            far_apart = np.clip((room[unsure] / self.radius - WIDE[0]) / (WIDE[1] - WIDE[0]), 0, 1)
            least = ROUND * roundness * far_apart
            if few:
                coarse = max(1.0, math.sqrt(RESOLVED * self.pixel / self.radius))
                smooth[unsure] *= meeting < coarse * _meeting_at_corner(views)
                least = np.where(meeting <= 2, roundness, least)
            smooth[unsure] = np.maximum(smooth[unsure], least)
        return smooth

    def _ends(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of the segments' near and far ends along directions (3, n), shape (w, k, n)."""
        near, far = (points.reshape(-1, 3) @ directions for points in (self.near, self.far))
        shape = (*self.near.shape[:2], -1)
        return near.reshape(shape), far.reshape(shape)

    def _deciding(
        self, near: np.ndarray, far: np.ndarray, reaches: np.ndarray, sides: np.ndarray, directions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Describe the farthest of the segments' nearer ends, along some sides of n directions.

        Args:
            near: From `_ends`.
            far: Likewise.
            reaches: From `_reaches`.
            sides: 0 for the negative side, 1 for the positive one, shape (m,).
            directions: Indices of the directions, shape (m,).

        Returns:
            Number of views on whose outlines it lies, and roundness of its own view's outline there, shape (m,) each.
        """
        views, signs = reaches[sides, :, directions].argmax(axis=1), np.where(sides, 1, -1).astype(near.dtype)
        near, far = (signs * ends[:, views, directions] for ends in (near, far))
        places, each = np.minimum(near, far).argmax(axis=0), np.arange(len(sides))
        is_near = near[places, each] < far[places, each]
        meets = np.where(is_near, self.near_meets[places, views], self.far_meets[places, views])
        return meets, self.roundness[places, views]


def by_view(values: Sequence[np.ndarray]) -> np.ndarray:
    """Arrange values of contact segments by place in their view and by view.

    The extremes of many short rows are found many times faster than those of ranges of a long row.

    Args:
        values: One array for each of k views, shape (n, ...) each, n > 0.

    Returns:
        Shape (w, k, ...), for the greatest n, w; views with fewer values repeat their last one.
    """
    places = np.arange(max(map(len, values)))
    return np.stack([each[np.minimum(places, len(each) - 1)] for each in values], axis=1)


def _directions(axes: np.ndarray) -> np.ndarray:
    """Return the axes of boxes, shape (..., 3, 3), as columns, shape (3, n)."""
    return axes.reshape(-1, 3, 3).transpose(1, 0, 2).reshape(3, -1)


def _of_boxes(supports: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Arrange supports along the directions of axes, shape (2, n), by box, shape (..., 2, 3)."""
    return supports.reshape(2, -1, 3).swapaxes(0, 1).reshape(*axes.shape[:-2], 2, 3)


def _reaches(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return the support that each view proves, by its segments' nearer ends, shape (w, k, n) -> (2, k, n)."""
    return np.stack([-np.maximum(near, far).min(axis=0), np.minimum(near, far).max(axis=0)])


def _support(points: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the support of points, shape (m, 3), along both senses of directions (3, n), shape (2, n)."""
    low = high = points @ directions
    if blocks := len(low) // BLOCK:
        wide, rest = low[: blocks * BLOCK].reshape(blocks, -1), low[blocks * BLOCK :]
        low, high = (np.concatenate([ends.reshape(BLOCK, -1), rest]) for ends in (wide.min(axis=0), wide.max(axis=0)))
    return np.stack([-low.min(axis=0, initial=np.inf), high.max(axis=0, initial=-np.inf)])


def _outermost(points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the points, shape (n, 3), that are outermost along axes, shape (m, 3, 3), in either direction."""
    if not points.size:
        return points
    kept = np.zeros(len(points), dtype=bool)
    for each in axes.astype(points.dtype):
        along = points @ each
        kept[along.argmin(axis=0)] = kept[along.argmax(axis=0)] = True
    return points[kept]


def views_to_compare(views: int, noise: float = 0.0) -> int:
    """Return the number of views to compare: three reach equally far by chance, where the cones of three intersect.

    Noise, in [px], spreads the views that reach a corner as well: more of them tell it from a smooth surface.
    """
    return 2 if views < 4 else 3 if views < 8 else max(4, int(views * (2 + min(noise, 1.0))) // 12)


def _meeting_at_corner(views: int) -> int:
    """Return the number of views whose outlines meet at a corner or an edge: at a smooth surface, few views do."""
    return 3 if views < 6 else 4
