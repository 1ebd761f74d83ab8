"""Selection of consistent half-spaces where masks contradict each other.

A mask that an occluder cuts short has an outline that the object does not touch, and its half-spaces would cut off a
part of the intersection that belongs to the object. A ray through a covered pixel meets the object, so it must meet the
intersection as well. A ray misses because of two half-spaces, the last that it enters and the first that it leaves, and
at least one of the two is wrong: both get a vote, and wrong half-spaces collect the most.

A mask or camera that is wrong as a whole spoils edges of all other views. It is found by taking views away until the
others agree, and left out.

Comparing all views with each other takes more than linear time, so the first views are compared with each other, and
further views with these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.start.half_spaces import HalfSpaces, crossings
from boxfit.start.outline import Outline

MOST_VIEWS = 100
"""Number of views, the first ones, to compare with each other."""
RAYS = 600
"""Number of rays to try in these views together; further views have as many each."""
INWARDS = 0.03
"""Shift of rays from the outline's corners towards its middle, as a share: rays at the very edge miss by rounding."""
SLACK = 0.75
"""Tolerance of a ray in [px], so that rounding does not make small objects contradict themselves."""
MISSES = 0.002
"""Share of rays that may miss: below it, the masks agree."""
LEAST_VOTES = 2
"""A single ray is no evidence against one half-space rather than another."""
CONTRADICTION = 0.2
"""Occluders spoil some edges of some masks. If more than this share had to be dropped, whole views are wrong."""
ODD = 0.5
"""Share of a further view's rays that miss what the first views agree on, beyond which the whole view is wrong."""
LENIENT = 3.0
"""Tolerance of a ray in [px] beyond `SLACK` to tell wrong views: all borders may be noisy, all cameras a little off."""
ENOUGH_VIEWS, MOST_APART = 8, 1 / 3
"""Least number of views to tell wrong ones from hidden ones, and the greatest share of both."""
SPOILS = 2
"""Number of views whose edges a wrong view spoils at least, its own included; a hidden one spoils but its own."""
OWN = 0.03
"""Share of a view's own rays that miss what the views agree on without it, if it is wrong and not just hidden."""
BESIDE = 2
"""Number of edges on either side of wrong ones that are dropped as well: short ones around the end of an occluder."""
CHUNK = 2**16
"""Most crossings of rays with half-spaces to compute at once: they fit the processor's cache."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Half-spaces that agree with the rays.

    Attributes:
        keep: True for each half-space to keep, shape (n,), dtype bool.
        dropped: Number of contradicting half-spaces of each outline, shape (outlines,).
        misses: Share of rays that still miss the intersection.
        odd_views: Indices of outlines to leave out: if too many half-spaces of the first views had to be dropped, the
            view without which the others agree best; else the further views that contradict the first as a whole.
    """

    keep: np.ndarray
    dropped: np.ndarray
    misses: float
    odd_views: tuple[int, ...]

    __repr__ = brief_repr

    def without(self, wrong: np.ndarray, views: np.ndarray) -> Agreement:
        """Return the agreement after further half-spaces, and their neighbours, have been dropped.

        Args:
            wrong: Indices of the half-spaces to drop.
            views: Index of each half-space's outline, shape (n,).
        """
        dropped = self.dropped + np.bincount(views[wrong], minlength=len(self.dropped))
        return replace(self, keep=self.keep & ~_beside(np.isin(np.arange(len(views)), wrong), views), dropped=dropped)


class _Rays(NamedTuple):
    """Rays through masks: starts, directions, shape (rays, 3) each, and indices of their outlines, shape (rays,)."""

    starts: np.ndarray
    directions: np.ndarray
    owners: np.ndarray


class _Spans(NamedTuple):
    """Half-spaces that limit each ray: the last that it enters, the first that it leaves, with depths, shape (rays,).

    A depth is -inf where a ray enters none, and inf where it leaves none.
    """

    latest: np.ndarray
    enter: np.ndarray
    earliest: np.ndarray
    leave: np.ndarray


