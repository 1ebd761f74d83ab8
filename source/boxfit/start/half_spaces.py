"""Half-spaces bounded by the outlines of all views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.start.outline import Outline


@dataclass(frozen=True, eq=False)
class HalfSpaces:
    """Half-spaces normals . x <= limits that hold the object, one per edge of an outline.

    Attributes:
        normals: Unit normals, shape (n, 3).
        limits: Shape (n,).
        views: Index of each half-space's outline, shape (n,).
        pixels: Size of a pixel at the origin in that outline's view, shape (n,).
        sure: False for those of edges that another object may have made, shape (n,), dtype bool.
    """

    normals: np.ndarray
    limits: np.ndarray
    views: np.ndarray
    pixels: np.ndarray
    sure: np.ndarray

    __repr__ = brief_repr

    def chosen(self, which: np.ndarray) -> HalfSpaces:
        """Return the half-spaces selected by indices or a boolean mask."""
        return HalfSpaces(
            self.normals[which], self.limits[which], self.views[which], self.pixels[which], self.sure[which]
        )

    def with_plane(self, normal: np.ndarray, limit: float, pixel: float) -> HalfSpaces:
        """Return the half-spaces with another one, which counts as that of a further view.

        Args:
            normal: Unit normal, shape (3,).
            limit: Place of the plane along it.
            pixel: Size of that view's pixels at the origin.
        """
        return HalfSpaces(
            np.vstack([self.normals, normal]),
            np.append(self.limits, limit),
            np.append(self.views, self.views.max(initial=-1) + 1),
            np.append(self.pixels, pixel),
            np.append(self.sure, True),
        )


def half_spaces(outlines: Sequence[Outline]) -> HalfSpaces:
    """Gather the half-spaces of outlines.

    Args:
        outlines: Views of an object around the origin.
    """
    spaces = [outline.half_spaces() for outline in outlines]
    counts = [len(limits) for _, limits in spaces]
    return HalfSpaces(
        np.concatenate([normals for normals, _ in spaces]),
        np.concatenate([limits for _, limits in spaces]),
        np.repeat(np.arange(len(outlines)), counts),
        np.repeat([outline.pixel for outline in outlines], counts),
        np.concatenate([outline.sure[outline.bounding] for outline in outlines]),
    )


def crossings(towards: np.ndarray, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the depths at which rays enter and leave half-spaces; arguments as in `ray_span`.

    Returns:
        Depth of entry, -inf where a ray leaves the half-space, and of exit, inf where it enters, shape (rays, n) each.
        A ray within the border of a half-space counts as outside.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = slack / towards
    # Without branches, on which processors guess wrong: several times as fast as `np.where`.
    side = np.copysign(np.inf, towards)
    np.negative(side, out=side)
    return np.fmin(depth, side), np.fmax(depth, side, out=depth)


def ray_span(towards: np.ndarray, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the depths between which rays lie inside half-spaces.

    Args:
        towards: Ray direction . half-space normal, shape (rays, n).
        slack: Distance of the rays' start inside each half-space, shape (n,), or of each ray's own, shape (rays, n).

    Returns:
        Depths of entry and exit, shape (rays,) each; a ray misses where it leaves before it enters.
    """
    enters, leaves = crossings(towards, slack)
    return enters.max(axis=1, initial=0.0), leaves.min(axis=1, initial=np.inf)
