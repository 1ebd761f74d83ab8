"""The axis cross in the view's corner."""

from __future__ import annotations

import numpy as np
import omni.ui as ui
from omni.ui import scene as sc

from boxfit.draw.canvas import AXES
from boxfit.ui.controls.line_set import scene_colour
from boxfit.ui.view3d.orbit import Orbit

SIDE = 72
"""Width and height in [px]."""

_REACH = 0.62
_LETTER = 0.84
_IDENTITY = np.eye(4).ravel().tolist()


class AxisCross:
    """Three labelled axes at the bottom left. Built inside the ZStack of a view."""

    def __init__(self) -> None:
        self._model = sc.CameraModel(_IDENTITY, _IDENTITY)
        with ui.VStack():
            ui.Spacer()
            with ui.HStack(height=SIDE):
                view = sc.SceneView(self._model, width=SIDE, height=SIDE)
                ui.Spacer()
        with view.scene:
            for direction, letter, colour in zip(np.eye(3), "XYZ", AXES, strict=True):
                sc.Line([0, 0, 0], (_REACH * direction).tolist(), color=scene_colour(colour), thickness=2)
                place = sc.Matrix44.get_translation_matrix(*(_LETTER * direction))
                with sc.Transform(transform=place, look_at=sc.Transform.LookAt.CAMERA):
                    sc.Label(letter, color=scene_colour(colour), size=13, alignment=ui.Alignment.CENTER)

    def turn(self, orbit: Orbit) -> None:
        """Turn the axes as the view's camera sees them."""
        matrix = np.eye(4)
        matrix[:3, :3] = orbit.axes.T
        self._model.view = matrix.ravel().tolist()
