"""Overlay of the boxes on all viewports: edges, bounds, axes and lengths."""

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
"""Name under which the viewports register the overlay."""

_USUAL_SIZE = (1280.0, 720.0)
"""Size of a viewport before its first layout, in [px]."""


class Overlay:
    """The overlay on all viewports, also on those opened later, until destroyed.

    Args:
        model: Model of the boxes.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model = model
        self._registered: Any = None
        try:
            from omni.kit.viewport.registry import RegisterScene
        except ImportError:  # An app may have no viewports.
            return
        self._registered = RegisterScene(self._make, FACTORY)

    def destroy(self) -> None:
        """Remove the overlay from all viewports."""
        if self._registered is not None:
            self._registered.destroy()
            self._registered = None

    def _make(self, viewport: dict[str, Any]) -> NoScene:
        """Build the scene of a viewport; empty for a viewport of another USD context."""
        return NoScene() if viewport.get("usd_context_name") else BoxScene(self._model, viewport["viewport_api"])


class NoScene:
    """Empty scene with the attributes that viewports require."""

    name = "Box Fit"
    categories = ("scene",)
    visible = True

    def destroy(self) -> None:
        """Do nothing."""


class BoxScene(NoScene):
    """The overlay of a viewport.

    Args:
        model: Model of the boxes.
        viewport: API of the viewport.
    """

    def __init__(self, model: PanelModel, viewport: Any) -> None:
        self._model = model
        self._place = sc.Transform()
        with self._place:
            self._drawing, self._marks = BoxDrawing(), BoxMarks()
        self._visible = True
        # The viewport itself moves the scene's camera.
        self._viewport = viewport
        self._projection: ViewProjection | None = None
        self._turned: Any = viewport.subscribe_to_view_change(lambda _: self._look())
        self._end: Callable[[], None] = model.scene.changed.subscribe(self._show)
        self._show()

    @property
    def visible(self) -> bool:
        """True if it is drawn; set by the viewport's menus."""
        return self._visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._visible = visible
        self._show()

    def destroy(self) -> None:
        """Unsubscribe; the viewport clears its scene."""
        self._end()
        self._turned = None

    def _show(self) -> None:
        boxes = self._model.scene.content.drawn if self._visible else ()
        self._projection = projection = self._current_projection()
        self._drawing.show(boxes, projection)
        self._marks.show(boxes, self._model.units, projection)

    def _look(self) -> None:
        projection = self._current_projection()
        if not projection.is_like(self._projection):
            self._projection = projection
            self._drawing.look(projection)
            self._marks.look(projection)

    def _current_projection(self) -> ViewProjection:
        """Return the viewport's projection, and the size of its scene on the screen."""
        # `scene_view` is not a documented attribute of Kit's omni.ui.scene.
        api, view = self._viewport, getattr(self._place, "scene_view", None)
        width, height = (view.computed_content_width, view.computed_content_height) if view else (0.0, 0.0)
        clip_from_world = np.array(api.view * api.projection).T
        eye = np.array(api.transform.ExtractTranslation())
        return ViewProjection(eye, clip_from_world, (width, height) if min(width, height) > 0 else _USUAL_SIZE)
