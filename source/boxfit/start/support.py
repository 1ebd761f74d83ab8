"""Support of the object along any direction: at least, at most, and most likely.

The support along a direction a is the greatest a . x of all points x of the object: the place of a box's face.

- At least: the object has a point on each contact segment, so it reaches the nearer end of every segment.
- At most: it lies inside the visual hull.
- Likely: where a corner, an edge or a flat side ends the object, the segments of several views end there as well, and
  these views reach equally far. A smooth surface bulges beyond the nearer ends of the segments, and every view reaches
  as far as its own angle allows. So the views that reach farthest are compared: if they agree, the object ends there;
  if they differ, it ends between the bounds, in the middle if these are close, and nearer to the lower one if they are
  far from each other. Of few views, those are counted on whose outlines the farthest point lies: at a corner, most do.
  Where depth images show the object, it ends where they show it.
"""

from __future__ import annotations

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
ALONE = 0.4
"""Smoothness at which a point counts that lies on the outlines of two of few views only, even if the views agree."""
RESOLVED = 150.0
"""Radius of an object in [px] below which outlines of smooth surfaces seem to meet as well."""
MIDDLE = 0.5
"""Place of a smooth surface between close bounds."""
SAG = 0.3
"""Distance of a smooth surface beyond its least support by rounding and the choice of the smallest box, in [px]."""
NOISE_BIAS = 0.2
"""Outward bias of the farthest of many noisy segments, as a multiple of the border noise, measured on the bench."""
SMALLEST_SIDE = 0.25
"""Least side of a box, in [px]."""
TIP = 0.65
"""Length of a tip that is thinner than a pixel, so that no mask shows it, in [px]."""
SHOWN = 2.0 * BORDER
"""Distance in [px] by which depth images may show more of a side beside a mask's border than inside, if the side ends
there: inside begins `BORDER` px away in the image, up to twice as far along a side that is seen at up to 60 degrees."""
FAR = 0.15
"""Distance of the bounds at which a smooth surface bulges half as far, as a share of the object's radius."""

_POINTS = ("hull", "near", "far", "surface", "facing")


