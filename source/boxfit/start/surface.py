"""Check of depth images against masks: the points that they give must lie inside the visual hull.

Points outside tell that the depth is wrong, or that a mask is: one that an occluder cuts short has an edge that cuts
off a part of the object. A wrong depth puts points beyond edges on all sides, a cut mask beyond few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from boxfit.errors import count_views
from boxfit.geometry.surface import SurfacePoints
from boxfit.start.half_spaces import HalfSpaces, ray_span

REACH = 2.0
"""Distance in [px] that points may lie outside the hull: the accuracy of the masks' outlines, with some margin."""

MOST_OUTSIDE = 0.02
"""Share of a view's points outside the hull from which its depth contradicts the masks."""

ODD_VIEWS = 0.25
"""Share of the views with depth that may contradict the masks before the depth of all views counts as wrong."""

FEW_CUT = 0.04
"""Share of the half-spaces that may be wrong: depth that is off by 2 % in one view lies beyond 0.1 of them or more."""

LEAST_VIEWS = 2
"""Number of views with points beyond a half-space that show it to be wrong: a single one may be wrong itself."""

NEARLY_ONE = 0.05
"""Difference from 1 below which a factor is none of a unit."""

AT_ONCE = 2**16
"""Most distances of points to half-spaces to compute at once: they fit the processor's cache."""

_MOST_RAYS = 200
"""Number of points of a view that an explanation is searched with."""

_UNITS = {
    0.001: "millimetres, and the cameras in metres",
    0.01: "centimetres, and the cameras in metres",
    0.1: "millimetres, and the cameras in centimetres",
    10.0: "centimetres, and the cameras in millimetres",
    100.0: "metres, and the cameras in centimetres",
    1000.0: "metres, and the cameras in millimetres",
}
"""Units of depth and cameras, by the factor between them."""


def cutting_half_spaces(surface: SurfacePoints, spaces: HalfSpaces) -> np.ndarray:
    """Find half-spaces that cut off a part of the object: the depth of several views shows it beyond them.

    Args:
        surface: Points from the views' depth images, in the frame of the half-spaces.
        spaces: Half-spaces that bound the object, if the masks are whole.

    Returns:
        True for each such half-space, shape (n,), dtype bool; all False if there are so many that the depth is wrong.
    """
    limits = spaces.limits + REACH * spaces.pixels
    outside = surface.chosen(~_are_inside(surface, spaces.normals, limits))
    cutting, views = np.zeros(len(limits), dtype=bool), np.zeros(len(limits), dtype=int)
    for view in np.unique(outside.views):
        points = outside.points[outside.views == view]
        beyond = (points @ spaces.normals.T > limits).any(axis=0)
        views += beyond
        if len(points) > MOST_OUTSIDE * len(surface.samples[view]):
            cutting |= beyond
    return cutting & (views >= LEAST_VIEWS) & (cutting.mean() <= FEW_CUT)


def check_depth(surface: SurfacePoints, spaces: HalfSpaces) -> tuple[SurfacePoints | None, tuple[str, ...]]:
    """Select the points that agree with the masks.

    Args:
        surface: Points from the views' depth images, in the frame of the half-spaces.
        spaces: Half-spaces that bound the visual hull.

    Returns:
        The points inside the hull of the views whose depth agrees with it, None without any; and warnings about the
        depth that is not used.
    """
    count = len(surface.names) + len(surface.faults)
    warnings = []
    if surface.faults:
        first, *others = surface.faults
        more = f" and {len(others)} more" if others else ""
        warnings.append(f"the depth of {len(surface.faults)} of {count} views was not used: {first}{more}")
    if not surface.names:
        if not surface.faults:
            warnings.append("the depth images show no surface inside the masks and were not used")
        return None, tuple(warnings)
    normals, limits = spaces.normals, spaces.limits + REACH * spaces.pixels
    inside = _are_inside(surface, normals, limits)
    totals = np.bincount(surface.views, minlength=len(surface.samples))
    wrong = ~inside
    wrong[wrong] = _are_beyond_in_sight(surface, surface.points[wrong], spaces)
    odd = np.bincount(surface.views, wrong, minlength=len(surface.samples)) > MOST_OUTSIDE * totals
    if odd.any():
        names = [surface.silhouettes[view].view for view in np.flatnonzero(odd)]
        what = "it puts the object outside its masks"
        if len(names) > ODD_VIEWS * len(surface.names):
            what += f"; {_explanation(surface, normals, limits)}"
            names, odd[:] = list(surface.names), True
        warnings.append(f"the depth of {count_views(names, count)} was not used: {what}")
    used = inside & ~odd[surface.views]
    return (surface.chosen(used) if used.any() else None), tuple(warnings)


