"""Stand-in for `omni.kit.ui_test`: finds widgets of the real omni.ui by identifier, and clicks them.

Of the query language it knows "Window//Frame/**/Kind[*].identifier=='name'". Signatures: typings/omni/kit/ui_test of
work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import re
from typing import Any

import carb
import omni.ui as ui
from omni.ui import testing

_QUERY = re.compile(r"(?P<window>.+?)//Frame/\*\*/(?P<kind>\w*|\*)(\[\*\])?\.identifier=='(?P<identifier>.+)'")


class WidgetRef:
    def __init__(self, widget: Any, window: Any) -> None:
        self.widget, self.window = widget, window

    async def click(self) -> None:
        """Click the middle, unless it is scrolled out of view. The window is brought to the front."""
        self.window.undock()
        self.window.focus()
        await wait_n_updates(2)
        x, y = self.widget.screen_position_x, self.widget.screen_position_y
        await testing.mouse_click(x + self.widget.computed_width / 2, y + self.widget.computed_height / 2)
        await wait_n_updates(3)


def find(path: str) -> WidgetRef | None:
    """Find a widget, visible or not; return None, with a warning, if there are several, or no such window."""
    query = _QUERY.fullmatch(path)
    assert query is not None, f"the stand-in cannot look for {path}"
    windows = [window for window in ui.Workspace.get_windows() if isinstance(window, ui.Window) and window.visible]
    windows = [window for window in windows if window.title == query["window"]]
    if not windows:
        carb.log_warn(f"Can't find window at path: {path}")
    found = [
        WidgetRef(widget, window)
        for window in windows
        for widget in _below(window.frame)
        if widget.identifier == query["identifier"] and query["kind"] in ("*", type(widget).__name__)
    ]
    if len(found) > 1:
        carb.log_warn(f"Found {len(found)} widgets with path: {path}, expected 1")
    return found[0] if len(found) == 1 else None


async def menu_click(path: str, separator: str = "/", human_delay_speed: int = 4, show: bool = True) -> None:
    import omni.kit.menu.utils

    omni.kit.menu.utils.click(path.replace(separator, "/"))
    await wait_n_updates(3)


async def wait_n_updates(update_count: int = 2) -> None:
    for _ in range(update_count):
        await ui.next_frame()


def _below(widget: Any) -> list[Any]:
    return [widget, *(found for child in ui.Inspector.get_children(widget) for found in _below(child))]
