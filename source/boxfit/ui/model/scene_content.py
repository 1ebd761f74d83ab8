"""What the 3D view shows: plain values that the model fills and the view draws, all in the stage's world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.camera import Camera


@dataclass(frozen=True, eq=False)
class ShownBox:
    """A box, and where its faces may lie.

    Attributes:
        name: What it is a box of.
        box: In the stage's world.
        bounds: Where each face may lie, along the box's own axes in the stage's units; None where nobody knows.
        selected: Whether it is the one that is being worked on: the others are drawn fainter.
        visible: Whether it is to be drawn: not if someone has hidden the prim, or one above it.
    """

    name: str
    box: Box
    bounds: FaceBounds | None = None
    selected: bool = True
    visible: bool = True


@dataclass(frozen=True, eq=False)
class ShownCamera:
    """A view's camera.

    Attributes:
        view: Name of the view.
        camera: In the stage's world.
        chosen: Whether it is the view whose picture is shown.
    """

    view: str
    camera: Camera
    chosen: bool = False


def _no_edges() -> np.ndarray:
    return np.zeros((0, 2, 3), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SceneContent:
    """Everything in the 3D view.

    The view draws again what is another object than last time: keep `wireframe`, and the cameras, where they are the
    same.

    Attributes:
        boxes: Those that were fitted, or are being fitted.
        cameras: Those of the views.
        wireframe: Ends of the edges of the stage's meshes, shape (n, 2, 3), float32.
        note: What a user should know about the picture, as that bounds stand in for meshes; empty if nothing.
        up_axis: The stage's.
    """

    boxes: tuple[ShownBox, ...] = ()
    cameras: tuple[ShownCamera, ...] = ()
    wireframe: np.ndarray = field(default_factory=_no_edges)
    note: str = ""
    up_axis: Literal["Y", "Z"] = "Y"

    @property
    def drawn(self) -> tuple[ShownBox, ...]:
        """The boxes without those that are hidden."""
        return tuple(one for one in self.boxes if one.visible)


DETAILED = 6
"""So many boxes can be told apart by what is written at them; more would be written over each other."""


def detailed_boxes(boxes: Sequence[ShownBox]) -> tuple[ShownBox, ...]:
    """Those that are drawn in full, with bounds, axes and lengths: the selected ones, where these are few.

    A user who selects none has all selected, and sees all of a few boxes in full without a click.
    """
    selected = tuple(one for one in boxes if one.selected)
    return selected if len(selected) <= DETAILED else ()
