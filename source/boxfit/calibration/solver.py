"""Robust Gauss-Newton for corrections of cameras, with a prior that they are small."""

from __future__ import annotations

import numpy as np

from boxfit.calibration.adjustment import Adjustment
from boxfit.calibration.tangency import find_tangents, residuals

ROUNDING = 0.2
"""Least scale of the residuals in [px]: rounding to pixels leaves as much."""
OUTLIER = 3.0
"""Residual, in scales, at which a pair of corners counts a quarter, and ever less beyond."""
STEPS = 30
"""Most steps."""
SMALL = 0.02
"""Largest correction in [px] of the last step."""


def scatter(adjustment: Adjustment, pairs: tuple[np.ndarray, np.ndarray]) -> float | None:
    """Return the robust standard deviation of the residuals in [px], or None without any."""
    distances, _ = residuals(adjustment, find_tangents(adjustment, pairs))
    return _deviation(distances) if len(distances) else None


def solve(adjustment: Adjustment, pairs: tuple[np.ndarray, np.ndarray], widths: np.ndarray) -> Adjustment:
    """Find the corrections that make the views agree.

    Minimises Geman and McClure's robust cost of the residuals and the corrections' squares over their widths, by
    iteratively reweighted Gauss-Newton steps; the tangents are found anew in every step.

    Args:
        adjustment: Corrections to begin from.
        pairs: Pairs of views; see `boxfit.calibration.tangency.view_pairs`.
        widths: Standard deviation of each correction's prior in [px], shape (6 V + 3,); 0 keeps a correction.
    """
    from scipy.sparse.linalg import lsmr  # Takes long to import, and most cameras need no mending.

    free = widths > 0
    width = widths[free]
    distances, derivatives = residuals(adjustment, find_tangents(adjustment, pairs))
    for _ in range(STEPS):
        if not len(distances):
            break
        scale, count = max(ROUNDING, _deviation(distances)), len(distances)
        weights = np.sqrt(_weights(distances / scale)) / scale
        values = adjustment.values
        # With x = width q for the new corrections, the prior is |q|^2.
        system = derivatives[:, free].multiply(weights[:, None]).multiply(width).tocsr()
        target = system @ (values[free] / width) - weights * distances
        step = width * lsmr(system, target, damp=1.0, atol=1e-6, btol=1e-6, maxiter=300)[0] - values[free]
        before = _cost(distances, scale, count, values[free] / width)
        share = min(1.0, OUTLIER * max(1.0, scale) / max(np.abs(step).max(), 1e-12))
        for _ in range(5):
            values = adjustment.values
            values[free] += share * step
            trial = adjustment.with_values(values)
            found = residuals(trial, find_tangents(trial, pairs))
            if len(found[0]) and _cost(found[0], scale, count, values[free] / width) <= before:
                break
            share /= 3
        else:
            break
        adjustment, (distances, derivatives) = trial, found
        if share * np.abs(step).max() < SMALL:
            break
    return adjustment


def _deviation(distances: np.ndarray) -> float:
    """Return the standard deviation of normal values with the same median size."""
    return 1.4826 * float(np.median(np.abs(distances)))


def _weights(distances: np.ndarray) -> np.ndarray:
    return 1 / (1 + (distances / OUTLIER) ** 2) ** 2


def _cost(distances: np.ndarray, scale: float, count: int, priors: np.ndarray) -> float:
    """Return the cost; the mean residual counts `count` times, as their number changes with the tangents."""
    squares = (distances / (OUTLIER * scale)) ** 2
    return OUTLIER**2 / 2 * count * float(np.mean(squares / (1 + squares))) + float(priors @ priors) / 2
