"""Defects of masks: occlusion, noisy borders, isolated blobs."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates


def hide_third(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """Hide a third of the mask's pixels behind a straight edge of random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.indices(mask.shape)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    return mask & (along > np.quantile(along[mask], 1 / 3))


def add_noise(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """Distort the border by up to 2 to 3 pixels, and add three isolated blobs of under 1 % of the area."""
    shifts = gaussian_filter(rng.standard_normal((2, *mask.shape)), (0, 9, 9))
    shifts *= 1.25 / shifts.std()
    noisy = map_coordinates(mask.astype(np.float64), np.indices(mask.shape) + shifts, order=1) > 0.5
    rows, columns = np.indices(mask.shape)
    for radius in np.sqrt(rng.uniform(0.002, 0.008, 3) * mask.sum() / np.pi):
        free = np.argwhere(np.asarray(distance_transform_edt(~noisy)) > radius + 2)
        row, column = free[rng.integers(len(free))]
        noisy |= (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    return noisy
