"""What stands behind the window: it is made when it is first shown, and lives on while a fit goes on without it.

Closing the window does not stop a fit: the status bar shows how far it is, and a message says how it ended. Opened
again on the same stage, the window shows all that it showed before. Without a window and without a fit nothing is read
any more: with the next stage, everything goes until the window is opened again.
"""

# Kit's typings of omni.ui are incomplete.
# pyright: reportAttributeAccessIssue=false

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
        shown_or_hidden: Called when the window has been shown or hidden, whoever did it.
        ended: Called when nothing is left of it.
    """

    def __init__(self, title: str, shown_or_hidden: Callable[[], None], ended: Callable[[], None]) -> None:
        self._title, self._shown_or_hidden, self._ended = title, shown_or_hidden, ended
        self._host = HostKit()
        # Heard before the model hears it: a model that nobody looks at reads nothing.
        self._host.watch_stage(self._stage_happened)
        try:
            self._model = PanelModel(self._host, meshes=False)
        except BaseException:
            self._host.destroy()
            raise
        self._host.boxes = lambda: self._model.scene.paths
        self._host.panel_is_seen = lambda: self._window is not None and self._window.is_seen
        # Not by this object, which may have gone by the time that a message is answered.
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
        """Whether the window is shown."""
        return self._window is not None and self._window.visible

    def show(self) -> None:
        """Show the window."""
        if self._window is None:
            self._window = BoxFitWindow(self._title, self._model, self._switch, self._closed)
        self._window.visible = True
        self._show_overlay()
        self._shown_or_hidden()

    def hide(self) -> None:
        """Hide the window, as if the user had closed it."""
        if self._window is not None:
            self._window.visible = False

    def destroy(self) -> None:
        """End the fit, and leave nothing behind."""
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
        # Kit complains of an extension that somebody still knows after its end.
        self._shown_or_hidden = self._ended = lambda: None

    def _closed(self) -> None:
        """The window was closed: it goes at the next update, as no window may end in a call of its own."""
        self._shown_or_hidden()
        self._host.start(self._end_window())

    async def _end_window(self) -> None:
        await self._host.next_frame()
        # It may have been opened again meanwhile.
        if self._window is not None and not self._window.visible:
            self._window.destroy()
            self._window = None
            self._show_overlay()

    def _show_overlay(self) -> None:
        """The overlay is there with the window, and without it while a fit goes on."""
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

    def _stage_happened(self, event: StageEvent) -> None:
        if event in ("opened", "closed") and not self.visible:
            if self._model.fit.running:
                self._was_replaced = True
            else:
                self._end()

    async def _end_unseen(self) -> None:
        """Nobody looks, and what was fitted has gone: at the next update, as the fit tells how it ended first."""
        await self._host.next_frame()
        if not self.visible and not self._model.fit.running:
            self._end()

    def _end(self) -> None:
        ended = self._ended
        self.destroy()
        ended()