def _explanation(surface: SurfacePoints, normals: np.ndarray, limits: np.ndarray) -> str:
    """Name the change of all depths that would put the points inside the hull."""
    step = max(1, max(map(len, surface.samples)) // _MOST_RAYS)
    some = replace(surface, samples=tuple(samples[::step] for samples in surface.samples))
    enough = (1 - MOST_OUTSIDE) * len(some.points)
    enter, leave = _factors(some, normals, limits)

    def fitting(factors: np.ndarray) -> np.ndarray:
        """Count the points that lie inside with each factor, shape (n,)."""
        return np.searchsorted(enter, factors, "right") - np.searchsorted(leave, factors, "left")

    for factor, unit in _UNITS.items():
        if fitting(np.array(factor)) >= enough:
            misstated = "or is the scene's unit stated wrongly (Replicator: metersPerSceneUnit)"
            return f"it fits with a factor of {factor:g}: is it in {unit}, {misstated}?"
    kinds: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "along the ray of each pixel instead of along the view": np.divide,
        "along the view instead of along the ray of each pixel": np.multiply,
    }
    for kind, convert in kinds.items():
        changed = [
            np.column_stack([samples[:, :2], convert(samples[:, 2], silhouette.camera.ray_lengths(*samples[:, :2].T))])
            for silhouette, samples in zip(some.silhouettes, some.samples, strict=True)
        ]
        if np.count_nonzero(_are_inside(replace(some, samples=tuple(changed)), normals, limits)) >= enough:
            return f"it fits as the distance {kind}"
    counts = fitting(enter)
    if counts.max(initial=0) >= enough:
        # The count stays the same up to the next end of a span: the middle is the best guess.
        least = enter[counts.argmax()]
        factor = (least + leave[np.searchsorted(leave, least)]) / 2
        if abs(factor - 1) >= NEARLY_ONE:
            return f"it fits with a factor of {factor:.3g}: check its unit"
        return "it nearly fits: check that nothing hides a part of the object, and that it belongs to these views"
    return "check that it belongs to these views, is measured along the view, and has the cameras' unit"


def _are_inside(surface: SurfacePoints, normals: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return True for points inside half-spaces, shape (n,)."""
    points, step = surface.points, max(1, AT_ONCE // len(limits))
    parts = np.split(points, range(step, len(points), step))
    return np.concatenate([(part @ normals.T <= limits).all(axis=1) for part in parts])


def _are_beyond_in_sight(surface: SurfacePoints, points: np.ndarray, spaces: HalfSpaces) -> np.ndarray:
    """Return True for points, shape (n, 3), beyond a half-space of a view whose image they are in.

    What the border of an image cuts off is beyond edges that are extended far, and are accurate by pixels no more.
    """
    beyond = np.zeros(len(points), dtype=bool)
    for view, silhouette in enumerate(surface.silhouettes):
        pixels, own = silhouette.camera.project(points), spaces.views == view
        in_sight = ((pixels >= 0) & (pixels <= silhouette.camera.resolution[::-1])).all(axis=1)
        limits = spaces.limits[own] + REACH * spaces.pixels[own]
        beyond[in_sight] |= (points[in_sight] @ spaces.normals[own].T > limits).any(axis=1)
    return beyond


def _factors(surface: SurfacePoints, normals: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors of its depth from which, and up to which, each point is inside half-spaces, both sorted."""

    def spans() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for silhouette, samples in zip(surface.silhouettes, surface.samples, strict=True):
            start = silhouette.camera.position
            directions = silhouette.camera.back_project(samples) - start
            yield ray_span(directions @ normals.T, limits - normals @ start)

    enter, leave = (np.concatenate(ends) for ends in zip(*spans(), strict=True))
    hit = enter <= leave
    return np.sort(enter[hit]), np.sort(leave[hit])
