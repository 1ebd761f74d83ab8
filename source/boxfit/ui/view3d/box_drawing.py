"""Boxes as lines of an omni.ui.scene scene: their edges and the bounds of their faces."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from omni.ui import scene as sc

from boxfit.draw.canvas import BOX
from boxfit.draw.outline import hidden_edges
from boxfit.geometry.box import BOX_EDGES
from boxfit.ui.controls.line_set import LineSet
from boxfit.ui.model.scene_content import ShownBox, detailed_boxes
from boxfit.ui.view3d.scene_lines import bounds_shells, box_edges
from boxfit.ui.view3d.view_projection import ViewProjection

APART = 3.0
"""Smallest distance, in [px], between an edge of a bounds shell and the box's own edge; nearer edges are not drawn."""

# As in the panel's bars: blue is certain, pale is the range.
OUTER, INNER = (168, 216, 255), (74, 158, 224)


class BoxDrawing:
    """Boxes: selected ones bright, with bounds if they are few; others faint. Built inside a scene.

    Args:
        below: Scene below the surface that the boxes hold: their hidden edges are drawn there, and shine through it.
            None draws all in one scene.
    """

    def __init__(self, below: sc.Scene | None = None) -> None:
        self._detailed: list[_Detailed] = []
        self._drawn: bytes | None = None
        self._others = LineSet(BOX, 0.45)
        self._many = LineSet(BOX, 0.9, 1.5)
        self._inner = LineSet(INNER, 0.75)
        self._outer = LineSet(OUTER, 0.85, 1.2)
        with below or nullcontext():
            self._outer_behind = LineSet(OUTER, 0.6, 1.2)
            self._behind = LineSet(BOX, 0.45)
        self._through = LineSet(BOX, 0.2)
        self._front = LineSet(BOX, thickness=2.5)

    def show(self, boxes: Sequence[ShownBox], projection: ViewProjection) -> None:
        """Draw these boxes in place of the previous ones."""
        detailed = detailed_boxes(boxes)
        plain = [shown for shown in boxes if shown not in detailed]
        self._others.show(_joined([box_edges(shown.box) for shown in plain if not shown.selected]))
        self._many.show(_joined([box_edges(shown.box) for shown in plain if shown.selected]))
        self._detailed, self._drawn = [_Detailed(shown) for shown in detailed], None
        self._draw(projection)

    def look(self, projection: ViewProjection) -> None:
        """Update hidden edges and distinguishable bounds for another view projection."""
        if self._detailed:
            self._draw(projection)

    def _draw(self, projection: ViewProjection) -> None:
        seen = [drawing.seen(projection) for drawing in self._detailed]
        key = np.array(seen).tobytes()
        # A small camera move rarely changes which edges are visible.
        if key == self._drawn:
            return
        self._drawn = key
        lines = [(drawing, *edges) for drawing, edges in zip(self._detailed, seen, strict=True)]
        self._outer.show(_joined([drawing.outer[BOX_EDGES][apart & ~hidden] for drawing, hidden, apart, _ in lines]))
        self._outer_behind.show(
            _joined([drawing.outer[BOX_EDGES][apart & hidden] for drawing, hidden, apart, _ in lines])
        )
        self._inner.show(_joined([drawing.inner[BOX_EDGES][apart] for drawing, _, _, apart in lines]))
        hidden = _joined([drawing.edges[hidden] for drawing, hidden, _, _ in lines])
        self._behind.show(hidden)
        self._through.show(hidden)
        self._front.show(_joined([drawing.edges[~hidden] for drawing, hidden, _, _ in lines]))


class _Detailed:
    """A box that is drawn in full. Where it has no shell, its own corners stand in, so that no shell edge is drawn."""

    def __init__(self, shown: ShownBox) -> None:
        self.box, self.edges, self._corners = shown.box, box_edges(shown.box), shown.box.corners
        shells = bounds_shells(shown.box, shown.bounds) if shown.bounds is not None else (None, None)
        self.outer, self.inner = (self._corners if shell is None else shell for shell in shells)

    def seen(self, projection: ViewProjection) -> np.ndarray:
        """Return masks of hidden edges, and of distinguishable edges of outer and inner shell, shape (3, 12)."""
        shells = (self.outer, self.inner)
        apart = [shell is not self._corners and projection.edges_apart(shell, self._corners, APART) for shell in shells]
        return np.stack([np.broadcast_to(mask, 12) for mask in (hidden_edges(self.box, projection.eye), *apart)])


def _joined(segments: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(segments) if segments else np.zeros((0, 2, 3))
