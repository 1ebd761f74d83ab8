"""Boxes over the pictures of all viewports: edges, bounds, axes and lengths, as the panel's model has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.view3d.box_drawing import BoxDrawing
from boxfit.ui.view3d.box_marks import BoxMarks
from boxfit.ui.view3d.view_projection import ViewProjection
from omni.ui import scene as sc

FACTORY = "boxfit_kit.window"
"""What the viewports know the overlay by."""

_USUAL_SIZE = (1280.0, 720.0)
"""Of a viewport that has not been laid out yet, in [px]."""


class Overlay:
    """There from when it is made until it is destroyed, also in viewports that are opened meanwhile.

    Args:
        model: Whose boxes to draw.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model = model
        self._registered: Any = None
        try:
            from omni.kit.viewport.registry import RegisterScene
        except ImportError:  # An app need not have viewports.
            return
        self._registered = RegisterScene(self._make, FACTORY)

    def destroy(self) -> None:
        """Take it away from every viewport."""
        if self._registered is not None:
            self._registered.destroy()
            self._registered = None

    def _make(self, viewport: dict[str, Any]) -> NoScene:
        """Called inside the scene of each viewport; one that shows another stage has nothing to draw."""
        return NoScene() if viewport.get("usd_context_name") else BoxScene(self._model, viewport["viewport_api"])


class NoScene:
    """What every viewport asks of a scene, and draws nothing: nobody says that a viewport could do without one."""

    name = "Box Fit"
    categories = ("scene",)
    visible = True

    def destroy(self) -> None:
        """There is nothing to end."""


class BoxScene(NoScene):
    """The overlay of one viewport.

    Args:
        model: Whose boxes to draw.
        viewport: API of the viewport.
    """

    def __init__(self, model: PanelModel, viewport: Any) -> None:
        self._model = model
        self._place = sc.Transform()
        with self._place:
            self._drawing, self._marks = BoxDrawing(), BoxMarks()
        self._visible = True
        # The scene's camera is moved by the viewport itself.
        self._viewport = viewport
        self._sight: ViewProjection | None = None
        self._turned: Any = viewport.subscribe_to_view_change(lambda _: self._look())
        self._end: Callable[[], None] = model.scene.changed.subscribe(self._show)
        self._show()

    @property
    def visible(self) -> bool:
        """Whether it is drawn, as the viewport's own menus want it."""
        return self._visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._visible = visible
        self._show()

    def destroy(self) -> None:
        """Listen no more; the viewport clears its scene."""
        self._end()
        self._turned = None

    def _show(self) -> None:
        boxes = self._model.scene.content.drawn if self._visible else ()
        self._sight = sight = self._see()
        self._drawing.show(boxes, sight)
        self._marks.show(boxes, self._model.units, sight)

    def _look(self) -> None:
        sight = self._see()
        if not sight.is_like(self._sight):
            self._sight = sight
            self._drawing.look(sight)
            self._marks.look(sight)

    def _see(self) -> ViewProjection:
        """The viewport's camera, and how large its scene is on the screen."""
        # Of Kit's own omni.ui.scene nobody says that its items know their view.
        api, view = self._viewport, getattr(self._place, "scene_view", None)
        width, height = (view.computed_content_width, view.computed_content_height) if view else (0.0, 0.0)
        clip_from_world = np.array(api.view * api.projection).T
        eye = np.array(api.transform.ExtractTranslation())
        return ViewProjection(eye, clip_from_world, (width, height) if min(width, height) > 0 else _USUAL_SIZE)
