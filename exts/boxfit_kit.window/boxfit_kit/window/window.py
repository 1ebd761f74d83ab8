"""The window with the panel."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.panel import Panel

from boxfit_kit.window.overlay_section import OverlaySection
from boxfit_kit.window.preferences import OverlaySwitch

WIDTH, HEIGHT = 420, 860
BESIDE = "Property"
"""Window that it is first docked with, if that exists; Kit's layout stores later places."""


class BoxFitWindow:
    """Dockable window with the panel, until destroyed.

    Args:
        title: Of the window.
        model: Model of the panel.
        switch: Of the overlay.
        on_closed: Called when the user closes the window, which must not be destroyed in this callback.
    """

    def __init__(self, title: str, model: PanelModel, switch: OverlaySwitch, on_closed: Callable[[], None]) -> None:
        self._closed = on_closed
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
        """True if the window is open, also behind another tab."""
        return self._window.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._window.visible = visible

    @property
    def is_seen(self) -> bool:
        """True if the window is open, and not behind another tab."""
        return self._window.visible and (self._window.selected_in_dock or not self._window.docked)

    def destroy(self) -> None:
        """Close the window."""
        self._window.set_visibility_changed_fn(None)
        self._panel.destroy()
        # omni.ui may still list a destroyed window of this title for a while.
        self._window.visible = False
        self._window.destroy()

    def _visibility_changed(self, visible: bool) -> None:
        if not visible:
            self._closed()
