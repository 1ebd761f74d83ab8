"""Pixels beside a mask on what is nearer than the object, and may hide more of it."""

from __future__ import annotations

import numpy as np

from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import depth_noise

STEP = 10.0
"""Step towards the camera from a mask's border pixel to its neighbour, in sizes of a pixel at its depth, from which the
neighbour is on something else in front. A floor at the foot of the object has a smaller one, unless the camera looks
along it at less than 6 degrees."""

NOISE = 6.0
"""The same as a multiple of the depth's noise, where that is more."""

NEAREST = 0.01
"""Least depth of an occluder, as a share of the object's: some write such values where there is no surface."""


def find_occluders(silhouette: Silhouette, depth: np.ndarray) -> np.ndarray:
    """Find the pixels beside a mask that show something nearer than the object beside them.

    Args:
        silhouette: The object's mask.
        depth: Distances along the view at the size of the image, shape (height, width), float; NaN, infinity, 0 and
            negative values are no surface.

    Returns:
        (column, row) in the image, shape (n, 2).
    """
    mask, (top, left) = _with_margin(silhouette)
    crop = depth[top : top + mask.shape[0], left : left + mask.shape[1]]
    with np.errstate(invalid="ignore"):
        near = np.where(crop > 0, crop, np.inf)
    on_surface = mask & np.isfinite(near)
    # The depth of the farthest neighbour on the object.
    farthest = _greatest_neighbour(np.where(on_surface, near, 0.0))
    found = ~mask & (near < farthest * (1 - STEP / float(np.mean(silhouette.camera.focal))))
    if found.any():
        middle = float(np.median(near[on_surface]))
        found &= (near < farthest - NOISE * depth_noise(crop, on_surface)) & (near > NEAREST * middle)
    row, column = np.nonzero(found)
    return np.stack([column + left, row + top], axis=1)


def beside(silhouette: Silhouette) -> np.ndarray:
    """Return the pixels beside a mask in its image, (column, row), shape (n, 2)."""
    mask, (top, left) = _with_margin(silhouette)
    row, column = np.nonzero(_greatest_neighbour(mask) & ~mask)
    return np.stack([column + left, row + top], axis=1)


def _with_margin(silhouette: Silhouette) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a mask with a pixel more on each side, as far as the image goes, and its first (row, column)."""
    sides = zip(silhouette.origin, silhouette.mask.shape, silhouette.camera.resolution, strict=True)
    margins = [(min(first, 1), min(end - first - count, 1)) for first, count, end in sides]
    (top, left), ((above, _), (before, _)) = silhouette.origin, margins
    return np.pad(silhouette.mask, margins), (top - above, left - before)


def _greatest_neighbour(values: np.ndarray) -> np.ndarray:
    """Return the greatest value beside each pixel, in its row or column; 0 or False where there is none."""
    greatest = np.zeros_like(values)
    for axis in (0, 1):
        along, found = np.moveaxis(values, axis, 0), np.moveaxis(greatest, axis, 0)
        np.maximum(found[1:], along[:-1], out=found[1:])
        np.maximum(found[:-1], along[1:], out=found[:-1])
    return greatest
