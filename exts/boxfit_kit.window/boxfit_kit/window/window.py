"""The window with the panel."""

# Kit's typings of omni.ui are incomplete.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.panel import Panel

from boxfit_kit.window.overlay_section import OverlaySection
from boxfit_kit.window.preferences import OverlaySwitch

WIDTH, HEIGHT = 420, 860
BESIDE = "Property"
"""The window that it is docked with at first, where there is one; Kit's layout remembers where the user put it."""


class BoxFitWindow:
    """Can be docked; there from when it is made until it is destroyed, shown or not.

    Args:
        title: Of the window.
        model: What the panel shows.
        switch: Of the overlay.
        closed: Called when the user closes the window, which must not be destroyed there and then.
    """

    def __init__(self, title: str, model: PanelModel, switch: OverlaySwitch, closed: Callable[[], None]) -> None:
        self._closed = closed
        self._window = ui.Window(title, width=WIDTH, height=HEIGHT)
        self._window.deferred_dock_in(BESIDE, ui.DockPolicy.CURRENT_WINDOW_IS_ACTIVE)
        try:
            with self._window.frame:
                self._panel = Panel(model, lambda: OverlaySection(switch))
        except BaseException:
            self._window.visible = False
            self._window.destroy()
            raise
        self._window.set_visibility_changed_fn(self._visibility_changed)

    @property
    def visible(self) -> bool:
        """Whether it is shown; behind another tab it is, too."""
        return self._window.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._window.visible = visible

    @property
    def is_seen(self) -> bool:
        """Whether it is shown, and not behind another tab."""
        return self._window.visible and (self._window.selected_in_dock or not self._window.docked)

    def destroy(self) -> None:
        """Close it for good."""
        self._window.set_visibility_changed_fn(None)
        self._panel.destroy()
        # omni.ui may list a window of a title that was there before for a while after its end.
        self._window.visible = False
        self._window.destroy()

    def _visibility_changed(self, visible: bool) -> None:
        if not visible:
            self._closed()