@dataclass(frozen=True, eq=False)
class Support:
    """Bounds and estimate of the object's support, in any frame.

    Supports are returned along the negative and the positive directions of a box's axes, shape (2, 3).

    Attributes:
        hull: Vertices of the convex visual hull, shape (3, v).
        near: Ends towards the camera of the contact segments, each of which holds a point of the object, shape (3, n).
        far: Their other ends, shape (3, n).
        begins: Index of the first segment of each view that has any, ascending, shape (k,).
        near_meets: Number of views on whose outline each near end lies, shape (n,); 0 for `MANY` views and more.
        far_meets: The same for the far ends, shape (n,).
        surface: Outermost points of the object from depth images, shape (3, m).
        facing: Outermost ones of those that are not beside the border of their mask, shape (3, f).
        radius: Radius of the object, about.
        pixel: Size of a pixel at the object.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
        margin: Uncertainty of every bound due to the masks' resolution.
    """

    hull: np.ndarray
    near: np.ndarray
    far: np.ndarray
    begins: np.ndarray
    near_meets: np.ndarray
    far_meets: np.ndarray
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
        linear, place = world_from_frame[:3, :3], world_from_frame[:3, 3:]
        scale = float(np.cbrt(np.linalg.det(linear)))
        points = {name: linear @ getattr(self, name) + place for name in _POINTS}
        lengths = {name: scale * getattr(self, name) for name in ("radius", "pixel", "margin")}
        return replace(self, **points, **lengths)

    @property
    def most_points(self) -> int:
        """Number of points of its greatest set of points."""
        return max(getattr(self, name).shape[1] for name in _POINTS)

    def in_single_precision(self) -> Support:
        """Return the same support with coarser points, for a search: float32 is exact to a 10,000th of a pixel."""
        return replace(self, **{name: getattr(self, name).astype(np.float32) for name in _POINTS})

    def thinned(self, axes: np.ndarray) -> Support:
        """Return the same support with only those points of depth images that are outermost along some of the axes."""
        return replace(self, surface=_outermost(self.surface, axes), facing=_outermost(self.facing, axes))

    def at_least(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at least along orthonormal axes (columns), shape (..., 3, 3)."""
        least = _nearer_ends(_along(axes, self.near), _along(axes, self.far)).max(axis=-1)
        return np.maximum(least, _support(self.surface, axes)) - self.margin

    def at_most(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at most; arguments as in `at_least`."""
        return _support(self.hull, axes) + self.margin + TIP * self.pixel

    def likely(self, axes: np.ndarray) -> np.ndarray:
        """Return the most likely support; arguments as in `at_least`."""
        return self.likely_and_most(axes)[0]

    def likely_and_most(self, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most likely support, and that of the visual hull; arguments as in `at_least`.

        If rounding of the pixels puts a segment outside the hull, the hull limits it: its planes average over whole
        edges, while a segment depends on a single corner.
        """
        near, far = _along(axes, self.near), _along(axes, self.far)
        heights = _nearer_ends(near, far)
        reaches, most = np.maximum.reduceat(heights, self.begins, axis=-1), _support(self.hull, axes)
        least = reaches.max(axis=-1)
        room = (most - least).clip(0)
        views = len(self.begins)
        compared = min(views_to_compare(views), views)
        differences = least - np.partition(reaches, views - compared, axis=-1)[..., views - compared]
        explained = (ROUNDING + FEW / views + self.noise) * self.pixel + SPACING * self.radius / views
        smooth = ((differences / explained - 1) / (SMOOTH - 1)).clip(0, 1)
        if views < MANY:
            meets = self._meets(heights, near, far)
            smooth[meets >= _meeting_at_corner(views) * max(1.0, np.sqrt(RESOLVED * self.pixel / self.radius))] = 0
            smooth = np.maximum(smooth, ALONE * (meets <= 2))
        bulge = MIDDLE * room / (1 + room / (FAR * self.radius))
        bias = (1 - smooth) * NOISE_BIAS * self.noise * self.pixel
        sag = smooth * SAG * (1 + self.noise) * self.pixel
        likely = least - bias + sag + smooth * bulge
        if self.surface.size:
            seen = _support(self.surface, axes)
            shown = _support(self.facing, axes) >= np.maximum(seen, least) - SHOWN * self.pixel
            likely = np.where(shown, seen, np.maximum(likely, seen))
        return np.minimum(likely, most + (ROUNDING + NOISE_BIAS * self.noise) * self.pixel), most

    def mean_volume(self, axes: np.ndarray) -> np.ndarray:
        """Return the geometric mean of the volumes of the likely box and of the box around the visual hull.

        The volume of the likely box depends on few segments, so the least of many is too small by chance. That of the
        box around the hull is noisy as well, but independently. Arguments as in `at_least`; shape (...).
        """
        likely, most = self.likely_and_most(axes)
        sides = self.widened(likely).sum(axis=-2) * most.sum(axis=-2)
        return np.sqrt(sides.prod(axis=-1))

    def widened(self, likely: np.ndarray) -> np.ndarray:
        """Return supports, shape (2, 3), of which opposite ones are at least `SMALLEST_SIDE` apart."""
        return likely + np.maximum(SMALLEST_SIDE * self.pixel - likely.sum(axis=-2, keepdims=True), 0.0) / 2

    def reaches(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that each view proves, shape (..., 2, 3, k); arguments as in `at_least`."""
        heights = _nearer_ends(_along(axes, self.near), _along(axes, self.far))
        return np.maximum.reduceat(heights, self.begins, axis=-1)

    def _meets(self, heights: np.ndarray, near: np.ndarray, far: np.ndarray) -> np.ndarray:
        """Return the number of views on whose outlines the farthest of the segments' nearer ends lie."""
        farthest = heights.argmax(axis=-1)
        at_near, at_far = (
            np.take_along_axis(along[..., None, :, :], farthest[..., None], axis=-1)[..., 0] for along in (near, far)
        )
        near_decides = (at_near > at_far) ^ np.array([[False], [True]])
        return np.where(near_decides, self.near_meets[farthest], self.far_meets[farthest])


def _along(axes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the places of points, shape (3, n), along axes, shape (..., 3, n)."""
    return (np.swapaxes(axes, -1, -2).reshape(-1, 3) @ points).reshape(*axes.shape[:-2], 3, -1)


def _nearer_ends(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return the supports of the ends of segments that reach less far, shape (..., 2, 3, n)."""
    heights = np.empty((*near.shape[:-2], 2, *near.shape[-2:]), dtype=near.dtype)
    np.negative(np.maximum(near, far, out=heights[..., 0, :, :]), out=heights[..., 0, :, :])
    np.minimum(near, far, out=heights[..., 1, :, :])
    return heights


def _support(points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the support of points, shape (3, n), along both directions of axes, shape (..., 2, 3)."""
    along = _along(axes, points)
    return np.stack([-along.min(axis=-1, initial=np.inf), along.max(axis=-1, initial=-np.inf)], axis=-2)


def _outermost(points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the points, shape (3, n), that are outermost along axes, shape (m, 3, 3), in either direction."""
    if not points.size:
        return points
    kept = np.zeros(points.shape[1], dtype=bool)
    for each in axes.astype(points.dtype):
        along = each.T @ points
        kept[along.argmin(axis=1)] = kept[along.argmax(axis=1)] = True
    return points[:, kept]


def views_to_compare(views: int) -> int:
    """Return the number of views to compare: three reach equally far by chance, where the cones of three intersect."""
    return 2 if views < 4 else 3 if views < 8 else max(4, views // 6)


def _meeting_at_corner(views: int) -> int:
    """Return the number of views whose outlines meet at a corner or an edge: at a smooth surface, few views do."""
    return 3 if views < 6 else 4
