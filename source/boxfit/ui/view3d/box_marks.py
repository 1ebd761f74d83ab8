"""Marks at boxes in an omni.ui.scene scene: axes, and lengths of edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import omni.ui as ui
from omni.ui import scene as sc

from boxfit.draw.canvas import AXES
from boxfit.draw.outline import box_axes
from boxfit.geometry.units import WorldUnits
from boxfit.ui.controls.line_set import LineSet, scene_colour
from boxfit.ui.model.formatting import size_labels
from boxfit.ui.model.scene_content import ShownBox, detailed_boxes
from boxfit.ui.view3d.box_drawing import APART
from boxfit.ui.view3d.label_places import LabelPlace, label_places
from boxfit.ui.view3d.scene_lines import bounds_shells
from boxfit.ui.view3d.view_projection import ViewProjection

TEXT_SIZE = 15
"""Height of a line, in [px]."""

_LETTER = 5.2
"""Mean width of a character, in [px]."""


class BoxMarks:
    """Axes and lengths of the boxes that are drawn in full, x red, y green, z blue. Built inside a scene."""

    def __init__(self) -> None:
        self._boxes: Sequence[ShownBox] = ()
        self._outlines: list[_Outline] = []
        self._axes = [LineSet(colour, thickness=1.5) for colour in AXES]
        self._place = sc.Transform()
        self._labels: list[_Lengths] = []

    def show(self, boxes: Sequence[ShownBox], units: WorldUnits, projection: ViewProjection) -> None:
        """Mark these boxes in place of the previous ones.

        Args:
            boxes: All that are drawn.
            units: Of the scene's world.
            projection: Of the view.
        """
        self._boxes = detailed_boxes(boxes)
        self._outlines = [_Outline(shown) for shown in self._boxes]
        axes = np.array([box_axes(shown.box) for shown in self._boxes]).reshape(-1, 3, 2, 3)
        for axis, lines in enumerate(self._axes):
            lines.show(axes[:, axis])
        with self._place:
            self._labels += [_Lengths() for _ in self._boxes[len(self._labels) :]]
        for shown, labels in zip(self._boxes, self._labels, strict=False):
            labels.show(size_labels(shown.box, shown.bounds, units))
        for labels in self._labels[len(self._boxes) :]:
            labels.hide()
        self.look(projection)

    def look(self, projection: ViewProjection) -> None:
        """Place the lengths for another view projection."""
        outlines = [outline.corners(projection) for outline in self._outlines]
        areas = [projection.area(corners) for corners in outlines]
        written: list[np.ndarray] = []
        for index, (shown, labels) in enumerate(zip(self._boxes, self._labels, strict=False)):
            others = areas[:index] + areas[index + 1 :]
            places = label_places(shown.box, outlines[index], projection, labels.sizes, written, others)
            written += [place.area for place in places if place is not None]
            labels.move(places)


class _Outline:
    """The outermost drawn shape of a box."""

    def __init__(self, shown: ShownBox) -> None:
        self._corners = shown.box.corners
        self._outer = bounds_shells(shown.box, shown.bounds)[0] if shown.bounds is not None else None

    def corners(self, projection: ViewProjection) -> np.ndarray:
        """Return the corners of the outer shell where it can be distinguished from the box, else of the box."""
        outer = self._outer
        return (
            outer if outer is not None and projection.edges_apart(outer, self._corners, APART).any() else self._corners
        )


class _Lengths:
    """The three length labels of a box."""

    def __init__(self) -> None:
        self._places: list[sc.Transform] = []
        self._texts: list[sc.Label] = []
        for colour in AXES:
            self._places.append(sc.Transform(look_at=sc.Transform.LookAt.CAMERA))
            with self._places[-1]:
                self._texts.append(sc.Label("", color=scene_colour(colour), size=TEXT_SIZE))

    @property
    def sizes(self) -> list[tuple[float, float]]:
        """Estimated widths and heights of the texts, in [px]."""
        return [(_LETTER * len(text.text), float(TEXT_SIZE)) for text in self._texts]

    def show(self, lengths: Sequence[str]) -> None:
        """Show the lengths of another box."""
        for text, length in zip(self._texts, lengths, strict=True):
            text.text = length

    def hide(self) -> None:
        """Hide the labels."""
        for text in self._texts:
            text.visible = False

    def move(self, places: Sequence[LabelPlace | None]) -> None:
        """Move the labels; those without a place are hidden."""
        for transform, text, place in zip(self._places, self._texts, places, strict=True):
            text.visible = place is not None
            if place is not None:
                transform.transform = sc.Matrix44.get_translation_matrix(*place.point.tolist())
                text.alignment = _ALIGNMENTS[place.side]


_ALIGNMENTS = {
    (1, 0): ui.Alignment.LEFT_CENTER,
    (-1, 0): ui.Alignment.RIGHT_CENTER,
    (0, 1): ui.Alignment.CENTER_TOP,
    (0, -1): ui.Alignment.CENTER_BOTTOM,
    (1, 1): ui.Alignment.LEFT_TOP,
    (1, -1): ui.Alignment.LEFT_BOTTOM,
    (-1, 1): ui.Alignment.RIGHT_TOP,
    (-1, -1): ui.Alignment.RIGHT_BOTTOM,
    (0, 0): ui.Alignment.CENTER,
}
"""Alignment of a text by the direction in which it extends from its point."""
