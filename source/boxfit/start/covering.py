"""Enlargement of a box until it meets every contact segment.

Each segment holds a point of the object, so a box that passes beside one cuts the mask at whose corner the segment is.
The likely support reaches each segment along each axis, but a box may do so and still not hold a point of it. On the
bench, one likely box in five does so from three views, and hardly any from four.
"""

from __future__ import annotations

import numpy as np

from boxfit.start.half_spaces import ray_span
from boxfit.start.support import Support

MANY = 12
"""Number of views from which a box that reaches each segment along its axes meets nearly all of them."""
SLACK = 1.0
"""Distance in [px] by which a box may pass beside a segment, whose own ends are that uncertain."""


def covering(support: Support, axes: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Enlarge a box so that it meets every contact segment, as little as possible in the sum of its relative sides.

    With `MANY` views and more the box stays as it is.

    Args:
        support: Support of the object.
        axes: Axes of the box as columns, shape (3, 3).
        low: Coordinates of its lower faces along the axes, shape (3,).
        high: Those of its upper faces, shape (3,).

    Returns:
        Lower and upper faces.
    """
    if support.views >= MANY:
        return low, high
    slack = SLACK * (1 + support.noise) * support.pixel
    near, far = support.near @ axes, support.far @ axes
    missed = _missed(near, far, low - slack, high + slack)
    if not missed.any():
        return low, high
    # These take a tenth of a second to import, and are rarely needed.
    from scipy import sparse
    from scipy.optimize import linprog

    near, along = near[missed], (far - near)[missed]
    lengths = np.linalg.norm(along, axis=1)
    # Unknown are the moves of the six faces outwards, and how far along each segment the point is that the box holds.
    points = np.concatenate([-along.T, along.T]) / np.maximum(lengths, np.finfo(float).tiny)
    moves = sparse.kron(sparse.eye(6), np.ones((len(near), 1)))
    growth = linprog(
        np.concatenate([np.tile(1 / np.maximum(high - low, slack), 2), np.zeros(len(near))]),
        sparse.hstack([-moves, sparse.vstack([sparse.diags(each) for each in points])]),
        np.concatenate([near - low + slack, high + slack - near], axis=1).T.ravel(),
        bounds=[(0, None)] * 6 + [(0, length) for length in lengths],
    )
    assert growth.success, growth.message  # A box that is large enough meets all.
    return low - growth.x[:3], high + growth.x[3:6]


def _missed(near: np.ndarray, far: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return True for the segments of which no point is inside a box, shape (n,), given by their ends, (n, 3) each."""
    along = far - near
    enter, leave = ray_span(np.hstack([-along, along]), np.hstack([near - low, high - near]))
    return enter > np.minimum(leave, 1)
