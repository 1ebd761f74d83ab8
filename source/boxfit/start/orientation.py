"""Search for the orientation of the smallest box around the object."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.settings import Alignment
from boxfit.start.support import Support

SEEDS = 400
BEST = (6, 3, 2)
"""Number of best orientations to refine: of the starts, coarsely; of those turned from the best of these; and finely,
of all."""
TURNED = 2
"""Number of best orientations that are turned about each of their axes: a thin object's box is the least in a narrow
range of tilts, in which few starts lie, and turned in its plane by any angle."""
ANGLES = np.radians(np.arange(3, 90, 3))
"""Angles of these turns, in [rad]."""
COARSE, FINE = (0.05, 0.02), (0.02, 1e-4)
"""First step of the refinements in [rad], and the step at which they end: from about half the distance between
neighbouring seeds to a hundredth of a pixel for an object that fills an image of 512."""
MOST_STEPS = 40
"""Most steps of each refinement."""
AT_ONCE = 29_000
"""Number of points, times orientations, to look at in one go: they fit the processor's cache, and are few enough that
BLAS does not start threads, which would wait for each other (OpenBLAS from 2^18 / 9 on)."""

STILL_TAKEN: Mapping[Alignment, float] = {"axes": 1.03, "up": 1.1}
"""Volume of a box along the axes, and of an upright one, up to which it is taken instead of the least box.

Of everyday things that stand upright, most have an upright box within 10 % of the least; of random orientations, few.
"""
FEW_VIEWS, STILL_UPRIGHT = 6, 1.2
"""Number of views up to which an upright box is taken up to another volume, as the volumes are then less certain."""

UP_AND_DOWN = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
"""Axes of turns about a box's second axis, shape (2, 3)."""
_GOLDEN = (1 + np.sqrt(5)) / 2
ICOSAHEDRON = np.array([np.roll([0.0, a, b * _GOLDEN], k) for k in range(3) for a in (-1, 1) for b in (-1, 1)])
ICOSAHEDRON /= np.linalg.norm(ICOSAHEDRON[0])
"""Corners of an icosahedron, shape (12, 3): turns about axes that are spread evenly."""

Axes = np.ndarray
"""Axes of a box as columns, shape (3, 3)."""


def faces(axes: np.ndarray, support: Support) -> np.ndarray:
    """Return the likely faces of boxes with these axes, shape (n, 3, 3), at least `SMALLEST_SIDE` apart.

    Returns:
        Coordinates along the axes of the lower and the upper faces, shape (n, 2, 3).
    """
    return support.widened(support.likely(axes)) * [[-1.0], [1.0]]


def search_orientations(
    support: Support, align: Alignment, up: np.ndarray | None, seed: int
) -> dict[Alignment, list[Axes]]:
    """Find the axes of the box of least `Support.mean_volume` of an alignment, for "auto" of each of them.

    Args:
        support: Support of the object.
        align: "free" for any rotation, "up" to turn about `up` only, "axes" for the frame's axes, or "auto".
        up: Any length, shape (3,), or None if unknown: "auto" is then "free".
        seed: Seed of the random rotations from which a free search starts.

    Returns:
        By alignment, the axes of each box that was better than all before it, in order; the last are the result.
    """

    def search(align: Alignment) -> list[Axes]:
        if align == "axes":
            return [np.eye(3)]
        if align == "up":
            assert up is not None
            angles = np.arange(0, np.pi / 2, np.pi / 180)
            starts = upright(up / np.linalg.norm(up)) @ _turned(_across(UP_AND_DOWN[:1]), angles)[:, 0]
            return _Search(support, starts, np.tile(UP_AND_DOWN, (MOST_STEPS, 1, 1))).results()
        generator = np.random.default_rng(seed)
        starts = matrix_from_quaternion(generator.normal(size=(SEEDS, 4)))
        stencils = ICOSAHEDRON @ matrix_from_quaternion(generator.normal(size=(MOST_STEPS, 4)))
        return _Search(support, starts, stencils).results(turned=True)

    support = support.in_single_precision()
    if align == "auto":
        return {each: search(each) for each in (("free",) if up is None else ("axes", "up", "free"))}
    return {align: search(align)}


def choose_alignment(volumes: Mapping[Alignment, float], views: int) -> Alignment:
    """Return the plainest alignment whose box is little larger than the least one.

    Args:
        volumes: Volume of the least box of each alignment that was tried.
        views: Number of views.
    """
    still_taken = {**STILL_TAKEN, "up": STILL_UPRIGHT} if views <= FEW_VIEWS else STILL_TAKEN
    least = min(volumes.values())
    return next(align for align in volumes if volumes[align] <= still_taken.get(align, np.inf) * least)


