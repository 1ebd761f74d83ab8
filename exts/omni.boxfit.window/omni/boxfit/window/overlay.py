"""Boxes over the pictures of all viewports: edges, bounds, axes and lengths, as the panel's model has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.words import unit_name
from boxfit.ui.view3d.box_drawing import BoxDrawing
from boxfit.ui.view3d.box_marks import BoxMarks

FACTORY = "omni.boxfit.window"
"""What the viewports know the overlay by."""


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

    def _make(self, viewport: dict[str, Any]) -> BoxScene | None:
        """Called inside the scene of each viewport; one that shows another stage gets nothing."""
        return None if viewport.get("usd_context_name") else BoxScene(self._model, viewport["viewport_api"])


class BoxScene:
    """The overlay of one viewport, with what its menus ask of a scene.

    Args:
        model: Whose boxes to draw.
        viewport: API of the viewport.
    """

    name = "Box Fit"
    categories = ("scene",)

    def __init__(self, model: PanelModel, viewport: Any) -> None:
        self._model = model
        self._drawing, self._marks = BoxDrawing(), BoxMarks()
        self._visible = True
        # The scene's camera is moved by the viewport itself.
        self._viewport = viewport
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
        boxes = self._model.scene.content.boxes if self._visible else ()
        eye = self._eye()
        self._drawing.show(boxes, eye)
        selected = [one.box for one in boxes if one.selected]
        self._marks.show(selected, unit_name(self._model.units), eye)

    def _look(self) -> None:
        eye = self._eye()
        self._drawing.look_from(eye)
        self._marks.look_from(eye)

    def _eye(self) -> np.ndarray:
        """Where the viewport's camera is, in the stage's world."""
        return np.array(self._viewport.transform.ExtractTranslation())
