"""What is written at boxes in a scene of omni.ui: their axes, and how long they are along each."""

# omni.ui ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import omni.ui as ui
from omni.ui import scene as sc

from boxfit.types import Box
from boxfit.ui.controls.line_set import LineSet, scene_colour
from boxfit.ui.model.words import number
from boxfit.ui.view3d.axis_cross import AXES
from boxfit.ui.view3d.scene_lines import box_axes, size_places

_TEXT_SIZE = 15


class BoxMarks:
    """Axes and lengths, x red, y green, z blue. Made inside a scene."""

    def __init__(self) -> None:
        self._boxes: Sequence[Box] = ()
        self._axes = [LineSet(colour, thickness=1.5) for _, colour in AXES]
        self._place = sc.Transform()
        self._labels: list[_Lengths] = []

    def show(self, boxes: Sequence[Box], unit: str, eye: np.ndarray) -> None:
        """Mark these boxes in place of those that were marked.

        Args:
            boxes: In the scene's world.
            unit: Name of its unit of length.
            eye: Where the viewer is, shape (3,).
        """
        self._boxes = boxes
        axes = np.array([box_axes(box) for box in boxes]).reshape(-1, 3, 2, 3)
        for axis, lines in enumerate(self._axes):
            lines.show(axes[:, axis])
        with self._place:
            self._labels += [_Lengths() for _ in boxes[len(self._labels) :]]
        for index, labels in enumerate(self._labels):
            labels.show(boxes[index] if index < len(boxes) else None, unit)
        self.look_from(eye)

    def look_from(self, eye: np.ndarray) -> None:
        """Write the lengths where they can be read, seen from a place of shape (3,)."""
        for box, labels in zip(self._boxes, self._labels, strict=False):
            labels.move(size_places(box, eye))


class _Lengths:
    """The three texts of a box."""

    def __init__(self) -> None:
        self._places: list[sc.Transform] = []
        self._texts: list[sc.Label] = []
        for _, colour in AXES:
            self._places.append(sc.Transform(look_at=sc.Transform.LookAt.CAMERA))
            with self._places[-1]:
                text = sc.Label("", color=scene_colour(colour), size=_TEXT_SIZE, alignment=ui.Alignment.CENTER)
                self._texts.append(text)

    def show(self, box: Box | None, unit: str) -> None:
        """Write the lengths of another box, or nothing."""
        for axis, text in enumerate(self._texts):
            text.visible = box is not None
            if box is not None:
                text.text = f"{number(box.size[axis])} {unit}"

    def move(self, places: np.ndarray) -> None:
        """Write them elsewhere, at places of shape (3, 3)."""
        for transform, place in zip(self._places, places.tolist(), strict=True):
            transform.transform = sc.Matrix44.get_translation_matrix(*place)