def find_agreement(outlines: Sequence[Outline], spaces: HalfSpaces, noise: float = 0.0) -> Agreement:
    """Drop half-spaces until the rays through the masks meet the intersection of the others.

    Args:
        outlines: One per view; of more than `MOST_VIEWS`, the first must show edges of the object from all sides.
        spaces: All their half-spaces.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
    """
    limits = spaces.limits + (SLACK + 2 * noise) * spaces.pixels
    if not len(limits):  # The image's border cuts every edge.
        return Agreement(np.ones(0, dtype=bool), np.zeros(len(outlines), dtype=int), 0.0, ())
    first = min(len(outlines), MOST_VIEWS)
    own = slice(int(np.searchsorted(spaces.views, first)))
    normals, views, given = spaces.normals[own], spaces.views[own], limits[own].copy()
    rays = _rays(outlines[:first], RAYS // first)
    agree, misses = _vote(rays, normals, limits[own], views, spaces.sure[own])
    odd_views: Sequence[int] = ()
    if not agree:
        everything = np.ones(first, dtype=bool)
        shares = _misses_without(_depths_by_view(rays, normals, given, views), rays.owners, everything)
        odd_views = [int(shares.argmin())]
    elif first >= ENOUGH_VIEWS and (spoilt := len(np.unique(views[np.isinf(limits[own])]))):
        most = min(MOST_APART * first, spoilt / SPOILS)
        odd_views = _wrong_views(rays, normals, given + LENIENT * spaces.pixels[own], views, most)
    if not odd_views and first < len(outlines):
        further = _rays(outlines[first:], RAYS // first)
        spans = _spans(further, normals, limits[own])
        missing = np.bincount(further.owners, spans.enter > spans.leave) / np.bincount(further.owners)
        odd_views = (first + np.flatnonzero(missing > ODD)).tolist()
        _drop_beyond(rays, spaces.normals, limits, own.stop)
        _, misses = _vote(rays, spaces.normals, limits, spaces.views, spaces.sure)
    dropped = np.bincount(spaces.views[np.isinf(limits)], minlength=len(outlines))
    limits[_beside(np.isinf(limits), spaces.views)] = np.inf
    return Agreement(np.isfinite(limits), dropped, misses, tuple(odd_views))


def _rays(outlines: Sequence[Outline], count: int) -> _Rays:
    """Return about `count` rays through each mask, just inside its outline."""
    starts, directions = [], []
    for outline in outlines:
        chosen = outline.corners[:: max(1, len(outline.corners) // count)]
        pixels = chosen + INWARDS * (outline.corners.mean(axis=0) - chosen)
        starts.append(np.tile(outline.camera.position, (len(pixels), 1)))
        directions.append(outline.camera.ray_directions(pixels))
    owners = np.repeat(np.arange(len(outlines)), [len(some) for some in starts])
    return _Rays(np.concatenate(starts), np.concatenate(directions), owners)


def _vote(
    rays: _Rays, normals: np.ndarray, limits: np.ndarray, views: np.ndarray, sure: np.ndarray
) -> tuple[bool, float]:
    """Drop the half-space with the most votes until the rays agree; limits of dropped half-spaces become inf.

    Returns:
        False if too many would have to be dropped, and the share of rays that still miss.
    """
    spans = _spans(rays, normals, limits)
    misses = float(np.mean(spans.enter.clip(0) > spans.leave))
    while misses > MISSES:
        missing = spans.enter > spans.leave
        misses = float(missing.mean())
        votes = np.bincount(np.concatenate([spans.latest[missing], spans.earliest[missing]]), minlength=len(limits))
        worst_view = np.bincount(views, weights=votes).argmax()
        worst = np.where(views == worst_view, votes, -1).argmax()
        if misses <= MISSES or votes[worst] < LEAST_VOTES:
            break
        limits[worst] = np.inf
        dropped = np.isinf(limits)
        # Those that another object may have made are expected to be wrong, and do not count.
        if dropped[sure].sum() > CONTRADICTION * len(limits):
            return False, misses
        changed = (spans.latest == worst) | (spans.earliest == worst)
        for values, new in zip(spans, _spans(_chosen(rays, changed), normals, limits), strict=True):
            values[changed] = new
    return True, misses


def _wrong_views(rays: _Rays, normals: np.ndarray, limits: np.ndarray, views: np.ndarray, most: float) -> list[int]:
    """Find views that are wrong as a whole: their masks belong to other cameras, or show something else.

    Views are taken away until the others agree, each time the one without which the fewest of the other rays miss. An
    occluder only makes a mask smaller, so the rays of a hidden view meet what the others agree on; those of a wrong one
    miss it.

    Args:
        most: Number of views that may be taken away; none is wrong if more would have to be.
    """
    depths = _depths_by_view(rays, normals, limits, views)
    left, misses = np.ones(depths.shape[2], dtype=bool), _are_missing(depths).mean()
    while misses > MISSES:
        if np.count_nonzero(~left) + 1 > most:
            return []
        shares = _misses_without(depths, rays.owners, left)
        odd = shares.argmin()
        left[odd], misses = False, shares[odd]
    missing = _are_missing(depths[:, :, left])
    return [int(view) for view in np.flatnonzero(~left) if missing[rays.owners == view].mean() > OWN]


def _depths_by_view(rays: _Rays, normals: np.ndarray, limits: np.ndarray, views: np.ndarray) -> np.ndarray:
    """Return the depths at which rays enter, and those at which they leave, each view's half-spaces.

    Returns:
        Shape (2, rays, views); leaves are negative, so that the greatest limits a ray, and -inf stands for none.
    """
    bounding, begins = np.unique(views, return_index=True)
    depths = np.full((2, len(rays.owners), rays.owners[-1] + 1), -np.inf)
    begin = 0
    for enters, leaves in _crossings(rays, normals, limits):
        some = slice(begin, begin := begin + len(enters))
        depths[0][some, bounding] = np.maximum.reduceat(enters, begins, axis=1)
        depths[1][some, bounding] = np.maximum.reduceat(-leaves, begins, axis=1)
    return depths


def _are_missing(depths: np.ndarray) -> np.ndarray:
    """Return True for rays that miss all views' half-spaces, from `_depths_by_view`, shape (rays,)."""
    enter, leave = depths.max(axis=2)
    return enter.clip(0) > -leave


def _misses_without(depths: np.ndarray, owners: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return the share of the others' rays that miss without each view, shape (views,); inf for those that are gone.

    Args:
        depths: From `_depths_by_view`, shape (2, rays, views).
        owners: Index of each ray's view, shape (rays,).
        left: False for views that are gone, shape (views,), dtype bool.
    """
    own, rays = np.flatnonzero(left), left[owners]
    depths, owners = depths[:, rays][:, :, own], owners[rays]
    # Without the view that limits a ray most, the view that limits it second most does.
    second, greatest = np.moveaxis(np.partition(depths, -2, axis=2)[..., -2:], -1, 0)[..., None]
    enter, leave = np.where(depths == greatest, second, greatest)
    others = owners[:, None] != own
    shares = np.full(len(left), np.inf)
    shares[own] = ((enter.clip(0) > -leave) & others).sum(axis=0) / others.sum(axis=0)
    return shares


def _chosen(rays: _Rays, which: np.ndarray | slice) -> _Rays:
    return _Rays(*(values[which] for values in rays))


def _spans(rays: _Rays, normals: np.ndarray, limits: np.ndarray) -> _Spans:
    """Find the half-spaces that limit each of one or more rays."""
    parts = []
    for enters, leaves in _crossings(rays, normals, limits):
        latest, earliest, each = enters.argmax(axis=1), leaves.argmin(axis=1), np.arange(len(enters))
        parts.append((latest, enters[each, latest], earliest, leaves[each, earliest]))
    return _Spans(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _crossings(rays: _Rays, normals: np.ndarray, limits: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the depths at which some of the rays at a time enter and leave each half-space, shape (some, n) each."""
    step = max(1, CHUNK // len(limits))
    for begin in range(0, len(rays.starts), step):
        some = _chosen(rays, slice(begin, begin + step))
        yield crossings(some.directions @ normals.T, limits - some.starts @ normals.T)


def _drop_beyond(rays: _Rays, normals: np.ndarray, limits: np.ndarray, first: int) -> None:
    """Drop half-spaces that cut off all that rays have inside the first ones."""
    spans = _spans(rays, normals[:first], limits[:first])
    votes = np.zeros(len(limits) - first, dtype=np.int64)
    begin = 0
    for enters, leaves in _crossings(rays, normals[first:], limits[first:]):
        near, far = spans.enter[begin : begin + len(enters), None], spans.leave[begin : begin + len(enters), None]
        votes += (((enters > far) | (leaves < near)) & (near <= far)).sum(axis=0)
        begin += len(enters)
    limits[first:][votes >= LEAST_VOTES] = np.inf


def _beside(wrong: np.ndarray, views: np.ndarray) -> np.ndarray:
    """Find the neighbours of wrong edges in their outlines, shape (n,): they cut off too little to get votes."""
    beside = np.zeros_like(wrong)
    for view in np.unique(views[wrong]):
        (own,) = np.nonzero(views == view)
        for shift in range(-BESIDE, BESIDE + 1):
            beside[own] |= np.roll(wrong[own], shift)
    return beside
