"""Placement of labels beside the edges of a box: outside its outline, inside the view, and clear of other labels.

A text is anchored at a corner or the middle of a side, a little beside an edge of the outline, and extends away from
it.
As the outline of a box is convex, no text overlaps a line of its box, however long it is: the estimated width only
decides which of the possible places has most room. Where none has enough, the text is moved into the view, over
lines if need be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.ui.view3d.view_projection import ViewProjection

GAP = 7.0
"""Distance between an edge and its text, in [px]."""

_SLACK = 4.0
"""Allowed overlap of a text with the gap, in [px], so that it can be centred above a level edge."""

_ALONG = np.array([0.5, 0.3, 0.7])
"""Places along the visible part of an edge, best first."""

_MARGIN = 3.0
"""Distance between a text and the border of the view, in [px]."""

# Penalties of a place, in [px] of shift that keeps a text in the view.
_INSIDE, _OVER_TEXT, _OVER_BOX, _OFF_MIDDLE, _SHORT = 60.0, 80.0, 30.0, 10.0, 5.0

_SIGNS = CORNER_SIGNS[BOX_EDGES]
_SHARED = _SIGNS[:, 0] == _SIGNS[:, 1]
"""The two axes of the faces that an edge belongs to, shape (12, 3)."""

_AXIS = _SHARED.argmin(axis=1)
"""Axis that an edge is parallel to, shape (12,)."""


@dataclass(frozen=True, eq=False)
class LabelPlace:
    """The place of a text.

    Attributes:
        point: In the world, shape (3,).
        side: Direction in which the text extends, to the right and down: -1, 0 (both ways) or 1 each.
        area: Its estimated area, in [px]: left, top, right, bottom.
    """

    point: np.ndarray
    side: tuple[int, int]
    area: np.ndarray


def label_places(
    box: Box,
    corners: np.ndarray,
    projection: ViewProjection,
    texts: Sequence[tuple[float, float]],
    written: Sequence[np.ndarray] = (),
    boxes: Sequence[np.ndarray] = (),
) -> list[LabelPlace | None]:
    """Return a place for a text at each axis of a box.

    Args:
        box: In the world.
        corners: Corners of the shape to keep free of texts: the box's, or those of a box around it in the same order.
        projection: Of the view.
        texts: Width and height of each text by estimate, in [px].
        written: Areas of other texts, in [px].
        boxes: Areas of other boxes.

    Returns:
        A place beside an edge along each axis, or None where no such edge is in the view.
    """
    # Vectorised over edges and places: this runs for every frame in which the camera moves.
    clip = projection.clip(corners)[BOX_EDGES]
    begin, end = _seen_part(clip)
    seen = np.flatnonzero(begin < end)
    if not len(seen):
        return [None] * 3
    axis, begin, end, clip = _AXIS[seen], begin[seen, None], end[seen, None], clip[seen]
    text = np.asarray(texts)[axis]
    ends = projection.pixels(clip[:, :1] + np.stack([begin, end], axis=1) * (clip[:, 1:] - clip[:, :1]))
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    away = along[:, ::-1] * (1, -1) / np.maximum(length, 1e-9)[:, None]
    inwards = (away * (ends.mean(axis=1) - ends.mean(axis=(0, 1)))).sum(axis=1) < 0
    away[inwards] *= -1
    side = np.where(np.abs(away) * text / 2 > _SLACK, np.sign(away), 0.0).astype(int)

    edges = corners[BOX_EDGES[seen]][:, None]
    shares = begin + _ALONG * (end - begin)
    points = edges[:, :, 0] + shares[..., None] * (edges[:, :, 1] - edges[:, :, 0])
    corner = projection.project(points) + (GAP * away + (side - 1) / 2 * text)[:, None]
    room = np.maximum(projection.size - text - _MARGIN, _MARGIN)[:, None]
    moved = np.clip(corner, _MARGIN, room) - corner
    areas = np.concatenate([corner + moved, corner + moved + text[:, None]], axis=-1)
    badness = np.abs(moved).sum(axis=-1) + _OFF_MIDDLE * np.abs(_ALONG - 0.5) + _OVER_BOX * _overlaps(areas, boxes)
    # A longer edge has more room.
    badness += (np.where(_is_outline(box, projection.eye)[seen], 0.0, _INSIDE) + _SHORT / (1 + length / text[:, 0]))[
        :, None
    ]

    taken = list(written)
    places: list[LabelPlace | None] = []
    for box_axis in range(3):
        against = np.where(axis[:, None] == box_axis, badness + _OVER_TEXT * _overlaps(areas, taken), np.inf)
        edge, place = np.unravel_index(np.argmin(against), against.shape)
        if not np.isfinite(against[edge, place]):
            places.append(None)
            continue
        point = projection.shifted(points[edge, place], GAP * away[edge] + moved[edge, place])
        across, down = side[edge].tolist()
        places.append(LabelPlace(point, (across, down), areas[edge, place]))
        taken.append(areas[edge, place])
    return places


def _is_outline(box: Box, eye: np.ndarray) -> np.ndarray:
    """Return True for the edges between a visible and a hidden face, shape (12,)."""
    faces = _SHARED & (_SIGNS[:, 0] * (box.to_local(eye) / box.half_extents) > 1)
    return faces.sum(axis=1) == 1


def _seen_part(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where lines enter and leave the view, as parts of their lengths; end <= begin if they are outside.

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
    """Count the areas of shape (4,) that each area of shape (..., 4) overlaps."""
    if not len(others):
        return np.zeros(areas.shape[:-1])
    there = np.array(others)
    apart = (areas[..., None, :2] >= there[:, 2:]) | (areas[..., None, 2:] <= there[:, :2])
    return (~apart.any(axis=-1)).sum(axis=-1)
