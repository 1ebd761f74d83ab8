"""Content of the 3D view: plain values in the stage's world, filled by the model and drawn by the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.camera import Camera


@dataclass(frozen=True, eq=False)
class ShownBox:
    """A box with the bounds of its faces.

    Attributes:
        name: Name of the object, or path of the prim.
        box: In the stage's world.
        bounds: Range of each face, along the box's own axes in the stage's units; None if unknown.
        selected: False to draw it fainter than the selected boxes.
        visible: False if the prim, or an ancestor, is hidden.
        subject: Asset and label that a box on the stage was fitted to, None where unknown.
    """

    name: str
    box: Box
    bounds: FaceBounds | None = None
    selected: bool = True
    visible: bool = True
    subject: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, eq=False)
class ShownCamera:
    """A view's camera.

    Attributes:
        view: Name of the view.
        camera: In the stage's world.
        chosen: True if it is the view whose picture is shown.
    """

    view: str
    camera: Camera
    chosen: bool = False


def _no_edges() -> np.ndarray:
    return np.zeros((0, 2, 3), dtype=np.float32)


def _no_triangles() -> np.ndarray:
    return np.zeros((0, 3, 3), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SceneContent:
    """Content of the 3D view.

    The view redraws parts that are new objects: pass on arrays and cameras where they are unchanged.

    Attributes:
        boxes: Boxes on the stage, and the box of a running fit.
        cameras: Cameras of the views.
        triangles: Of the stage's meshes, shape (n, 3, 3), float32.
        outlines: Ends of the edges of bounds that stand for geometry without triangles, shape (n, 2, 3), float32.
        hull: Triangles of the visual hull of a fitted object, counter-clockwise from outside, shape (n, 3, 3); none on
            a stage with meshes.
        note: Note about the picture, for example that bounds replace meshes; or "".
        up_axis: Up axis of the stage.
    """

    boxes: tuple[ShownBox, ...] = ()
    cameras: tuple[ShownCamera, ...] = ()
    triangles: np.ndarray = field(default_factory=_no_triangles)
    outlines: np.ndarray = field(default_factory=_no_edges)
    hull: np.ndarray = field(default_factory=_no_triangles)
    note: str = ""
    up_axis: Literal["Y", "Z"] = "Y"

    @property
    def has_geometry(self) -> bool:
        """True if the stage has geometry that is shown."""
        return bool(len(self.triangles) or len(self.outlines))

    @property
    def surface(self) -> np.ndarray:
        """The triangles to draw: of the meshes, or of the hull that stands for them."""
        return self.triangles if self.has_geometry else self.hull

    @property
    def drawn(self) -> tuple[ShownBox, ...]:
        """The visible boxes."""
        return tuple(box for box in self.boxes if box.visible)


DETAILED = 6
"""Largest number of boxes whose labels stay readable; more labels would overlap."""


def detailed_boxes(boxes: Sequence[ShownBox]) -> tuple[ShownBox, ...]:
    """Return the boxes to draw with bounds, axes and lengths: the selected ones, if they are few.

    Without a selection all boxes count as selected, so that a few boxes are shown in full without a click.
    """
    selected = tuple(box for box in boxes if box.selected)
    return selected if len(selected) <= DETAILED else ()
