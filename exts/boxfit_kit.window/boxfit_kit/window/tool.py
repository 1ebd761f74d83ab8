"""Window, overlay and model of a stage, which outlive a closed window while a fit is running.

Closing the window does not stop a fit: the status bar shows its progress, and a notification its end. If the window is
opened again on the same stage, it shows everything as before. Without a window and a fit nothing is read: when the
next stage opens, everything is destroyed until the window is opened again.
"""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui
from boxfit.ui.host import StageEvent
from boxfit.ui.model.panel_model import PanelModel

from boxfit_kit.window.host_kit import HostKit
from boxfit_kit.window.overlay import Overlay
from boxfit_kit.window.preferences import OverlaySwitch
from boxfit_kit.window.window import BoxFitWindow


class BoxFitTool:
    """Window, overlay and model of the open stage.

    Args:
        title: Of the window.
        on_visibility: Called when the window was shown or hidden.
        on_ended: Called when everything is destroyed.
    """

    def __init__(self, title: str, on_visibility: Callable[[], None], on_ended: Callable[[], None]) -> None:
        self._title, self._on_visibility, self._ended = title, on_visibility, on_ended
        self._host = HostKit()
        # Subscribed before the model, which must not read the next stage without a window.
        self._host.watch_stage(self._on_stage_event)
        try:
            self._model = PanelModel(self._host, meshes=False)
        except BaseException:
            self._host.destroy()
            raise
        self._host.boxes = lambda: self._model.scene.paths
        self._host.panel_is_seen = lambda: self._window is not None and self._window.is_seen
        # Without a reference to this object, which may be destroyed before a notification is answered.
        self._host.show_panel = lambda: ui.Workspace.show_window(title)
        self._switch = OverlaySwitch()
        self._window: BoxFitWindow | None = None
        self._overlay: Overlay | None = None
        self._was_running = self._was_replaced = False
        self._ends = [
            self._switch.changed.subscribe(self._show_overlay),
            self._model.fit.changed.subscribe(self._fit_changed),
        ]

    @property
    def visible(self) -> bool:
        """True if the window is shown."""
        return self._window is not None and self._window.visible

    def show(self) -> None:
        """Show the window."""
        if self._window is None:
            self._window = BoxFitWindow(self._title, self._model, self._switch, self._closed)
        self._window.visible = True
        self._show_overlay()
        self._on_visibility()

    def hide(self) -> None:
        """Hide the window, as if the user had closed it."""
        if self._window is not None:
            self._window.visible = False

    def destroy(self) -> None:
        """Stop the fit, and destroy everything."""
        for end in self._ends:
            end()
        self._switch.destroy()
        if self._overlay is not None:
            self._overlay.destroy()
            self._overlay = None
        if self._window is not None:
            self._window.destroy()
            self._window = None
        self._model.destroy()
        self._host.destroy()
        # Kit warns about references to an extension after its shutdown.
        self._on_visibility = self._ended = lambda: None

    def _closed(self) -> None:
        """Destroy the closed window at the next update, not in its own callback."""
        self._on_visibility()
        self._host.start(self._end_window())

    async def _end_window(self) -> None:
        await self._host.next_frame()
        # The window may have been opened again meanwhile.
        if self._window is not None and not self._window.visible:
            self._window.destroy()
            self._window = None
            self._show_overlay()

    def _show_overlay(self) -> None:
        """Show the overlay while the window is shown or a fit is running."""
        wanted = self._switch.on and (self.visible or self._model.fit.running)
        if wanted and self._overlay is None:
            self._overlay = Overlay(self._model)
        elif not wanted and self._overlay is not None:
            self._overlay.destroy()
            self._overlay = None

    def _fit_changed(self) -> None:
        running, was_running = self._model.fit.running, self._was_running
        self._was_running = running
        if was_running and not running:
            self._show_overlay()
            if self._was_replaced:
                self._host.start(self._end_unseen())

    def _on_stage_event(self, event: StageEvent) -> None:
        if event in ("opened", "closed") and not self.visible:
            if self._model.fit.running:
                self._was_replaced = True
            else:
                self._end()

    async def _end_unseen(self) -> None:
        """Destroy everything at the next update, after the fit has reported its end."""
        await self._host.next_frame()
        if not self.visible and not self._model.fit.running:
            self._end()

    def _end(self) -> None:
        ended = self._ended
        self.destroy()
        ended()
