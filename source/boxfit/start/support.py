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

import math
from dataclasses import dataclass, replace

import numpy as np

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
SHOWN = 0.5
"""Distance in [px] by which the farthest point of depth images may lie beside a mask's border and still show a side."""
FAR = 0.15
"""Distance of the bounds at which a smooth surface bulges half as far, as a share of the object's radius."""


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

    def placed(self, world_from_frame: np.ndarray) -> Support:
        """Return the same support in the frame's world.

        Args:
            world_from_frame: Similarity, shape (4, 4).
        """
        linear, place = world_from_frame[:3, :3], world_from_frame[:3, 3:]
        scale = float(np.cbrt(np.linalg.det(linear)))
        points = {name: linear @ getattr(self, name) + place for name in ("hull", "near", "far", "surface", "facing")}
        lengths = {name: scale * getattr(self, name) for name in ("radius", "pixel", "margin")}
        return replace(self, **points, **lengths)

    def at_least(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that the object has at least along orthonormal axes (columns), shape (3, 3)."""
        seen = _support(self.surface, axes)
        return np.maximum(self._heights(axes)[0].max(axis=1).reshape(2, 3), seen) - self.margin

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
        heights, near_decides = self._heights(axes)
        reaches, most = self._by_view(heights), _support(self.hull, axes)
        least = reaches.max(axis=2)
        room = (most - least).clip(0)
        views = len(self.begins)
        compared = min(views_to_compare(views), views)
        differences = least - np.partition(reaches, views - compared, axis=2)[..., views - compared]
        explained = (ROUNDING + FEW / views + self.noise) * self.pixel + SPACING * self.radius / views
        smooth = ((differences / explained - 1) / (SMOOTH - 1)).clip(0, 1)
        if views < MANY:
            meets = self._meets(heights, near_decides)
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

    def mean_volume(self, axes: np.ndarray) -> float:
        """Return the geometric mean of the volumes of the likely box and of the box around the visual hull.

        The volume of the likely box depends on few segments, so the least of many is too small by chance. That of the
        box around the hull is noisy as well, but independently.
        """
        likely, most = self.likely_and_most(axes)
        sides = np.concatenate([self.widened(likely), most]).reshape(2, 2, 3).sum(axis=1)
        return math.sqrt(math.prod(sides.ravel().tolist()))

    def widened(self, likely: np.ndarray) -> np.ndarray:
        """Return supports, shape (2, 3), of which opposite ones are at least `SMALLEST_SIDE` apart."""
        return likely + np.maximum(SMALLEST_SIDE * self.pixel - likely.sum(axis=0), 0.0) / 2

    def reaches(self, axes: np.ndarray) -> np.ndarray:
        """Return the support that each view proves, shape (2, 3, k); arguments as in `at_least`."""
        return self._by_view(self._heights(axes)[0])

    def _by_view(self, heights: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(heights, self.begins, axis=1).reshape(2, 3, -1)

    def _meets(self, heights: np.ndarray, near_decides: np.ndarray) -> np.ndarray:
        """Return the number of views on whose outlines the farthest of the segments' nearer ends lie, shape (2, 3)."""
        farthest = heights.argmax(axis=1)
        meets = np.where(near_decides[range(6), farthest], self.near_meets[farthest], self.far_meets[farthest])
        return meets.reshape(2, 3)

    def _heights(self, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the supports of each segment's nearer end, shape (6, n), and True where that is the near end."""
        near, far = axes.T @ self.near, axes.T @ self.far
        return np.concatenate([-np.maximum(near, far), np.minimum(near, far)]), np.concatenate([near > far, near < far])


def _support(points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the support of points, shape (3, n), along both directions of axes, shape (2, 3)."""
    along = axes.T @ points
    return np.stack([-along.min(axis=1, initial=np.inf), along.max(axis=1, initial=-np.inf)])


def views_to_compare(views: int) -> int:
    """Return the number of views to compare: three reach equally far by chance, where the cones of three intersect."""
    return 2 if views < 4 else 3 if views < 8 else max(4, views // 6)


def _meeting_at_corner(views: int) -> int:
    """Return the number of views whose outlines meet at a corner or an edge: at a smooth surface, few views do."""
    return 3 if views < 6 else 4
