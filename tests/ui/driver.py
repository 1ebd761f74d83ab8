"""Driver of the panel in the tests: find, click, type, drag, choose, press and wait, by identifiers only.

The stories of the tests use only this class, so that it can also be implemented with Kit's `omni.kit.ui_test`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import omni.ui as ui
from omni.ui import _ui, testing

SETTLE = 3
"""Frames until widgets have their places after a change."""

_EDGE = 2
"""Distance from the border of a scrolling frame, in [px], from which a widget can be clicked."""

COMBO_ROW = 24
"""Height of a row in the list of a combo box, in [px]."""

KEYS = {"Tab": 512, "Left": 513, "Right": 514, "Up": 515, "Down": 516, "Home": 519, "End": 520, "Delete": 522}
KEYS |= {"Backspace": 523, "Space": 524, "Enter": 525, "Escape": 526, "Ctrl": 527, "Shift": 528, "Alt": 529}
"""Key codes of ImGui by name; letters and digits have the code of their character."""


class Driver:
    """Mouse, keyboard and queries of a simulated user.

    Args:
        limit_s: Time limit of `wait` and `find`, in [s]: a busy machine reads and fits slowly.
    """

    def __init__(self, limit_s: float = 60.0) -> None:
        self.limit_s = limit_s

    async def settle(self, frames: int = SETTLE) -> None:
        """Wait until changes are laid out and drawn."""
        for _ in range(frames):
            await ui.next_frame()

    def exists(self, identifier: str) -> bool:
        """Return True if a widget with the identifier is shown, in view or not."""
        return self.shown(identifier) is not None

    async def find(self, identifier: str) -> Any:
        """Return the widget with an identifier, scrolled into view.

        Raises:
            AssertionError: If none is shown within the limit; the message lists the shown ones.
        """
        end = time.monotonic() + self.limit_s
        while (shown := self.shown(identifier)) is None:
            assert time.monotonic() < end, _not_shown(identifier)
            await ui.next_frame()
        await self.settle()
        # `scroll_here_y` misses on a zoomed canvas.
        for frame in shown.frames:
            if not shown.in_view:
                frame.scroll_y += _middle(shown.widget)[1] - _middle(frame)[1]
                await self.settle()
        return shown.widget

    async def click(self, identifier: str, button: int = 0) -> None:
        """Click the middle of a widget, or the square of a check box at its left."""
        await self.click_at(*await self._point(identifier), button)

    async def double_click(self, identifier: str) -> None:
        """Double-click a widget."""
        await testing.mouse_double_click(*await self._point(identifier))
        await self.settle()

    async def click_at(self, x: float, y: float, button: int = 0) -> None:
        """Click at a position of the window, in [px] from its top left."""
        await testing.mouse_click(x, y, button)
        await self.settle()

    async def hover(self, identifier: str, frames: int = 60) -> None:
        """Move the mouse over a widget, until its tooltip can be shown."""
        await testing.mouse_move(*await self._point(identifier))
        await self.settle(frames)

    async def type(self, identifier: str, text: str, enter: bool = True) -> None:
        """Replace the text of a field.

        Args:
            identifier: Of a text or number field; that of a drag or slider opens it for typing.
            text: Text to type.
            enter: True to press Enter at the end.
        """
        point = await self._point(identifier)
        if isinstance(await self.find(identifier), ui.AbstractSlider):
            await self._hold("Ctrl", testing.mouse_click(*point))
        else:
            await testing.mouse_click(*point)
        await self.press("Ctrl+A")
        if text:
            await testing.type_text(text)
        else:
            await self.press("Delete")
        if enter:
            await self.press("Enter")
        await self.settle()

    async def drag(self, identifier: str, dx: float, dy: float, button: int = 0) -> None:
        """Press the mouse on the middle of a widget and release it elsewhere.

        Args:
            identifier: Of the widget.
            dx: Distance to the right, in [px].
            dy: Distance down, in [px].
            button: 0 left, 1 right, 2 middle.
        """
        x, y = await self._point(identifier)
        await testing.mouse_drag(x, y, x + dx, y + dy, button)
        await self.settle()

    async def scroll(self, identifier: str, steps: float) -> None:
        """Turn the mouse wheel over a widget, up for positive `steps`."""
        await testing.mouse_scroll(*await self._point(identifier), 0, steps)
        await self.settle()

    async def choose(self, identifier: str, row: int) -> None:
        """Open a combo box and click one of its rows, counted from 0."""
        x, y = await self._point(identifier)
        await testing.mouse_click(x, y)
        await self.settle()
        await testing.mouse_click(x, y + COMBO_ROW * (row + 1))
        await self.settle()

    async def press(self, keys: str) -> None:
        """Press a key, or several at once, such as "Enter", "F" or "Ctrl+Shift+Z"."""
        codes = [KEYS.get(key) or ord(key) for key in keys.split("+")]
        for code in codes:
            _ui._inject_key_event(code, True)
            await ui.next_frame()
        for code in reversed(codes):
            _ui._inject_key_event(code, False)
            await ui.next_frame()
        await self.settle()

    async def wait(self, until: Callable[[], object], limit_s: float | None = None, what: str = "") -> None:
        """Draw frames until a condition holds.

        Raises:
            AssertionError: If it does not within the limit.
        """
        limit_s = limit_s or self.limit_s
        end = time.monotonic() + limit_s
        while not until():
            assert time.monotonic() < end, f"{what or 'what was waited for'} did not come about within {limit_s:g} s"
            await ui.next_frame()
        await self.settle()

    def text_of(self, identifier: str) -> str:
        """Return the text of a label, button or field."""
        shown = self.shown(identifier)
        assert shown is not None, _not_shown(identifier)
        widget = shown.widget
        return widget.text if hasattr(widget, "text") else widget.model.get_value_as_string()

    async def picture(self, path: Path) -> Path:
        """Write a picture of the window to a PNG file."""
        await self.settle()
        assert _ui._schedule_screenshot(str(path))
        while not _ui._poll_screenshot_done():
            await ui.next_frame()
        assert _ui._get_screenshot_result()["success"], f"{path} could not be written"
        return path

    async def _hold(self, key: str, action: Awaitable[None]) -> None:
        """Run an action while a key is down."""
        _ui._inject_key_event(KEYS[key], True)
        await ui.next_frame()
        await action
        _ui._inject_key_event(KEYS[key], False)
        await ui.next_frame()

    async def _point(self, identifier: str) -> tuple[float, float]:
        """Return the position to click on a widget, in [px] of the window, once the widget stands still."""
        before = None
        while True:
            await self.find(identifier)
            point = self._point_now(identifier)
            if point == before:
                return point
            before = point

    def _point_now(self, identifier: str) -> tuple[float, float]:
        shown = self.shown(identifier)
        assert shown is not None, _not_shown(identifier)
        assert shown.widget.computed_height > 0, f"{identifier!r} has no height: no user can see or click it"
        x, y = _middle(shown.widget)
        return shown.on_screen(shown.widget.screen_position_x + 8 if isinstance(shown.widget, ui.CheckBox) else x, y)

    def shown(self, identifier: str) -> Shown | None:
        """Return the shown widget with an identifier and its containers, or None; nothing is scrolled."""
        found = [shown for shown in shown_widgets() if shown.widget.identifier == identifier]
        assert len(found) <= 1, f"{len(found)} widgets are called {identifier!r}"
        return found[0] if found else None


def _not_shown(identifier: str) -> str:
    return f"no widget {identifier!r} is shown; shown are: {', '.join(identifiers())}"


Story = Callable[[Driver], Awaitable[Any]]


def identifiers() -> list[str]:
    """Return the identifiers of all shown widgets, in layout order."""
    return list(dict.fromkeys(shown.widget.identifier for shown in shown_widgets() if shown.widget.identifier))


@dataclass(frozen=True)
class Shown:
    """A shown widget, with its scrolling frames and its zooming canvas, if any; its containers; and its window."""

    widget: Any
    frames: tuple[Any, ...] = ()
    canvas: Any = None
    parents: tuple[Any, ...] = ()
    window: Any = None

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Convert a position of the widget to the screen: on a canvas, positions are relative to it and not zoomed."""
        if self.canvas is None:
            return x, y
        canvas = self.canvas
        return canvas.screen_position_x + canvas.zoom * x, canvas.screen_position_y + canvas.zoom * y

    @property
    def in_view(self) -> bool:
        """True if the middle of the widget is inside those frames, and can be clicked."""
        x, y = _middle(self.widget)
        return all(
            0 <= x - frame.screen_position_x <= frame.computed_width
            and _EDGE <= y - frame.screen_position_y <= frame.computed_height - _EDGE
            for frame in self.frames
        )


def shown_widgets() -> Iterator[Shown]:
    """Yield all shown widgets of all windows, in layout order."""
    for window in ui.Workspace.get_windows():
        # A destroyed window may be listed for a while.
        if window.visible and ui.Workspace.get_window(window.title) is not None and hasattr(window, "frame"):
            yield from _walk(Shown(window.frame, window=window))


def _walk(shown: Shown) -> Iterator[Shown]:
    widget = shown.widget
    if not widget.visible:
        return
    yield shown
    if isinstance(widget, ui.CanvasFrame):
        shown = Shown(widget, (), widget, (), shown.window)
    elif isinstance(widget, ui.ScrollingFrame):
        shown = replace(shown, frames=(*shown.frames, widget))
    # A collapsed frame keeps its children, but does not draw them.
    if not (isinstance(widget, ui.CollapsableFrame) and widget.collapsed):
        for child in ui.Inspector.get_children(widget):
            yield from _walk(replace(shown, widget=child, parents=(*shown.parents, widget)))


def _middle(widget: Any) -> tuple[float, float]:
    return (
        widget.screen_position_x + widget.computed_width / 2,
        widget.screen_position_y + widget.computed_height / 2,
    )
