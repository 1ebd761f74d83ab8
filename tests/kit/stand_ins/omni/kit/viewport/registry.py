"""Stand-in for `omni.kit.viewport.registry`: scenes that are made once for each viewport, also for later ones.

Behaviour: omni.kit.viewport.registry and omni.kit.viewport.scene.layer as public extensions use them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omni.kit.viewport.window import ViewportWindow, windows

_registered: list[RegisterScene] = []


class RegisterScene:
    """Its scenes go with it."""

    def __init__(self, factory: Callable[[dict[str, Any]], Any], factory_id: str | None = None) -> None:
        self.factory, self.factory_id = factory, factory_id
        self._made: list[tuple[Any, Any]] = []
        _registered.append(self)
        windows.opened.append(self._make)
        for window in windows.all:
            self._make(window)

    def destroy(self) -> None:
        if self in _registered:
            _registered.remove(self)
            windows.opened.remove(self._make)
        for scene, place in self._made:
            scene.destroy()
            place.clear()
        self._made = []

    def _make(self, window: ViewportWindow) -> None:
        from omni.ui import scene as sc

        with window.scene_view.scene:
            place = sc.Transform()
            with place:
                api = window.viewport_api
                scene = self.factory({"usd_context_name": api.usd_context_name, "viewport_api": api})
        assert scene.visible is True and scene.name and "scene" in scene.categories
        self._made.append((scene, place))


def leftovers() -> list[str]:
    return [f"the scene {one.factory_id} in the viewports" for one in _registered]
