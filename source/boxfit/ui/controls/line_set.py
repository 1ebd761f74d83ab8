"""Lines in an omni.ui.scene scene that move without being rebuilt."""

from __future__ import annotations

import numpy as np
from omni.ui import scene as sc

_GROUP = 200
"""Lines in one group. The first frame after a group has grown takes a time that is quadratic in its lines."""

Colour = tuple[int, int, int]


def scene_colour(colour: Colour, alpha: float = 1.0) -> list[float]:
    """Return an RGB colour as omni.ui.scene takes it; on existing shapes it would misread an integer."""
    return [*(channel / 255 for channel in colour), alpha]


class LineSet:
    """Lines of one colour and thickness. Built inside a scene; later widgets are drawn over it.

    Args:
        colour: RGB.
        alpha: 1 hides what is below.
        thickness: In [px].
    """

    def __init__(self, colour: Colour, alpha: float = 1.0, thickness: float = 1.0) -> None:
        self._colour, self._thickness = scene_colour(colour, alpha), thickness
        self._place = sc.Transform()
        self._lines: list[sc.Line] = []
        self._shown = 0

    def show(self, segments: np.ndarray) -> None:
        """Draw these lines in place of the previous ones, reusing existing lines.

        Args:
            segments: Ends, shape (n, 2, 2) or (n, 2, 3).
        """
        if segments.shape[-1] == 2:
            segments = np.concatenate([segments, np.zeros((*segments.shape[:-1], 1))], axis=-1)
        ends = segments.tolist()
        for line, (start, end) in zip(self._lines, ends, strict=False):
            line.start, line.end = start, end
        for first in range(len(self._lines), len(ends), _GROUP):
            with self._place, sc.Transform():
                for start, end in ends[first : first + _GROUP]:
                    self._lines.append(sc.Line(start, end, color=self._colour, thickness=self._thickness))
        for line in self._lines[self._shown : len(ends)]:
            line.visible = True
        for line in self._lines[len(ends) : self._shown]:
            line.visible = False
        self._shown = len(ends)