class _Search:
    """Search for the orientation of least `Support.mean_volume`, which keeps all that it has tried.

    By pattern search: each step tries the turns of a stencil, and is halved where none is better. Its orientation
    changes from step to step, as the least box lies where ridges of the volume meet, which few directions follow.
    """

    def __init__(self, support: Support, starts: np.ndarray, stencils: np.ndarray) -> None:
        """Prepare a search.

        Args:
            support: Support of the object.
            starts: Orientations to start from, shape (n, 3, 3).
            stencils: Unit vectors to turn about in each step, shape (`MOST_STEPS`, k, 3).
        """
        self._support = support.thinned(starts)
        self._starts = starts
        self._across = _across(stencils)
        self._tried: list[tuple[float, Axes]] = []

    def results(self, turned: bool = False) -> list[Axes]:
        """Refine the best starts, and return every box that was smaller than all before it.

        Args:
            turned: Turn the best of them about each of their axes as well.
        """
        axes, volumes = self._refined(*self._measured(self._starts), BEST[0], COARSE)
        if turned:
            best = axes[volumes.argsort(kind="stable")[:TURNED], None, None]
            around = (best @ _turned(_across(np.eye(3)), ANGLES)).reshape(-1, 3, 3)
            further = self._refined(*self._measured(around), BEST[1], COARSE)
            axes, volumes = np.concatenate([axes, further[0]]), np.concatenate([volumes, further[1]])
        self._refined(axes, volumes, BEST[2], FINE)
        least = np.minimum.accumulate([volume for volume, _ in self._tried])
        return [self._tried[index][1] for index in np.flatnonzero(np.diff(least, prepend=np.inf) < 0)]

    def _measured(self, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return orientations (n, 3, 3) and their mean volumes (n,)."""
        volumes = _mean_volumes(self._support, axes)
        self._tried += zip(volumes.tolist(), axes, strict=True)
        return axes, volumes

    def _refined(
        self, axes: np.ndarray, volumes: np.ndarray, count: int, turns: tuple[float, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the `count` best orientations, refined from a first step to a last one, and their volumes."""
        chosen = volumes.argsort(kind="stable")[:count]
        axes, volumes, steps = axes[chosen], volumes[chosen], np.full(len(chosen), turns[0])
        for across in self._across:
            open_ones = np.flatnonzero(steps >= turns[1])
            if not len(open_ones):
                break
            trials = axes[open_ones, None] @ _turned(across, steps[open_ones])
            found = _mean_volumes(self._support, trials.reshape(-1, 3, 3)).reshape(trials.shape[:2])
            best, each = found.argmin(axis=1), np.arange(len(found))
            better = found[each, best] < volumes[open_ones]
            improved = open_ones[better]
            axes[improved], volumes[improved] = trials[each, best][better], found[each, best][better]
            steps[open_ones[~better]] /= 2
        self._tried += zip(volumes.tolist(), axes, strict=True)
        return axes, volumes


def _mean_volumes(support: Support, axes: np.ndarray) -> np.ndarray:
    """Return the mean volumes of orientations (n, 3, 3), shape (n,)."""
    step = max(1, AT_ONCE // support.most_points)
    axes = axes.astype(support.near.dtype)
    return np.concatenate([support.mean_volume(axes[begin : begin + step]) for begin in range(0, len(axes), step)])


def _across(axes: np.ndarray) -> np.ndarray:
    """Return the matrices of the cross products with axes, v -> axis x v, shape (..., 3) -> (..., 3, 3)."""
    return np.cross(np.eye(3), axes[..., None, :])


def _turned(across: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return the rotation matrices by angles (n,) about k axes, by Rodrigues' formula, shape (n, k, 3, 3).

    Args:
        across: Matrices of the cross products with the axes, shape (k, 3, 3).
        angles: In [rad].
    """
    sine, cosine = np.sin(angles)[:, None, None, None], np.cos(angles)[:, None, None, None]
    return np.eye(3) + sine * across + (1 - cosine) * (across @ across)


def upright(up: np.ndarray) -> Axes:
    """Return orthonormal axes whose second is `up`."""
    across = np.eye(3)[np.argmin(np.abs(up))]
    first = np.cross(up, across)
    first /= np.linalg.norm(first)
    return np.column_stack([first, up, np.cross(first, up)])
