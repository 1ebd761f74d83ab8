"""Edges of a mask's outline that something beside the mask may have made: an occluder, or another object."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from boxfit.geometry.polygons import following, inside_edges
from boxfit.geometry.silhouette import Silhouette

ENDS = 1.5
"""Length at either end of an edge beside which a pixel may belong to the next edge, in [px]."""
IN_LINE = 0.5
"""Difference of a pixel's distances from two edges up to which it may be beside either, in [px]."""
SHORT = 5.0
"""Length of an edge in [px], up to which all of it counts."""
BESIDE = 1.5
"""Distance inside an edge up to which a pixel is beside it, in [px]. Of the notch below an edge, some pixels are; of a
hole in the mask, none."""


def edges_beside(
    silhouette: Silhouette,
    pixels: np.ndarray,
    normals: np.ndarray,
    offsets: np.ndarray,
    corners: np.ndarray,
    stub: float,
) -> np.ndarray:
    """Find the edges of a mask's convex outline along which, or in the notch below which, pixels beside the mask lie.

    Args:
        silhouette: The mask.
        pixels: Pixels beside it, (column, row) in the image, shape (k, 2).
        normals: Outward unit normals of the edges, shape (n, 2); see `boxfit.start.outline.Outline`.
        offsets: Places of the edges along them, in [px], shape (n,).
        corners: First corner of each edge, shape (n, 2).
        stub: Length up to which an edge that ends at such an edge is one, in [px], as it has no direction of its own.

    Returns:
        True for each such edge, shape (n,), dtype bool.
    """
    found = np.zeros(len(normals), dtype=bool)
    if not len(pixels):
        return found
    lengths = np.linalg.norm(following(corners) - corners, axis=1)
    places = pixels + 0.5
    beyond = places @ normals.T - offsets
    nearest = beyond.max(axis=1, keepdims=True)
    # Of edges that are nearly in line, the pixel is beside the one along which it lies.
    along = np.stack([-normals[:, 1], normals[:, 0]], axis=1)
    place = places @ along.T - np.einsum("ij,ij->i", corners, along)
    beside = (beyond >= nearest - IN_LINE) & (nearest >= -BESIDE)
    beside &= ((place > ENDS) & (place < lengths - ENDS)) | (lengths <= SHORT)
    found |= beside.any(axis=0)
    outside = nearest[:, 0] >= -BESIDE
    found[_edges_of_notches(silhouette, normals, offsets, pixels[~outside])] = True
    next_to = np.roll(found, 1) | np.roll(found, -1)
    return found | (next_to & (lengths < stub))


def _edges_of_notches(
    silhouette: Silhouette, normals: np.ndarray, offsets: np.ndarray, pixels: np.ndarray
) -> np.ndarray:
    """Return the edges over the notches of the mask that hold pixels (column, row) inside its outline."""
    # With lens distortion, the outline may reach beyond the crop of the mask.
    (top, left), (height, width) = silhouette.origin, silhouette.mask.shape
    column, row = (pixels - (left, top)).T
    known = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    if not known.any():
        return np.zeros(0, dtype=np.intp)
    inside = inside_edges(normals, offsets, left + np.arange(width) + 0.5, top + np.arange(height) + 0.5)
    labels = np.empty(inside.shape, dtype=np.int32)
    ndimage.label(inside & ~silhouette.mask, output=labels)
    held = np.unique(labels[row[known], column[known]])
    # Of a notch, only what is beside the outline tells the edge over it.
    beside = inside & np.logical_not(ndimage.binary_erosion(inside, np.ones((3, 3)), iterations=2))
    rows, columns = np.nonzero(np.isin(labels, held[held > 0]) & beside)
    beyond = (np.stack([columns + left, rows + top], axis=1) + 0.5) @ normals.T - offsets
    nearest, notch = beyond.max(axis=1, initial=-np.inf), labels[rows, columns]
    order = np.lexsort((-nearest, notch))
    first = order[np.unique(notch[order], return_index=True)[1]]
    return beyond[first].argmax(axis=1)[nearest[first] > -BESIDE]
