"""Angular coverage of the object by the cameras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ONE_SIDED = np.cos(np.radians(50.0))
"""Cosine of the half angle of the cone within which cameras count as all on one side of the object."""


VERTICAL = np.cos(np.radians(30.0))
"""Cosine of the angle to the up axis within which the middle of such cameras counts as above or below the object."""


def one_sided_warning(
    positions: Sequence[np.ndarray], up: np.ndarray | None = None, has_floor: bool = False
) -> str | None:
    """Return a warning if all cameras lie in a narrow cone, seen from the object at the origin.

    Args:
        positions: Camera centres, shape (3,) each.
        up: Upward direction of any length, shape (3,), or None if it is unknown.
        has_floor: True if the height of the floor is known.
    """
    directions = _directions(np.asarray(positions))
    if (directions @ directions.T).min() < 2 * ONE_SIDED**2 - 1:
        return None  # Two of them are further apart than the cone is wide.
    half_angle = camera_cone(np.asarray(positions))
    if np.cos(half_angle) < ONE_SIDED:
        return None
    within = f"within {np.degrees(half_angle):.0f} degrees of one direction"
    middle = directions.mean(axis=0)
    rises = 0.0 if up is None else float(middle @ up) / float(np.linalg.norm(middle) * np.linalg.norm(up))
    if abs(rises) >= VERTICAL:
        where = "all cameras are above the object" if rises > 0 else "all cameras are below the object"
        floor = ", or state the height of the floor that it stands on (floor)" if rises > 0 and not has_floor else ""
        return f"{where}, {within}: its height is uncertain; add views from its sides{floor}"
    return (
        f"all cameras are on one side of the object, {within}: its depth is uncertain; add views from the other sides"
    )


def camera_cone(positions: np.ndarray) -> float:
    """Return the half angle, up to pi / 2 [rad], of the narrowest cone from the origin that holds all positions.

    The cone's axis is the point of least norm in the convex hull of the unit directions, and its norm is the cosine
    (the minimum over the hull and the maximum over the axes are dual).

    Args:
        positions: Camera centres relative to the object, shape (n, 3).
    """
    from scipy.optimize import nnls  # Takes longer to import than most fits take.

    directions = _directions(positions)
    # Non-negative weights that sum to one: the sum is an additional row with a large weight.
    heavy = 1e4
    weights, _ = nnls(np.vstack([directions.T, np.full(len(directions), heavy)]), np.array([0.0, 0.0, 0.0, heavy]))
    return float(np.arccos(np.clip(np.linalg.norm(weights @ directions), 0.0, 1.0)))


def _directions(positions: np.ndarray) -> np.ndarray:
    return positions / np.linalg.norm(positions, axis=1, keepdims=True)
