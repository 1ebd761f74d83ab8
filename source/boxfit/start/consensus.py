"""Selection of consistent half-spaces where masks contradict each other.

A mask that an occluder cuts short has an outline that the object does not touch, and its half-spaces would cut off a
part of the intersection that belongs to the object. A ray through a covered pixel meets the object, so it must meet the
intersection as well. A ray misses because of two half-spaces, the last that it enters and the first that it leaves, and
at least one of the two is wrong: both get a vote, and wrong half-spaces collect the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.start.half_spaces import HalfSpaces, ray_span
from boxfit.start.outline import Outline

RAYS = 600
"""Number of rays to try in all views together; each view has at least `LEAST_RAYS`."""
LEAST_RAYS = 4
INWARDS = 0.03
"""Shift of rays from the outline's corners towards its middle, as a share: rays at the very edge miss by rounding."""
SLACK = 0.75
"""Tolerance of a ray in [px], so that rounding does not make small objects contradict themselves."""
MISSES = 0.002
"""Share of rays that may miss: below it, the masks agree."""
CONTRADICTION = 0.2
"""Occluders spoil some edges of some masks. If more than this share had to be dropped, whole views are wrong."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Half-spaces that agree with the rays.

    Attributes:
        keep: True for each half-space to keep, shape (n,), dtype bool.
        dropped: Number of dropped half-spaces of each outline, shape (outlines,).
        misses: Share of rays that still miss the intersection.
        odd_view: If too many had to be dropped, the view without which the others agree best; else None.
    """

    keep: np.ndarray
    dropped: np.ndarray
    misses: float
    odd_view: int | None


def find_agreement(outlines: Sequence[Outline], spaces: HalfSpaces, noise: float = 0.0) -> Agreement:
    """Drop half-spaces until the rays through the masks meet the intersection of the others.

    Args:
        outlines: One per view.
        spaces: All their half-spaces.
        noise: Amplitude of the masks' border noise beyond rounding, in [px].
    """
    keep = np.ones(len(spaces.limits), dtype=bool)
    limits = spaces.limits + (SLACK + 2 * noise) * spaces.pixels
    count = max(LEAST_RAYS, RAYS // len(outlines))
    misses = _share_of_misses(outlines, count, spaces.normals, limits)

    def agreement(odd_view: int | None = None) -> Agreement:
        dropped = np.bincount(spaces.views[~keep], minlength=len(outlines))
        return Agreement(keep, dropped, misses, odd_view)

    if misses <= MISSES:
        return agreement()
    enters, leaves, _ = _crossings(outlines, count, spaces.normals, limits)
    rays = np.arange(len(enters))
    while True:
        latest, earliest = enters.argmax(axis=1), leaves.argmin(axis=1)
        missing = enters[rays, latest] > leaves[rays, earliest]
        misses = float(missing.mean())
        if misses <= MISSES:
            return agreement()
        votes = np.bincount(latest[missing], minlength=len(limits))
        votes += np.bincount(earliest[missing], minlength=len(limits))
        worst_view = np.bincount(spaces.views, weights=votes).argmax()
        worst = np.where(spaces.views == worst_view, votes, -1).argmax()
        if votes[worst] < 2:  # a single ray is no evidence against one side rather than the other
            return agreement()
        keep[worst] = False
        if np.mean(keep) < 1 - CONTRADICTION:
            del enters, leaves
            return agreement(_odd_view(*_crossings(outlines, count, spaces.normals, limits), spaces.views))
        enters[:, worst], leaves[:, worst] = -np.inf, np.inf


def _rays(outline: Outline, count: int, normals: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rays through a mask, just inside its outline, as arguments of `ray_span`."""
    chosen = outline.corners[:: max(1, len(outline.corners) // count)]
    pixels = chosen + INWARDS * (outline.corners.mean(axis=0) - chosen)
    towards = outline.camera.ray_directions(pixels) @ normals.T
    return towards, limits - normals @ outline.camera.position


def _share_of_misses(outlines: Sequence[Outline], count: int, normals: np.ndarray, limits: np.ndarray) -> float:
    """Return the share of rays that miss, computed view by view to save memory."""
    missing = [np.greater(*ray_span(*_rays(outline, count, normals, limits))) for outline in outlines]
    return float(np.concatenate(missing).mean())


def _crossings(
    outlines: Sequence[Outline], count: int, normals: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intersect the rays with the half-spaces.

    Returns:
        Depths at which each ray enters and leaves each half-space, shape (rays, n), -inf and inf where it does not, and
        the index of each ray's outline, shape (rays,). Single precision, to save memory.
    """
    enters, leaves, owners = [], [], []
    for owner, outline in enumerate(outlines):
        towards, slack = _rays(outline, count, normals, limits)
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = slack / towards
        enters.append(np.where(towards < 0, depth, -np.inf).astype(np.float32))
        leaves.append(np.where(towards > 0, depth, np.inf).astype(np.float32))
        owners.append(np.full(len(towards), owner))
    return np.concatenate(enters), np.concatenate(leaves), np.concatenate(owners)


def _odd_view(enters: np.ndarray, leaves: np.ndarray, owners: np.ndarray, views: np.ndarray) -> int:
    """Return the view without whose rays and half-spaces the fewest of the other rays miss."""
    misses = []
    for view in range(owners[-1] + 1):
        others = np.ix_(owners != view, views != view)
        enter, leave = enters[others].max(axis=1, initial=-np.inf), leaves[others].min(axis=1, initial=np.inf)
        misses.append(np.mean(enter > leave))
    return int(np.argmin(misses))
