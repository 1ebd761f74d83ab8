"""Cleaning of a label's mask, and tests of whether it touches the image border or fills the image."""

from __future__ import annotations

import numpy as np

from boxfit.errors import RequirementError
from boxfit.geometry.silhouette import Silhouette

SPECK = 0.01
"""Connected parts of less than this share of the largest part are dropped."""

GAP, DOTS, IN_ROWS, EVERYWHERE = 4, 4, 0.3, 0.5
"""A wire thinner than a pixel is a row of dots in a mask, up to this many pixels apart. Dots are kept if there are at
least so many, and at least this share of them is in rows that lead away from the object. Those of noise are single,
beside the object, or cover more than this share of the rest of the image if each is grown by half the gap."""

PART = 0.1
"""Least share of a mask's pixels in a part that counts as a thing of its own."""

SATURATED = 0.95
"""A mask that touches all four borders and covers more than this share of the image has no outline."""

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


def clean_mask(mask: np.ndarray) -> tuple[np.ndarray, tuple[int, int], int]:
    """Remove specks, and crop to the remaining mask.

    Pixels that touch at a corner are connected, so that a thin diagonal wire is one part. Of a wire that is thinner
    than a pixel, the dots are kept.

    Args:
        mask: Shape (h, w), dtype bool, with at least one pixel set.

    Returns:
        The mask cropped to its bounding rectangle, (row, column) of the crop's first pixel in `mask`, and the number of
        its large separate parts.

    Raises:
        RequirementError: If SciPy is not installed; Kit may not have it before the first fit.
    """
    try:
        from scipy import ndimage
    except ImportError as error:
        raise RequirementError(f"masks cannot be read without SciPy ({error}): install it") from error
    parts, large = np.empty(mask.shape, dtype=np.int32), 1
    if ndimage.label(mask, structure=_EIGHT_NEIGHBOURS, output=parts) != 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        large = max(int(np.count_nonzero(sizes >= PART * sizes.sum())), 1)
        kept = sizes >= SPECK * sizes.max()
        mask = kept[parts]
        if np.count_nonzero(~kept[1:]) >= DOTS:
            mask = mask | _dots_of_wires(parts, mask, ~kept & (sizes > 0))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cropped = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cropped), (int(rows[0]), int(columns[0])), large


def _dots_of_wires(parts: np.ndarray, main: np.ndarray, specks: np.ndarray) -> np.ndarray:
    """Find the dots of wires that are thinner than a pixel, shape (h, w), dtype bool.

    Args:
        parts: Number of each pixel's part, 0 off the mask, shape (h, w).
        main: The parts that are kept anyway, shape (h, w), dtype bool.
        specks: True for the numbers of other parts, shape (n,).
    """
    from scipy import ndimage

    def grown(mask: np.ndarray, by: int) -> np.ndarray:
        return np.asarray(ndimage.binary_dilation(mask, _EIGHT_NEIGHBOURS, iterations=by), dtype=bool)

    longest = [max(side.stop - side.start for side in place) for place in ndimage.find_objects(parts)]
    dots = specks & (np.bincount(parts.ravel()) <= 2 * np.array([0, *longest]))
    if not dots.any():
        return np.zeros_like(main)
    linked = grown(main | dots[parts], GAP // 2)
    groups = np.empty(parts.shape, dtype=np.int32)
    ndimage.label(linked, structure=_EIGHT_NEIGHBOURS, output=groups)
    led = np.zeros(groups.max() + 1, dtype=bool)
    led[groups[main]] = True
    rows = led[groups] & dots[parts]
    away = ~grown(main, GAP)
    in_rows, beyond = len(np.unique(parts[rows & away])), linked[away]
    is_noise = in_rows < IN_ROWS * dots.sum() or np.count_nonzero(beyond) > EVERYWHERE * beyond.size
    return np.zeros_like(main) if is_noise else rows


def touched_borders(silhouette: Silhouette) -> tuple[bool, bool, bool, bool]:
    """Return True for each image border (top, left, bottom, right) that the mask touches, and may be cut by."""
    mask, (top, left), (image_height, image_width) = silhouette.taken
    height, width = mask.shape
    return top == 0, left == 0, top + height == image_height, left + width == image_width


def is_saturated(silhouette: Silhouette) -> bool:
    """Return True if the mask covers all or nearly all of the image."""
    mask, _, (height, width) = silhouette.taken
    return all(touched_borders(silhouette)) and int(np.count_nonzero(mask)) > SATURATED * height * width
