"""Search for the orientation of the smallest box around the observations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.start.contact import Contacts
from boxfit.start.hull import VisualHull

SEEDS = 400
REFINED = (12, 60), (3, 200)
"""Number of best orientations to refine, and evaluations of each, by round."""
FIRST_TURN = 0.05
"""First step of the refinement, in [rad]: about half the distance between neighbouring seeds."""
SMALLEST_TURN = 1e-4
"""Step at which refinement ends, in [rad]: a hundredth of a pixel for an object that fills an image of 512."""
SMALLEST_SIDE = 0.25
"""Least side of a box, in [px]."""

Axes = np.ndarray
"""Axes of a box as columns, shape (3, 3)."""


def faces(axes: Axes, hull: VisualHull, contacts: Contacts) -> np.ndarray:
    """Return the faces of the box with these axes.

    Each face lies where the contacts prove that the object reaches. If rounding of the pixels puts that outside the
    hull, the hull limits it: its planes average over whole edges, while a contact depends on a single corner.

    Returns:
        Coordinates along the axes of the lower and the upper faces, shape (2, 3).
    """
    along = axes.T @ hull.vertices
    proven = contacts.reach(axes)
    low = np.maximum(proven[0], along.min(axis=1))
    high = np.minimum(proven[1], along.max(axis=1))
    missing = np.maximum(SMALLEST_SIDE * contacts.pixel - (high - low), 0.0) / 2
    return np.stack([low - missing, high + missing])


def search_orientation(hull: VisualHull, contacts: Contacts, align: str, up: np.ndarray, seed: int) -> list[Axes]:
    """Find the axes of the smallest box.

    Args:
        hull: Visual hull.
        contacts: Contact segments.
        align: "free" for any rotation, "up" to turn about `up` only, "axes" for the frame's axes.
        up: Unit vector, shape (3,).
        seed: Seed of the random rotations from which a free search starts.

    Returns:
        The axes of each box that was smaller than all before it, in order; the last are the result.
    """

    def volume(axes: Axes) -> float:
        return float(np.prod(np.diff(faces(axes, hull, contacts), axis=0)))

    if align == "axes":
        return [np.eye(3)]
    if align == "up":
        base = _upright(up)
        starts = [base @ _turn_about_y(np.array([angle])) for angle in np.arange(0, np.pi / 2, np.pi / 180)]
        return _refined(starts, volume, _turn_about_y, 1)
    starts = list(matrix_from_quaternion(np.random.default_rng(seed).normal(size=(SEEDS, 4))))
    return _refined(starts, volume, lambda turn: Rotation.from_rotvec(turn).as_matrix(), 3)


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
