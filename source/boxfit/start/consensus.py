"""Which half-spaces to believe when masks contradict each other.

A mask that is cut short, by an occluder or by another object in front, has an outline that the object does not touch;
an intersection of half-spaces would believe it above all others. But a ray through a covered pixel meets the object,
so it must meet the intersection as well. A ray misses because of two half-spaces, the latest that it enters and the
earliest that it leaves, and one of the two is wrong: both get a vote, and the wrong one gathers them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.start.half_spaces import HalfSpaces, ray_span
from boxfit.start.outline import Outline

RAYS = 600
"""How many rays are tried, in all views together, but for a least number in each."""
LEAST_RAYS = 4
INWARDS = 0.03
"""How far rays are pulled from the outline's corners towards its middle: rays at the very edge miss for nothing."""
SLACK = 0.75
"""By how many pixels a ray may miss, so that objects a few pixels wide are not torn apart by rounding."""
MISSES = 0.002
"""Share of rays that may miss: below it, the masks agree."""
CONTRADICTION = 0.2
"""Occluders spoil some edges of some masks. Where more than this share would have to go, whole views are wrong."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """What is left when the half-spaces that contradict the rays are gone.

    Attributes:
        keep: Which half-spaces to keep, shape (n,), dtype bool.
        dropped: How many of each outline's half-spaces had to go, shape (outlines,).
        misses: Share of rays that miss their intersection all the same.
        odd_view: Where too many would have to go: the view without which the others agree best. None otherwise.
    """

    keep: np.ndarray
    dropped: np.ndarray
    misses: float
    odd_view: int | None


def find_agreement(outlines: Sequence[Outline], spaces: HalfSpaces, noise: float = 0.0) -> Agreement:
    """Drop half-spaces until the rays through the masks meet what is left of the intersection.

    Args:
        outlines: One per view.
        spaces: All their half-spaces.
        noise: How far the masks' borders wobble beyond rounding, in [px].
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
    """Rays through a mask, just inside its outline, as `ray_span` takes them."""
    chosen = outline.corners[:: max(1, len(outline.corners) // count)]
    pixels = chosen + INWARDS * (outline.corners.mean(axis=0) - chosen)
    towards = outline.camera.ray_directions(pixels) @ normals.T
    return towards, limits - normals @ outline.camera.position


def _share_of_misses(outlines: Sequence[Outline], count: int, normals: np.ndarray, limits: np.ndarray) -> float:
    """Share of the rays that miss; one view at a time, since most masks agree and then no more is needed."""
    missing = [np.greater(*ray_span(*_rays(outline, count, normals, limits))) for outline in outlines]
    return float(np.concatenate(missing).mean())


def _crossings(
    outlines: Sequence[Outline], count: int, normals: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the rays cross the half-spaces.

    Returns:
        Depths at which each ray enters and leaves each half-space, shape (rays, n), -inf and inf where it does not, and
        the outline that each ray is from, shape (rays,). Single precision, for the memory.
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
    """The view whose rays and half-spaces have to go for the fewest of the other rays to miss."""
    misses = []
    for view in range(owners[-1] + 1):
        others = np.ix_(owners != view, views != view)
        enter, leave = enters[others].max(axis=1, initial=-np.inf), leaves[others].min(axis=1, initial=np.inf)
        misses.append(np.mean(enter > leave))
    return int(np.argmin(misses))
