"""The 3D view: boxes, bounds, cameras and meshes, with orbit, pan, zoom, framing, and picking of cameras."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

import numpy as np
import omni.ui as ui
from omni.ui import scene as sc

from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import Text, button, tip
from boxfit.ui.model.scene_content import SceneContent
from boxfit.ui.view3d.axis_cross import AxisCross
from boxfit.ui.view3d.mouse_area import LEFT, RIGHT, MouseArea, MouseHandlers, Point
from boxfit.ui.view3d.orbit import Orbit
from boxfit.ui.view3d.scene_drawing import SceneDrawing
from boxfit.ui.view3d.scene_lines import pick_frustum, scene_points, scene_size
from boxfit.ui.view3d.surface_picture import Start, SurfacePicture
from boxfit.ui.view3d.view_projection import ViewProjection

PICK_REACH = 6.0
"""Largest distance, in [px], between a click and the camera that it picks."""

WHEEL_STEP = 1.15
"""Zoom factor per step of the wheel."""

DRAG_ZOOM = 4.0
"""Exponent (base e) of the zoom of a right drag over the view's height."""

MOST_CAMERAS = 50
"""Largest number of cameras that are shown without being asked for: more would hide the object."""

_CAMERAS_HELP = "Show the cameras of all views; without them only that of the chosen view is shown."

_GROUND = "#15171c"


