"""Masks finer than pixels, from the share of each pixel that an object covers."""

from __future__ import annotations

import numpy as np

from boxfit.geometry.silhouette import FinerMask
from boxfit.views.dataset import Rectangle
from boxfit.views.masks import clean_mask

FULL = 255
"""Value of a pixel that the object covers whole."""

FACTOR = 4
"""Number of finer pixels along the side of a pixel."""

_MARGIN = 2
"""Pixels around a mask's rectangle in which its border may lie."""

_CERTAIN = 16
"""Values this near to 0 or `FULL` are whole pixels, or noise of a compressed image."""


def is_soft(coverage: np.ndarray) -> bool:
    """Return True if an image of bytes has shares between the whole pixels."""
    return bool(((coverage > _CERTAIN) & (coverage < FULL - _CERTAIN)).any())


def finer_mask(coverage: np.ndarray, region: Rectangle) -> FinerMask | None:
    """Find the line along which the coverage is a half, between the centres of the pixels.

    The image is interpolated linearly between the centres, at `FACTOR` points along each side of a pixel. A renderer's
    filter and a segmenter's doubt are the same on both sides of a border: there the coverage is a half.

    Args:
        coverage: Bytes, `FULL` on the object, shape (height, width).
        region: Tight rectangle of the pixels that are covered by a half or more.

    Returns:
        The mask without specks; None if all pixels near it are whole.
    """
    from scipy import ndimage  # Kit may not have it before the first fit.

    top, left = max(region.top - _MARGIN, 0), max(region.left - _MARGIN, 0)
    part = coverage[top : region.bottom + _MARGIN, left : region.right + _MARGIN]
    if not is_soft(part):
        return None
    finer = ndimage.zoom(part.astype(np.float32), FACTOR, order=1, grid_mode=True, mode="nearest")
    mask, (row, column), _ = clean_mask(finer >= FULL / 2)
    return FinerMask(mask, (top * FACTOR + row, left * FACTOR + column), FACTOR)
