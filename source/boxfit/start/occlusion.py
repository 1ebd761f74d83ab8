"""Edges of a mask's outline that an occluder has made, and which do not bound the object."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from boxfit.geometry.silhouette import Silhouette

ENDS = 1.5
"""Length at either end of an edge beside which an occluder may belong to the next edge, in [px]."""
SHORT = 5.0
"""Length of an edge in [px], up to which all of it counts."""
BESIDE = 1.5
"""Greatest distance from an edge of a pixel of the notch below it, in [px]; of a hole in the mask, all are farther."""


def occluded_edges(
    silhouette: Silhouette, normals: np.ndarray, offsets: np.ndarray, corners: np.ndarray, stub: float
) -> np.ndarray:
    """Find the edges of a mask's convex outline along which, or in the notch below which, an occluder lies.

    Args:
        silhouette: The mask, with its occluders.
        normals: Outward unit normals of the edges, shape (n, 2); see `boxfit.start.outline.Outline`.
        offsets: Places of the edges along them, in [px], shape (n,).
        corners: First corner of each edge, shape (n, 2).
        stub: Least length of an edge that ends at an occluded one, in [px], as a shorter one has no direction.

    Returns:
        True for each such edge, shape (n,), dtype bool.
    """
    occluded = np.zeros(len(normals), dtype=bool)
    if not len(silhouette.occluders):
        return occluded
    lengths = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    pixels = silhouette.occluders + 0.5
    beyond = pixels @ normals.T - offsets
    outside = beyond.max(axis=1) > 0
    edges = beyond[outside].argmax(axis=1)
    along = np.stack([-normals[:, 1], normals[:, 0]], axis=1)[edges]
    place = np.einsum("ij,ij->i", pixels[outside] - corners[edges], along)
    inside = (place > ENDS) & (place < lengths[edges] - ENDS)
    occluded[edges[inside | (lengths[edges] <= SHORT)]] = True
    occluded[_edges_of_notches(silhouette, normals, offsets, silhouette.occluders[~outside])] = True
    beside = np.roll(occluded, 1) | np.roll(occluded, -1)
    return occluded | (beside & (lengths < stub))


def _edges_of_notches(
    silhouette: Silhouette, normals: np.ndarray, offsets: np.ndarray, pixels: np.ndarray
) -> np.ndarray:
    """Return the edges over the notches of the mask that hold pixels (column, row) inside its outline."""
    if not len(pixels):
        return np.zeros(0, dtype=np.intp)
    rows, columns = np.nonzero(~silhouette.mask)
    places = np.stack([columns, rows], axis=1) + silhouette.origin[::-1] + 0.5
    beyond = places @ normals.T - offsets
    nearest = beyond.max(axis=1)
    inside = nearest < 0
    notches = np.zeros(silhouette.mask.shape, dtype=bool)
    notches[rows[inside], columns[inside]] = True
    labels, count = ndimage.label(notches)
    label = labels[rows[inside], columns[inside]] - 1
    order = np.lexsort((-nearest[inside], label))
    first = np.searchsorted(label[order], np.arange(count))
    edge, reach = beyond[inside].argmax(axis=1)[order[first]], nearest[inside][order[first]]
    column, row = (pixels - silhouette.origin[::-1]).T
    held = np.unique(labels[row, column])
    held = held[held > 0] - 1
    return edge[held[reach[held] > -BESIDE]]