class Viewport:
    """The view and the buttons below it. Built inside the current container, which it fills.

    Identifiers: `view3d`, `view3d.frame_all`, `view3d.frame_box`, `view3d.cameras`, `view3d.hint`, `view3d.note`, and
    `view3d.name` for the name of the view whose camera is under the mouse.

    Args:
        pick_view: Called with the name of a view whose camera was clicked.
        start: Runs a coroutine between the frames.

    Attributes:
        orbit: The view's own camera.
    """

    def __init__(self, pick_view: Callable[[str], None], start: Start = asyncio.ensure_future) -> None:
        self.orbit = Orbit()
        self._pick_view, self._start = pick_view, start
        self._size = (0.0, 0.0)
        self._to_frame: np.ndarray | None = None
        with ui.VStack():
            # Without a clipping frame, lines of a scene are drawn beyond its widget.
            with ui.Frame(horizontal_clipping=True, vertical_clipping=True), ui.ZStack():
                self._build_scene()
            self._build_strip()
        self._move_camera()

    def show(self, content: SceneContent) -> None:
        """Show other content. Unchanged parts are kept; a new scene is framed."""
        before = self._drawing.content
        if content.up_axis != before.up_axis:
            self.orbit = Orbit(up_axis=content.up_axis)
        replaced = self._drawing.show(content, self._projection())
        if len(content.cameras) != len(before.cameras):
            self._cameras.model.set_value(len(content.cameras) <= MOST_CAMERAS)
        if content.surface is not before.surface:
            self._surface.show(content.surface)
        was_empty = not (before.boxes or before.cameras or before.has_geometry)
        if replaced or was_empty:
            self.frame_all()
        elif content.surface is not before.surface:
            self._surface.draw(self.orbit, self._size)
        self._note.show(content.note)
        self._frame_box.enabled = bool(content.boxes)

    def frame_all(self) -> None:
        """Move the camera so that everything is in view."""
        self._frame(self._drawing.points())

    def frame_box(self, names: Sequence[str] = ()) -> None:
        """Move the camera so that boxes fill the view: those of these names, else the selected ones, else all."""
        boxes = self._drawing.content.boxes
        shown = [box for box in boxes if box.name in names] or [box for box in boxes if box.selected] or boxes
        if shown:
            self._frame(np.concatenate([box.box.corners for box in shown]))

    def destroy(self) -> None:
        """Release all callbacks."""
        self._surface.destroy()
        self._mouse.destroy()
        self._view.set_computed_content_size_changed_fn(None)

    def _build_scene(self) -> None:
        ui.Rectangle(style={"background_color": ui.color(_GROUND)})
        self._model = sc.CameraModel(self.orbit.projection(1.0), self.orbit.view())
        below = sc.SceneView(self._model, aspect_ratio_policy=sc.AspectRatioPolicy.STRETCH).scene
        self._surface = SurfacePicture(self._start, self._hide)
        self._view = sc.SceneView(self._model, aspect_ratio_policy=sc.AspectRatioPolicy.STRETCH)
        self._view.set_computed_content_size_changed_fn(self._on_size)
        with self._view.scene:
            self._drawing = SceneDrawing(below)
        self._cross = AxisCross()
        with ui.Placer() as self._name_place, ui.ZStack(width=0, height=0):
            ui.Rectangle(style={"background_color": ui.color("#000000c0"), "border_radius": 3})
            self._name = ui.Label("", identifier="view3d.name", style={"margin": 4})
        self._name_place.visible = False
        handlers = MouseHandlers(self._on_drag, self._on_click, self._on_hover, self._on_wheel)
        self._mouse = MouseArea(self._view, "view3d", handlers)

    def _build_strip(self) -> None:
        with ui.ZStack(height=0):
            ui.Rectangle(name="footer")
            with ui.VStack(height=0, spacing=style.GAP, style={"VStack": {"margin": style.GAP}}):
                with ui.HStack(height=0, spacing=style.GAP):
                    button(
                        "Frame all",
                        "view3d.frame_all",
                        self.frame_all,
                        "Move the view so that everything is seen",
                        width=style.BUTTON_WIDTH,
                    )
                    self._frame_box = button(
                        "Frame box",
                        "view3d.frame_box",
                        self.frame_box,
                        "Move the view to the box (F)",
                        width=style.BUTTON_WIDTH,
                        enabled=False,
                    )
                with ui.HStack(height=0, spacing=style.GAP):
                    self._cameras = ui.CheckBox(
                        identifier="view3d.cameras", width=style.CHECK_WIDTH, height=0, tooltip=tip(_CAMERAS_HELP)
                    )
                    self._cameras.model.set_value(True)
                    self._kept = self._cameras.model.subscribe_value_changed_fn(weakly(self._on_cameras))
                    ui.Label("Cameras", width=0, alignment=ui.Alignment.LEFT_TOP)
                    ui.Spacer(width=style.PADDING)
                    ui.Label(
                        "Drag to orbit, Shift + drag to pan, wheel to zoom",
                        identifier="view3d.hint",
                        name="quiet",
                        word_wrap=True,
                        alignment=ui.Alignment.RIGHT_TOP,
                    )
                self._note = Text("view3d.note")

    def _frame(self, points: np.ndarray) -> None:
        if min(self._size) <= 0:
            # Before the first layout the proportions, and so the camera's distance, are unknown.
            self._to_frame = points
        elif len(points):
            width, height = self._size
            size = scene_size(scene_points(self._drawing.content))
            self.orbit = self.orbit.framed(points, width / height, size)
            self._move_camera()

    def _move_camera(self, moving: bool = False) -> None:
        width, height = self._size if min(self._size) > 0 else (1.0, 1.0)
        self._model.projection = self.orbit.projection(width / height)
        self._model.view = self.orbit.view()
        self._cross.turn(self.orbit)
        self._drawing.look(self._projection())
        self._surface.draw(self.orbit, self._size, moving)

    def _hide(self) -> None:
        self._drawing.hide(self._surface.shading, self._projection())

    def _projection(self) -> ViewProjection:
        width, height = size = self._size if min(self._size) > 0 else (1.0, 1.0)
        return ViewProjection.from_rows(self.orbit.view(), self.orbit.projection(width / height), self.orbit.eye, size)

    def _on_size(self) -> None:
        self._size = (self._view.computed_content_width, self._view.computed_content_height)
        points, self._to_frame = self._to_frame, None
        if points is not None and len(points):
            self._frame(points)
        else:
            self._move_camera(moving=True)

    def _on_drag(self, button: int, shift: bool, dx: float, dy: float) -> None:
        dx, dy = dx / self._size[1], dy / self._size[1]
        if button == RIGHT:
            self.orbit = self.orbit.zoomed(math.exp(DRAG_ZOOM * dy))
        elif button == LEFT and not shift:
            self.orbit = self.orbit.turned(dx, dy)
        else:
            self.orbit = self.orbit.panned(dx, dy)
        self._move_camera(moving=True)

    def _on_cameras(self, model: ui.AbstractValueModel) -> None:
        self._drawing.switch_cameras(model.as_bool)

    def _on_wheel(self, steps: float) -> None:
        self.orbit = self.orbit.zoomed(WHEEL_STEP**-steps)
        self._move_camera(moving=True)

    def _on_click(self, mouse: Point) -> None:
        camera_index = self._pick(mouse)
        if camera_index is not None:
            self._pick_view(self._drawing.content.cameras[camera_index].view)

    def _on_hover(self, mouse: Point | None) -> None:
        hovered = None if mouse is None else self._pick(mouse)
        self._drawing.point_at(hovered)
        self._name_place.visible = hovered is not None
        if mouse is not None and hovered is not None:
            self._name.text = self._drawing.content.cameras[hovered].view
            self._name_place.offset_x, self._name_place.offset_y = mouse[0] + 12, mouse[1] + 12

    def _pick(self, mouse: Point) -> int | None:
        """Return the index of the camera under the mouse."""
        pyramids, drawn = self._drawing.pyramids, self._drawing.drawn_cameras
        order = drawn[np.argsort(np.linalg.norm(pyramids[drawn, 0] - self.orbit.eye, axis=1))]
        hit = pick_frustum(self.orbit.project(pyramids[order], self._size), mouse, PICK_REACH)
        return None if hit is None else int(order[hit])
