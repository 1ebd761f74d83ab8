"""Small line drawings for the documents."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from boxfit.draw.canvas import BACKGROUND, FAINT_TEXT, TEXT, blank, draw_text
from PIL import Image, ImageDraw

SCALE = 3
"""Scale at which everything is drawn before reduction, since Pillow draws without antialiasing."""
SIZE = 21
"""Height of text in [px]: legible at half of the picture's size."""
COLOURS = 80

Rgb = tuple[int, int, int]
Colour = tuple[int, ...]
"""RGB, or RGBA to let what is below shine through."""
Area = tuple[float, float, float, float]
"""Left, top, right, bottom in [px]."""
Placed = Callable[[np.ndarray], np.ndarray]
"""Map from a drawing's own coordinates to pixels of the picture, shape (n, 2) both."""


class Picture:
    """Picture to draw on, in [px] from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self._image = blank(width * SCALE, height * SCALE, BACKGROUND)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def polygon(self, points: np.ndarray, fill: Colour) -> None:
        """Fill a polygon, shape (n, 2)."""
        self._draw.polygon(_flat(points), fill=fill)

    def line(
        self, points: np.ndarray, colour: Colour, width: float = 2.0, dash: float = 0.0, closed: bool = False
    ) -> None:
        """Draw a polyline, shape (n, 2), with dashes of a length in [px] if that is given."""
        points = np.concatenate([points, points[:1]]) if closed else np.asarray(points, dtype=float)
        if not dash:
            self._draw.line(_flat(points), fill=colour, width=round(width * SCALE), joint="curve")
            return
        for start, end in pairwise(points):
            length = float(np.linalg.norm(end - start))
            for begin in np.arange(0.0, length, 2 * dash):
                ends = start + np.outer([begin, min(begin + dash, length)], (end - start) / length)
                self._draw.line(_flat(ends), fill=colour, width=round(width * SCALE))

    def line_inside(self, points: np.ndarray, area: Area, colour: Colour, width: float, dash: float = 0.0) -> None:
        """Draw the part of a straight line, given by points along it, that lies inside an area."""
        start, end = np.asarray(points, dtype=float)[[0, -1]]
        along = start + np.linspace(0, 1, 2000)[:, None] * (end - start)
        inside = along[((along > area[:2]) & (along < area[2:])).all(axis=1)]
        if len(inside):
            self.line(inside[[0, -1]], colour, width, dash)

    def dots(self, points: np.ndarray, colour: Colour, radius: float = 4.0) -> None:
        """Draw filled circles around points, shape (n, 2)."""
        for x, y in np.asarray(points, dtype=float).reshape(-1, 2):
            ends = [(x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE]
            self._draw.ellipse(ends, fill=colour)

    def text(self, x: float, y: float, text: str, colour: Rgb = TEXT, align: str = "left", size: int = SIZE) -> None:
        """Write lines whose top is at y, and whose left end, middle or right end is at x."""
        for number, line in enumerate(text.splitlines()):
            place = x * SCALE, (y + 1.25 * size * number) * SCALE
            draw_text(self._draw, place, line, size * SCALE, colour, align)

    def legend(self, x: float, y: float, entries: dict[str, tuple[Colour, float, float]], step: float = 30.0) -> None:
        """List the meaning of lines, each with its colour, width and dash; a width of 0 is a filled square."""
        for number, (text, (colour, width, dash)) in enumerate(entries.items()):
            middle = y + step * number
            if width:
                self.line(np.array([[x, middle], [x + 30, middle]]), colour, width, dash)
            else:
                corners = 8 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) + np.array([x + 15, middle])
                self.polygon(corners, colour)
            self.text(x + 42, middle - 0.55 * SIZE, text, FAINT_TEXT)

    def save(self, path: Path) -> None:
        """Write a PNG with few colours."""
        width, height = self._image.size
        small = self._image.resize((width // SCALE, height // SCALE), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def fitted(points: np.ndarray, area: Area, upwards: bool = False) -> Placed:
    """Return the map that puts points into the middle of an area, without distortion.

    Args:
        points: Shape (n, 2).
        area: Where to put them.
        upwards: True if the second coordinate grows upwards.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    corner, size = np.array(area[:2]), np.subtract(area[2:], area[:2])
    scale = (size / (high - low)).min() * np.array([1, -1 if upwards else 1])
    return lambda given: corner + size / 2 + (np.asarray(given) - (low + high) / 2) * scale


def _flat(points: np.ndarray) -> list[tuple[float, float]]:
    return [(float(x) * SCALE, float(y) * SCALE) for x, y in points]
