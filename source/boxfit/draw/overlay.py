"""Overlay sheet: a grid of views, each with its mask, the box and its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from boxfit.draw.canvas import BOX, CERTAIN, FAINT_TEXT, MASK, PANEL, blank, draw_text, fit_text, text_width, wrap_text
from boxfit.draw.tile import make_tile
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette

TILE = 320
GAP = 12
HEADER = 68
LINE_HEIGHT = 19
CAPTION = 30


@dataclass(frozen=True, eq=False)
class OverlayView:
    """View of an overlay sheet.

    Attributes:
        silhouette: Mask and camera.
        figures: Short text beside the view's name.
        rgb: The view's image, shape (height, width, 3), uint8, or None.
    """

    silhouette: Silhouette
    figures: str
    rgb: np.ndarray | None = None


def choose_views(silhouettes: Sequence[Silhouette], count: int, first: int = 0) -> list[int]:
    """Choose views that look from directions as different as possible.

    Each next view is the one whose direction is farthest from those already chosen.

    Args:
        silhouettes: All views.
        count: Number of views to choose.
        first: Index of the first choice.

    Returns:
        Ascending indices, at most `count`.
    """
    directions = np.stack([silhouette.camera.forward for silhouette in silhouettes])
    chosen = [first]
    closeness = directions @ directions[first]
    while len(chosen) < min(count, len(silhouettes)):
        closeness[chosen] = np.inf
        chosen.append(int(np.argmin(closeness)))
        closeness = np.maximum(closeness, directions @ directions[chosen[-1]])
    return sorted(chosen)


def overlay_sheet(
    views: Sequence[OverlayView], box: Box, title: str, subtitle: str = "", certain: Box | None = None
) -> Image.Image:
    """Draw views in a grid.

    Args:
        views: At least two.
        box: In the frame of the silhouettes.
        title: First line of the sheet.
        subtitle: Text below it, broken into lines.
        certain: Box that holds the object for certain, to draw around the other with dashed lines.
    """
    columns = 3 if len(views) in (5, 6) else min(4, len(views))
    rows = math.ceil(len(views) / columns)
    width = GAP + columns * (TILE + GAP)
    lines = wrap_text(subtitle, 14, width - 2 * GAP)
    header = HEADER + LINE_HEIGHT * max(len(lines) - 1, 0)
    sheet = blank(width, header + rows * (TILE + CAPTION + GAP))
    draw = ImageDraw.Draw(sheet)
    legend = ("certain box", CERTAIN), ("mask", MASK), ("box", BOX)
    left = _legend(draw, width - GAP, legend[certain is None :])
    draw_text(draw, (GAP, 12), fit_text(title, 20, left - 3 * GAP), 20)
    for index, line in enumerate(lines):
        draw_text(draw, (GAP, 40 + LINE_HEIGHT * index), line, 14, FAINT_TEXT)
    for index, view in enumerate(views):
        x = GAP + (index % columns) * (TILE + GAP)
        y = header + (index // columns) * (TILE + CAPTION + GAP)
        draw.rectangle((x, y, x + TILE - 1, y + TILE + CAPTION - 1), fill=PANEL)
        tile = make_tile(view.silhouette, [box] if certain is None else [box, certain], view.rgb, TILE)
        sheet.paste((tile if certain is None else tile.with_dashes(certain)).with_axes(box), (x, y))
        name = fit_text(view.silhouette.view, 14, TILE - 32 - text_width(view.figures, 14))
        draw_text(draw, (x + 8, y + TILE + 7), name, 14)
        draw_text(draw, (x + TILE - 8, y + TILE + 7), view.figures, 14, FAINT_TEXT, "right")
    return sheet


def _legend(draw: ImageDraw.ImageDraw, right: int, entries: Sequence[tuple[str, tuple[int, int, int]]]) -> int:
    """Draw names and colours, right-aligned in the header; return their left end."""
    for text, colour in reversed(entries):
        x = right - text_width(text, 14)
        draw_text(draw, (x, 15), text, 14)
        draw.rectangle((x - 20, 17, x - 7, 30), fill=colour)
        right = x - 42
    return right + 22
