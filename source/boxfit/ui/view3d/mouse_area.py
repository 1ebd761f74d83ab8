"""Mouse input of a 3D view, in the view's own pixels.

The window handles keys: a widget under the mouse also receives them while the user types into a field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui
from omni.ui import scene as sc

LEFT, RIGHT, MIDDLE = 0, 1, 2

SHIFT = 1
"""Bit of Shift in the modifiers of omni.ui."""

CLICK_REACH = 4.0
"""Largest movement between press and release, in [px], that counts as a click."""

Point = tuple[float, float]


@dataclass(frozen=True)
class MouseHandlers:
    """Callbacks of the mouse; places are (x, y) in [px] from the view's top left.

    Attributes:
        dragged: Called with the button, True if Shift is held, and the movement in [px].
        clicked: Called with the place of a left click.
        hovered: Called with the place of the mouse while no button is held; with None when it leaves.
        wheeled: Called with the steps of the wheel, positive away from the user.
    """

    dragged: Callable[[int, bool, float, float], None]
    clicked: Callable[[Point], None]
    hovered: Callable[[Point | None], None]
    wheeled: Callable[[float], None]


class MouseArea:
    """A transparent area over a scene view. Built inside the same ZStack, after it.

    It captures the mouse: a drag neither moves the window nor reaches widgets below, and continues outside. The mouse
    position comes from a gesture of the scene, as widgets receive moves only while the left button is held.
    """

    def __init__(self, view: sc.SceneView, identifier: str, handlers: MouseHandlers) -> None:
        self._view, self._handlers = view, handlers
        self._inside = False
        self._mouse: Point = (0.0, 0.0)
        self._button: int | None = None
        self._shift = False
        self._moved = False
        self._start: Point = (0.0, 0.0)
        with view.scene:
            self._screen = sc.Screen(gestures=[sc.HoverGesture(on_changed_fn=self._on_move)])
        self._area = ui.Rectangle(
            identifier=identifier, opaque_for_mouse_events=True, style={"background_color": 0, "border_width": 0}
        )
        self._area.set_mouse_hovered_fn(self._on_hover)
        self._area.set_mouse_pressed_fn(self._on_press)
        self._area.set_mouse_released_fn(self._on_release)
        self._area.set_mouse_wheel_fn(lambda _dx, dy, _modifiers: handlers.wheeled(dy))

    def _on_hover(self, inside: bool) -> None:
        self._inside = inside
        if self._button is None:
            self._handlers.hovered(self._mouse if inside else None)

    def _on_move(self, shape: sc.AbstractShape) -> None:
        x, y = shape.gesture_payload.mouse
        last = self._mouse
        self._mouse = ((1 + x) / 2 * self._view.computed_width, (1 - y) / 2 * self._view.computed_height)
        if self._button is None:
            if self._inside:
                self._handlers.hovered(self._mouse)
            return
        far = max(abs(now - then) for now, then in zip(self._mouse, self._start, strict=True))
        if not self._moved and far >= CLICK_REACH:
            # The movement before the drag started counts as well: the scene stays under the mouse.
            self._moved, last = True, self._start
        if self._moved:
            self._handlers.dragged(self._button, self._shift, self._mouse[0] - last[0], self._mouse[1] - last[1])

    def _on_press(self, _x: float, _y: float, button: int, modifiers: int) -> None:
        # A press of another button ends the drag, as its release may have been missed.
        self._button, self._shift, self._moved = button, bool(modifiers & SHIFT), False
        self._start = self._mouse
        self._handlers.hovered(None)

    def _on_release(self, _x: float, _y: float, button: int, _modifiers: int) -> None:
        if button != self._button:
            return
        self._button = None
        if button == LEFT and not self._moved:
            self._handlers.clicked(self._mouse)
        if self._inside:
            self._handlers.hovered(self._mouse)

    def destroy(self) -> None:
        """Unsubscribe."""
        self._screen.gestures = []
        for listen in (
            self._area.set_mouse_hovered_fn,
            self._area.set_mouse_pressed_fn,
            self._area.set_mouse_released_fn,
            self._area.set_mouse_wheel_fn,
        ):
            listen(None)
