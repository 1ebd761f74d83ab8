"""Stand-in for `omni.kit.viewport.window`: a viewport that draws no stage, but the scenes over it, with real omni.ui.

Behaviour: the ViewportAPI of omni.kit.widget.viewport, which public repositories hold copies of, and the scene layer as
public extensions meet it. Signatures: typings/omni/kit/widget/viewport/api.pyi of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import carb.eventdispatcher
import numpy as np
import omni.ext
import omni.kit.app
import omni.usd
from omni.kit.viewport.registry import RegisterScene
from pxr import Gf, Sdf, Usd, UsdGeom

CAMERA = Sdf.Path("/OmniverseKit_Persp")
FOCAL, SIZE = 2.0, 400


class Windows:
    """The open viewports, the active one last."""

    def __init__(self) -> None:
        self.all: list[ViewportWindow] = []

    def scenes(self) -> list[Any]:
        """Return the scenes that the factories have made for all viewports."""
        return [scene for window in self.all for scene, _ in window.made.values()]

    def update(self) -> None:
        for window in list(self.all):
            window.viewport_api.define_camera()


windows = Windows()


class Extension(omni.ext.IExt):
    def on_startup(self, ext_id: str) -> None:
        self._updates: Any = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE,
            on_event=lambda _: windows.update(),
            observer_name="omni.kit.viewport.window",
        )

    def on_shutdown(self) -> None:
        self._updates = None


class Subscription:
    """Ends when it is dropped."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __del__(self) -> None:
        self._end()


class ViewportAPI:
    """Public part of a viewport. Matrices act on row vectors, as everywhere in USD.

    Attributes:
        pictured: Whether there is a picture yet; a viewport that was just made has none.
    """

    def __init__(self, context_name: str = "", pictured: bool = True) -> None:
        self.usd_context_name = context_name
        self.pictured = pictured
        self.transform = _towards(Gf.Vec3d(0), 10)
        self.time = Usd.TimeCode.Default()
        self._watchers: dict[object, Callable[[Any], Any]] = {}
        self.model: Any = None

    @property
    def stage(self) -> Usd.Stage | None:
        context = omni.usd.get_context(self.usd_context_name)
        return context.get_stage() if context is not None else None

    @property
    def camera_path(self) -> Sdf.Path | None:
        return CAMERA if self.pictured else None

    @property
    def resolution(self) -> tuple[int, int] | None:
        return (SIZE, SIZE) if self.pictured else None

    @property
    def view(self) -> Gf.Matrix4d:
        return self.transform.GetInverse()

    @property
    def projection(self) -> Gf.Matrix4d:
        near, far = 0.1, 10000.0
        deep, shift = -(far + near) / (far - near), -2 * far * near / (far - near)
        return Gf.Matrix4d(FOCAL, 0, 0, 0, 0, FOCAL, 0, 0, 0, 0, deep, -1, 0, 0, shift, 0)

    def subscribe_to_view_change(self, callback: Callable[[Any], Any]) -> Subscription:
        """Calls back at once where there is a picture, and whenever the camera has moved, with a weak proxy."""
        key = object()
        if self.pictured:
            callback(weakref.proxy(self))
        self._watchers[key] = callback
        return Subscription(lambda: self._watchers.pop(key, None) and None)

    def look_at(self, target: Gf.Vec3d, distance: float) -> None:
        """Turn the camera, as a user does with the mouse, for tests."""
        self.move_to(_towards(target, distance))

    def move_to(self, transform: Gf.Matrix4d) -> None:
        """Put the camera somewhere, for tests."""
        self.transform = transform
        if self.model is not None:
            self.model.view, self.model.projection = _floats(self.view), _floats(self.projection)
        for callback in list(self._watchers.values()):
            callback(weakref.proxy(self))

    def define_camera(self) -> None:
        """At each update: the camera stands in the session layer of each stage, but here it does not move."""
        stage = self.stage
        if stage is not None and self.pictured and not stage.GetPrimAtPath(CAMERA):
            with Usd.EditContext(stage, stage.GetSessionLayer()):
                UsdGeom.Camera.Define(stage, CAMERA)


class ViewportWindow:
    """Made by tests, inside a story on a screen.

    Attributes:
        made: By their factories, the scenes over the picture, None included, and the transform around each.
    """

    def __init__(self, title: str = "Viewport", context_name: str = "", x: int = 440, pictured: bool = True) -> None:
        import omni.ui as ui
        from omni.ui import scene as sc

        self.viewport_api = ViewportAPI(context_name, pictured)
        self.made: dict[Any, tuple[Any, Any]] = {}
        self._window = ui.Window(title, width=SIZE, height=SIZE + 20, position_x=x, position_y=0)
        api = self.viewport_api
        api.model = sc.CameraModel(_floats(api.projection), _floats(api.view))
        with self._window.frame:
            self.scene_view = sc.SceneView(api.model, aspect_ratio_policy=sc.AspectRatioPolicy.PRESERVE_ASPECT_FIT)
        windows.all.append(self)
        RegisterScene.add_notifier(self._scene_changed)

    def destroy(self) -> None:
        RegisterScene.remove_notifier(self._scene_changed)
        for factory in list(self.made):
            self._scene_changed(factory, False)
        windows.all.remove(self)
        self._window.destroy()

    def _scene_changed(self, factory: Any, loading: bool) -> None:
        from omni.ui import scene as sc

        if not loading:
            scene, place = self.made.pop(factory, (None, None))
            if place is not None:
                place.clear()
            if scene is not None:
                scene.destroy()
            return
        api = self.viewport_api
        given = {"usd_context_name": api.usd_context_name, "layer_provider": weakref.proxy(self), "viewport_api": api}
        with self.scene_view.scene:
            place = sc.Transform()
            with place:
                self.made[factory] = (factory(given), place)


def _towards(target: Gf.Vec3d, distance: float) -> Gf.Matrix4d:
    eye = target + Gf.Vec3d(0.6, 0.45, 0.65).GetNormalized() * distance
    return Gf.Matrix4d(1).SetLookAt(eye, target, Gf.Vec3d(0, 1, 0)).GetInverse()


def _floats(matrix: Gf.Matrix4d) -> list[float]:
    return np.array(matrix).ravel().tolist()


def leftovers() -> list[str]:
    return [
        f"{len(window.viewport_api._watchers)} watching a viewport"
        for window in windows.all
        if window.viewport_api._watchers
    ]
