"""Boxes as lines of a scene of omni.ui: their edges, and where their faces may lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.draw.canvas import BOX
from boxfit.draw.outline import hidden_edges
from boxfit.ui.controls.line_set import LineSet
from boxfit.ui.model.scene_content import ShownBox
from boxfit.ui.view3d.scene_lines import bounds_edges, box_edges


class BoxDrawing:
    """Selected boxes bright and with their bounds, the others faint. Made inside a scene."""

    def __init__(self) -> None:
        self._boxes: Sequence[ShownBox] = ()
        self._bounds = LineSet(BOX, 0.3)
        self._others = LineSet(BOX, 0.45)
        self._behind = LineSet(BOX, 0.55)
        self._front = LineSet(BOX, thickness=2.5)

    def show(self, boxes: Sequence[ShownBox], eye: np.ndarray) -> None:
        """Draw these boxes in place of those that were there, seen from a place of shape (3,)."""
        self._boxes = boxes
        self._others.show(_joined([box_edges(one.box) for one in boxes if not one.selected]))
        bounded = [(one.box, one.bounds) for one in boxes if one.selected and one.bounds is not None]
        self._bounds.show(_joined([bounds_edges(box, bounds) for box, bounds in bounded]))
        self.look_from(eye)

    def look_from(self, eye: np.ndarray) -> None:
        """Draw those edges of the selected boxes fainter that lie behind, seen from a place of shape (3,)."""
        selected = [one.box for one in self._boxes if one.selected]
        edges = [box_edges(box) for box in selected]
        hidden = [hidden_edges(box, eye) for box in selected]
        self._behind.show(_joined([one[behind] for one, behind in zip(edges, hidden, strict=True)]))
        self._front.show(_joined([one[~behind] for one, behind in zip(edges, hidden, strict=True)]))


def _joined(segments: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(segments) if segments else np.zeros((0, 2, 3))
