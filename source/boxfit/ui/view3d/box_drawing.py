"""Boxes as lines of a scene of omni.ui: their edges, and where their faces may lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.draw.canvas import BOX
from boxfit.draw.outline import hidden_edges
from boxfit.geometry.box import BOX_EDGES
from boxfit.ui.controls.line_set import LineSet
from boxfit.ui.model.scene_content import ShownBox, detailed_boxes
from boxfit.ui.view3d.scene_lines import bounds_shells, box_edges
from boxfit.ui.view3d.view_projection import ViewProjection

APART = 3.0
"""An edge of a shell that is nearer to the box's own, in [px], would only make this look thicker or fainter."""

# As in the panel's bars: blue is certain, the pale part is open.
OUTER, INNER = (168, 216, 255), (74, 158, 224)


class BoxDrawing:
    """Selected boxes bright and with their bounds, as long as they are few; the others faint. Made inside a scene."""

    def __init__(self) -> None:
        self._detailed: list[_Detailed] = []
        self._drawn: bytes | None = None
        self._others = LineSet(BOX, 0.45)
        self._many = LineSet(BOX, 0.9, 1.5)
        self._inner = LineSet(INNER, 0.75)
        self._outer = LineSet(OUTER, 0.85, 1.2)
        self._behind = LineSet(BOX, 0.55)
        self._front = LineSet(BOX, thickness=2.5)

    def show(self, boxes: Sequence[ShownBox], sight: ViewProjection) -> None:
        """Draw these boxes in place of those that were there."""
        detailed = detailed_boxes(boxes)
        plain = [one for one in boxes if one not in detailed]
        self._others.show(_joined([box_edges(one.box) for one in plain if not one.selected]))
        self._many.show(_joined([box_edges(one.box) for one in plain if one.selected]))
        self._detailed, self._drawn = [_Detailed(one) for one in detailed], None
        self._draw(sight)

    def look(self, sight: ViewProjection) -> None:
        """Draw the edges fainter that lie behind as it is seen now, and the bounds that can be told from their box."""
        if self._detailed:
            self._draw(sight)

    def _draw(self, sight: ViewProjection) -> None:
        seen = [one.seen(sight) for one in self._detailed]
        key = np.array(seen).tobytes()
        # A camera that moves a little rarely brings another edge into sight.
        if key == self._drawn:
            return
        self._drawn = key
        lines = [(one, *edges) for one, edges in zip(self._detailed, seen, strict=True)]
        self._outer.show(_joined([one.outer[BOX_EDGES][apart] for one, _, apart, _ in lines]))
        self._inner.show(_joined([one.inner[BOX_EDGES][apart] for one, _, _, apart in lines]))
        self._behind.show(_joined([one.edges[hidden] for one, hidden, _, _ in lines]))
        self._front.show(_joined([one.edges[~hidden] for one, hidden, _, _ in lines]))


class _Detailed:
    """A box that is drawn in full. Where it has no shell, the box itself stands for it: nothing of that is apart."""

    def __init__(self, shown: ShownBox) -> None:
        self.box, self.edges, self._corners = shown.box, box_edges(shown.box), shown.box.corners
        shells = bounds_shells(shown.box, shown.bounds) if shown.bounds is not None else (None, None)
        self.outer, self.inner = (self._corners if shell is None else shell for shell in shells)

    def seen(self, sight: ViewProjection) -> np.ndarray:
        """Which edges lie behind, and which of the outer and of the inner shell are apart; shape (3, 12)."""
        shells = (self.outer, self.inner)
        apart = [shell is not self._corners and sight.edges_apart(shell, self._corners, APART) for shell in shells]
        return np.stack([np.broadcast_to(one, 12) for one in (hidden_edges(self.box, sight.eye), *apart)])


def _joined(segments: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(segments) if segments else np.zeros((0, 2, 3))
