"""Where to write beside the edges of a box in a view: outside of its outline, inside of the view, not over other texts.

A text stands with one of its corners, or the middle of one of its sides, a little beside an edge of the outline, and
goes on away from it. As the outline of a box is convex, no text can run over a line of its box then, however long it
is: the estimate of a text's width decides only which of the possible places has most room. Where none has enough, a
text is moved into the view, over lines if need be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.ui.view3d.view_projection import ViewProjection

GAP = 7.0
"""Between an edge and its text, in [px]."""

_SLACK = 4.0
"""A text may reach into the gap by so much, in [px], which lets it stand centred above a level edge."""

_ALONG = np.array([0.5, 0.3, 0.7])
"""Places along the part of an edge that is seen, best first."""

_MARGIN = 3.0
"""Between a text and the end of the view, in [px]."""

# What speaks against a place, in [px] that a text is moved from where it belongs to be in the view.
_INSIDE, _OVER_TEXT, _OVER_BOX, _OFF_MIDDLE, _SHORT = 60.0, 80.0, 30.0, 10.0, 5.0

_SIGNS = CORNER_SIGNS[BOX_EDGES]
_SHARED = _SIGNS[:, 0] == _SIGNS[:, 1]
"""The two axes along which an edge lies on a face, shape (12, 3)."""

_AXIS = _SHARED.argmin(axis=1)
"""The axis that an edge goes along, shape (12,)."""


@dataclass(frozen=True, eq=False)
class LabelPlace:
    """Where a text stands.

    Attributes:
        point: In the world, shape (3,).
        side: Which way the text goes on from there, to the right and down: -1, 0 (both ways) or 1 each.
        area: What it covers by estimate, in [px]: left, top, right, bottom.
    """

    point: np.ndarray
    side: tuple[int, int]
    area: np.ndarray


def label_places(
    box: Box,
    corners: np.ndarray,
    sight: ViewProjection,
    texts: Sequence[tuple[float, float]],
    written: Sequence[np.ndarray] = (),
    boxes: Sequence[np.ndarray] = (),
) -> list[LabelPlace | None]:
    """Where to write a text for each axis of a box.

    Args:
        box: In the world.
        corners: What is to be kept free of texts, ordered as the box's corners: these, or those of a box around it.
        sight: The view.
        texts: Width and height of each text by estimate, in [px].
        written: Areas of other texts, in [px].
        boxes: Areas of other boxes.

    Returns:
        A place beside an edge along each axis, or None where no such edge is in the view.
    """
    # All edges at once, and all places along each: this runs for every frame in which the camera moves.
    clip = sight.clip(corners)[BOX_EDGES]
    begin, end = _seen_part(clip)
    seen = np.flatnonzero(begin < end)
    if not len(seen):
        return [None] * 3
    axis, begin, end, clip = _AXIS[seen], begin[seen, None], end[seen, None], clip[seen]
    text = np.asarray(texts)[axis]
    ends = sight.pixels(clip[:, :1] + np.stack([begin, end], axis=1) * (clip[:, 1:] - clip[:, :1]))
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    away = along[:, ::-1] * (1, -1) / np.maximum(length, 1e-9)[:, None]
    inwards = (away * (ends.mean(axis=1) - ends.mean(axis=(0, 1)))).sum(axis=1) < 0
    away[inwards] *= -1
    side = np.where(np.abs(away) * text / 2 > _SLACK, np.sign(away), 0.0).astype(int)

    edges = corners[BOX_EDGES[seen]][:, None]
    shares = begin + _ALONG * (end - begin)
    points = edges[:, :, 0] + shares[..., None] * (edges[:, :, 1] - edges[:, :, 0])
    corner = sight.project(points) + (GAP * away + (side - 1) / 2 * text)[:, None]
    room = np.maximum(sight.size - text - _MARGIN, _MARGIN)[:, None]
    moved = np.clip(corner, _MARGIN, room) - corner
    areas = np.concatenate([corner + moved, corner + moved + text[:, None]], axis=-1)
    badness = np.abs(moved).sum(axis=-1) + _OFF_MIDDLE * np.abs(_ALONG - 0.5) + _OVER_BOX * _overlaps(areas, boxes)
    # There is more room beside a long edge.
    badness += (np.where(_is_outline(box, sight.eye)[seen], 0.0, _INSIDE) + _SHORT / (1 + length / text[:, 0]))[:, None]

    taken = list(written)
    places: list[LabelPlace | None] = []
    for one in range(3):
        against = np.where(axis[:, None] == one, badness + _OVER_TEXT * _overlaps(areas, taken), np.inf)
        edge, place = np.unravel_index(np.argmin(against), against.shape)
        if not np.isfinite(against[edge, place]):
            places.append(None)
            continue
        point = sight.shifted(points[edge, place], GAP * away[edge] + moved[edge, place])
        across, down = side[edge].tolist()
        places.append(LabelPlace(point, (across, down), areas[edge, place]))
        taken.append(areas[edge, place])
    return places


def _is_outline(box: Box, eye: np.ndarray) -> np.ndarray:
    """Which edges border one face that is seen and one that is not, shape (12,)."""
    faces = _SHARED & (_SIGNS[:, 0] * (box.to_local(eye) / box.half_extents) > 1)
    return faces.sum(axis=1) == 1


def _seen_part(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where lines enter and leave the view, as parts of their lengths; the end is not beyond the begin if never.

    Args:
        clip: Clip coordinates of their ends, shape (n, 2, 4).
    """
    x, y, w = clip[..., 0], clip[..., 1], clip[..., 3]
    a, b = np.moveaxis(np.stack([w + x, w - x, w + y, w - y], axis=-1), 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = a / (a - b)
    begin = np.where(a < 0, np.where(b < 0, 1.0, crossing), 0.0).max(axis=-1)
    end = np.where(b < 0, np.where(a < 0, 0.0, crossing), 1.0).min(axis=-1)
    return begin, end


def _overlaps(areas: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """How many of some areas of shape (4,) each of those of shape (..., 4) covers a part of."""
    if not len(others):
        return np.zeros(areas.shape[:-1])
    there = np.array(others)
    apart = (areas[..., None, :2] >= there[:, 2:]) | (areas[..., None, 2:] <= there[:, :2])
    return (~apart.any(axis=-1)).sum(axis=-1)
