"""Figures of the views: how far each mask agrees with the box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from boxfit.errors import count_views
from boxfit.fitting.params import CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.session.results import ViewFigures

_VIEWS_AT_ONCE = 50
"""Number of views to compute figures of at once: their areas take more memory than their masks."""

_INVERTED = 0.9
"""Part of the background of an image that lies in the box, from which its mask may show the background."""


def view_figures(
    silhouettes: Sequence[Silhouette], box: Box, dropped: Mapping[str, int] = MappingProxyType({})
) -> tuple[tuple[ViewFigures, ...], tuple[str, ...]]:
    """Compare a box with the masks.

    Args:
        silhouettes: The masks.
        box: A box in the frame of their cameras.
        dropped: Number of edges of each mask that were not used, by view.

    Returns:
        Figures of each view, and a warning if some masks show the background instead of the object.
    """
    boxes, overlaps = np.empty((2, len(silhouettes)))
    for begin in range(0, len(silhouettes), _VIEWS_AT_ONCE):
        some = silhouettes[begin : begin + _VIEWS_AT_ONCE]
        views = np.arange(len(some))
        areas = RendererArea(some).areas(CameraFrames(some).corners(box, views), views)
        boxes[begin : begin + len(some)], overlaps[begin : begin + len(some)] = areas.box, areas.overlap
    masks = np.array([silhouette.area for silhouette in silhouettes], dtype=np.float64)
    # Rounding may leave a share slightly above 1.
    coverages = (overlaps / masks).clip(0, 1)
    ious = (overlaps / (boxes + masks - overlaps)).clip(0, 1)
    names = [silhouette.view for silhouette in silhouettes]
    backgrounds = np.array([math.prod(silhouette.camera.resolution) for silhouette in silhouettes]) - masks
    # The mask is mostly beyond the box, and what it leaves of the image is in it.
    inverted = (coverages < 0.5) & (boxes - overlaps > _INVERTED * backgrounds) & (backgrounds > 0)
    warnings: tuple[str, ...] = ()
    if inverted.any():
        views = count_views([name for name, is_so in zip(names, inverted, strict=True) if is_so], len(names))
        warnings = (f"the mask in {views} shows the background: invert it, or leave the view out (exclude)",)
    figures = zip(names, coverages.tolist(), ious.tolist(), strict=True)
    return tuple(ViewFigures(name, share, iou, dropped.get(name, 0)) for name, share, iou in figures), warnings
