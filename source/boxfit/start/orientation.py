"""Search for the orientation of the smallest box around the object."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.settings import Alignment
from boxfit.start.support import Support

SEEDS = 400
REFINED = (8, 40), (3, 100)
"""Number of best orientations to refine, and evaluations of each, by round."""
FIRST_TURN = 0.05
"""First step of the refinement, in [rad]: about half the distance between neighbouring seeds."""
SMALLEST_TURN = 1e-4
"""Step at which refinement ends, in [rad]: a hundredth of a pixel for an object that fills an image of 512."""

STILL_TAKEN: Mapping[Alignment, float] = {"axes": 1.03, "up": 1.1}
"""Volume of a box along the axes, and of an upright one, up to which it is taken instead of the least box.

Of everyday things that stand upright, most have an upright box within 10 % of the least; of random orientations, few.
"""

Axes = np.ndarray
"""Axes of a box as columns, shape (3, 3)."""


def faces(axes: Axes, support: Support) -> np.ndarray:
    """Return the likely faces of the box with these axes, at least `SMALLEST_SIDE` apart.

    Returns:
        Coordinates along the axes of the lower and the upper faces, shape (2, 3).
    """
    below, above = support.widened(support.likely(axes))
    return np.stack([-below, above])


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
            base = _upright(up / np.linalg.norm(up))
            starts = [base @ _turn_about_y(np.array([angle])) for angle in np.arange(0, np.pi / 2, np.pi / 180)]
            return _refined(starts, support.mean_volume, _turn_about_y, 1)
        starts = list(matrix_from_quaternion(np.random.default_rng(seed).normal(size=(SEEDS, 4))))
        return _refined(starts, support.mean_volume, lambda turn: Rotation.from_rotvec(turn).as_matrix(), 3)

    if align == "auto":
        return {each: search(each) for each in (("free",) if up is None else ("axes", "up", "free"))}
    return {align: search(align)}


def choose_alignment(volumes: Mapping[Alignment, float]) -> Alignment:
    """Return the plainest alignment whose box is little larger than the least one.

    Args:
        volumes: Volume of the least box of each alignment that was tried.
    """
    least = min(volumes.values())
    return next(align for align in volumes if volumes[align] <= STILL_TAKEN.get(align, np.inf) * least)


def _refined(
    starts: list[Axes], volume: Callable[[Axes], float], turned: Callable[[np.ndarray], Axes], freedom: int
) -> list[Axes]:
    """Refine the best starts by Nelder-Mead, and return every box that was smaller than all before it."""
    tried = [(volume(axes), index, axes) for index, axes in enumerate(starts)]
    candidates, step = tried, FIRST_TURN
    for count, evaluations in REFINED:
        simplex = step * np.concatenate([np.zeros((1, freedom)), np.eye(freedom)])
        refined = []
        for _, index, base in sorted(candidates, key=lambda item: item[:2])[:count]:
            best = minimize(
                lambda turn, base=base: volume(base @ turned(turn)),
                np.zeros(freedom),
                method="Nelder-Mead",
                options={"initial_simplex": simplex, "xatol": SMALLEST_TURN, "fatol": 0.0, "maxfev": evaluations},
            )
            refined.append((best.fun, index, base @ turned(best.x)))
        tried += refined
        candidates, step = refined, step / 10
    least = np.minimum.accumulate([size for size, _, _ in tried])
    better = np.flatnonzero(np.diff(least, prepend=np.inf) < 0)
    return [tried[index][2] for index in better]


def _upright(up: np.ndarray) -> Axes:
    """Return orthonormal axes whose second is `up`."""
    across = np.eye(3)[np.argmin(np.abs(up))]
    first = np.cross(up, across)
    first /= np.linalg.norm(first)
    return np.column_stack([first, up, np.cross(first, up)])


def _turn_about_y(angle: np.ndarray) -> Axes:
    return Rotation.from_euler("y", float(angle[0])).as_matrix()
