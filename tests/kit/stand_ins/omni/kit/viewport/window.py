"""Stand-in for `omni.kit.viewport.window`: a viewport that draws no stage, but the scenes over it, with real omni.ui.

Signatures: typings/omni/kit/widget/viewport/api.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import omni.usd
from pxr import Gf, Usd

FOCAL, SIZE = 2.0, 400


class Windows:
    """The open viewports, the active one last, and who is told of new ones."""

    def __init__(self) -> None:
        self.all: list[ViewportWindow] = []
        self.opened: list[Callable[[ViewportWindow], None]] = []


windows = Windows()


class Subscription:
    """Ends when it is dropped."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __del__(self) -> None:
        self._end()


class ViewportAPI:
    """What others may know of a viewport. Matrices are those of row vectors, as everywhere in USD."""

    def __init__(self, context_name: str = "") -> None:
        self.usd_context_name = context_name
        self.transform = Gf.Matrix4d(1).SetTranslate(Gf.Vec3d(0, 0, 10))
        self._watchers: dict[object, Callable[[ViewportAPI], Any]] = {}
        self.model: Any = None

    @property
    def stage(self) -> Usd.Stage | None:
        return omni.usd.get_context(self.usd_context_name).get_stage()

    @property
    def view(self) -> Gf.Matrix4d:
        return self.transform.GetInverse()

    @property
    def projection(self) -> Gf.Matrix4d:
        near, far = 0.1, 10000.0
        deep, shift = -(far + near) / (far - near), -2 * far * near / (far - near)
        return Gf.Matrix4d(FOCAL, 0, 0, 0, 0, FOCAL, 0, 0, 0, 0, deep, -1, 0, 0, shift, 0)

    def subscribe_to_view_change(self, callback: Callable[[ViewportAPI], Any]) -> Subscription:
        """Calls back at once, and whenever the camera has moved."""
        key = object()
        self._watchers[key] = callback
        callback(self)
        return Subscription(lambda: self._watchers.pop(key, None) and None)

    def look_at(self, target: Gf.Vec3d, distance: float) -> None:
        """What a user does with the mouse, for tests."""
        eye = target + Gf.Vec3d(0.6, 0.45, 0.65).GetNormalized() * distance
        self.transform = Gf.Matrix4d(1).SetLookAt(eye, target, Gf.Vec3d(0, 1, 0)).GetInverse()
        if self.model is not None:
            self.model.view, self.model.projection = _floats(self.view), _floats(self.projection)
        for callback in list(self._watchers.values()):
            callback(self)


class ViewportWindow:
    """Made by tests, inside a story on a screen."""

    def __init__(self, title: str = "Viewport", context_name: str = "", x: int = 440) -> None:
        import omni.ui as ui
        from omni.ui import scene as sc

        self.viewport_api = ViewportAPI(context_name)
        self._window = ui.Window(title, width=SIZE, height=SIZE + 20, position_x=x, position_y=0)
        api = self.viewport_api
        api.model = sc.CameraModel(_floats(api.projection), _floats(api.view))
        with self._window.frame:
            self.scene_view = sc.SceneView(api.model, aspect_ratio_policy=sc.AspectRatioPolicy.PRESERVE_ASPECT_FIT)
        windows.all.append(self)
        for opened in list(windows.opened):
            opened(self)

    def destroy(self) -> None:
        windows.all.remove(self)
        self._window.destroy()


def _floats(matrix: Gf.Matrix4d) -> list[float]:
    return np.array(matrix).ravel().tolist()


def leftovers() -> list[str]:
    return [
        f"{len(one.viewport_api._watchers)} watching a viewport" for one in windows.all if one.viewport_api._watchers
    ]
