"""Exact areas by line integrals, in NumPy, with gradients that resolve motion below a pixel.

Green's theorem turns an area into an integral along the outline: with P(u, v) the length of mask in row v left of u,
area(box and mask) is the integral of P dv. Segments are cut at every pixel border: P is linear along each piece, so the
midpoint rule is exact, and the cost grows with the outline's length, not its area. A corner that moves by delta sweeps
out mask where its segments lie on the mask, which gives the gradient:
d area = integral of mask * (delta_u dv - delta_v du), with delta linear along each segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from boxfit.geometry.raster import expand_ranges
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.outline import Outline, box_outlines, near_distances
from boxfit.render.prefix import PrefixSums
from boxfit.render.renderer import Areas

_LEAST_STEP = 1e-12
"""Least absolute component of a segment, in [px], so that none is parallel to the pixel grid."""


class RendererArea:
    """Deterministic renderer with hard silhouettes and exact areas."""

    name: str = "area"

    def __init__(self, silhouettes: Sequence[Silhouette]) -> None:
        self._silhouettes = silhouettes
        cameras = [silhouette.camera for silhouette in silhouettes]
        self._focal = np.array([camera.focal for camera in cameras])
        self._principal = np.array([camera.principal for camera in cameras])
        self._size = np.array([camera.resolution[::-1] for camera in cameras], dtype=np.float64)

    @staticmethod
    def unavailable_reason() -> str | None:
        """Return None: only NumPy is needed."""
        return None

    @cached_property
    def _prefix(self) -> PrefixSums:
        return PrefixSums(self._silhouettes)

    def areas(self, corners: np.ndarray, views: np.ndarray) -> Areas:
        """Compute areas of a box in some of the views; see `boxfit.render.renderer.Renderer`."""
        outline = box_outlines(corners, near_distances(corners))
        pixels, scale = self._project(outline, views)
        view = views[outline.box]
        x, y, depth = outline.points[..., 0], outline.points[..., 1], -outline.points[..., 2]

        totals, gradients = [], []
        for area, inside, inside_t in (
            _integrate_image(pixels, self._size[view]),
            _integrate_mask(pixels - self._prefix.origin[view][:, None, ::-1], self._prefix, view),
        ):
            totals.append(np.bincount(outline.box, area, len(corners)))
            du, dv = (pixels[:, 1] - pixels[:, 0]).T
            share = np.stack([inside - inside_t, inside_t], axis=-1)
            by_u, by_v = share * dv[:, None] * scale[..., 0], -share * du[:, None] * scale[..., 1]
            by_point = np.stack([by_u, by_v, (by_u * x + by_v * y) / depth], axis=-1)
            gradients.append(outline.pull_back(by_point, corners))
        return Areas(totals[0], totals[1], gradients[0], gradients[1])

    def box_areas(self, corners: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Compute areas of a box's silhouettes alone, as `Areas.box`; the masks are not looked at."""
        outline = box_outlines(corners, near_distances(corners))
        pixels, _ = self._project(outline, views)
        area, _, _ = _integrate_image(pixels, self._size[views[outline.box]])
        return np.bincount(outline.box, area, len(corners))

    def _project(self, outline: Outline, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the segments' ends in [px], and the scales (u, v) of x and y there, shape (k, 2, 2) each."""
        view = views[outline.box]
        scale = self._focal[view][:, None] * np.array([1.0, -1.0]) / -outline.points[..., 2:]
        return self._principal[view][:, None] + scale * outline.points[..., :2], scale


_Integrals = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Integrals per segment, each of shape (k,): of P dv, and of `inside` and `inside * t` over t from 0 to 1."""


def _integrate_image(pixels: np.ndarray, size: np.ndarray) -> _Integrals:
    """Integrate over the image's rectangle; `pixels` has shape (k, 2, 2) and `size` (width, height), shape (k, 2)."""
    start = pixels[:, 0]
    step = _steps(pixels)
    crossings = np.concatenate([-start / step, (size - start) / step], axis=-1)
    ends = np.broadcast_to([0.0, 1.0], (len(pixels), 2))
    cuts = np.sort(np.concatenate([ends, crossings.clip(0, 1)], axis=-1), axis=-1)
    length, t = np.diff(cuts, axis=-1), (cuts[:, 1:] + cuts[:, :-1]) / 2
    u, v = np.moveaxis(start[:, None] + t[..., None] * step[:, None], -1, 0)
    width, height = size[:, :1], size[:, 1:]
    length = length * ((v > 0) & (v < height))
    inside = length * ((u > 0) & (u < width))
    area = (length * u.clip(0, width)).sum(axis=-1) * step[:, 1]
    return area, inside.sum(axis=-1), (inside * t).sum(axis=-1)


def _integrate_mask(pixels: np.ndarray, prefix: PrefixSums, view: np.ndarray) -> _Integrals:
    """Integrate over the masks; `pixels` is relative to the crop's origin, shape (k, 2, 2)."""
    height, width = prefix.shape[view].T
    u, v = pixels[:, 0].T
    du, dv = _steps(pixels).T
    low, high = _ordered(-v / dv, (height - v) / dv)
    t0, t1 = low.clip(0, 1), high.clip(0, 1)
    segment, row = _cells(v, dv, t0, t1, height - 1)
    t0, t1 = _within(v[segment], dv[segment], row, t0[segment], t1[segment])

    # Left of a row's first mask pixel P is 0; right of its last one it is the row's total: one wide column.
    begin, end = prefix.row_span[prefix.row_offset[view[segment]] + row].T
    u, du = u[segment], du[segment]
    entry = (begin - u) / du
    t0, t1 = np.where(du > 0, np.maximum(t0, entry), t0), np.where(du > 0, t1, np.minimum(t1, entry))
    some = np.flatnonzero((t1 > t0) & (end > begin))
    segment, row, end, u, du, t0, t1 = (values[some] for values in (segment, row, end, u, du, t0, t1))
    place = prefix.offset[view[segment]] + row * (width[segment] + 2)

    piece, column = _cells(u, du, t0, t1, end)
    segment, place, u, du = segment[piece], place[piece] + column, u[piece], du[piece]
    t0, t1 = _within(u, du, column, t0[piece], t1[piece], np.where(column == end[piece], np.inf, 1.0))
    length, t = t1 - t0, (t0 + t1) / 2
    before = prefix.sums[place]
    inside = (prefix.sums[place + 1] - before) * length
    area = before * length + inside * (u + t * du - column)
    count = len(pixels)
    return (
        np.bincount(segment, area, count) * dv,
        np.bincount(segment, inside, count),
        np.bincount(segment, inside * t, count),
    )


def _steps(pixels: np.ndarray) -> np.ndarray:
    """Return the vectors from start to end, shape (k, 2), never zero."""
    step = pixels[:, 1] - pixels[:, 0]
    return np.where(np.abs(step) < _LEAST_STEP, _LEAST_STEP, step)


def _ordered(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.minimum(a, b), np.maximum(a, b)


def _cells(
    start: np.ndarray, step: np.ndarray, t0: np.ndarray, t1: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit cells 0 to `last` that start + t step passes through for t in [t0, t1]: owners and cells."""
    low, high = _ordered(start + t0 * step, start + t1 * step)
    first = np.floor(low).clip(0, last).astype(np.int64)
    stop = np.ceil(high).clip(first + 1, last + 1).astype(np.int64)
    return expand_ranges(first, stop)


def _within(
    start: np.ndarray,
    step: np.ndarray,
    cell: np.ndarray,
    t0: np.ndarray,
    t1: np.ndarray,
    size: np.ndarray | float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of [t0, t1] in which start + t step lies in [cell, cell + size]."""
    low, high = _ordered((cell - start) / step, (cell + size - start) / step)
    return np.maximum(low, t0), np.maximum(np.minimum(high, t1), np.maximum(low, t0))
