"""The extension object: the menu entry and the window behind it, as Kit enables and disables it."""

# Kit's typings of omni.ui are incomplete.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import carb
import carb.settings
import omni.ext
import omni.kit.app
import omni.ui as ui
from omni.kit.async_engine import run_coroutine

from boxfit_kit.core import background, library, requirements
from boxfit_kit.window import notices
from boxfit_kit.window.fault_window import FaultWindow
from boxfit_kit.window.menu import WindowMenu
from boxfit_kit.window.question import ask, close_all

if TYPE_CHECKING:
    from boxfit_kit.window.tool import BoxFitTool

NAME = "boxfit_kit.window"
TITLE = "Box Fit"
OPEN_ON_STARTUP = f"/exts/{NAME}/openOnStartup"


class Extension(omni.ext.IExt):
    """Shows and hides the window as Kit's conventions want it. The library is imported when it is first shown."""

    # Kit empties the object's own dictionary after the shutdown, and what it was called for may still come.
    _tool: BoxFitTool | None = None
    _fault: FaultWindow | None = None
    _menu: WindowMenu | None = None

    def on_startup(self, ext_id: str) -> None:
        """Begin.

        Args:
            ext_id: Name and version, as "boxfit_kit.window-0.1.0".
        """
        try:
            self._menu = WindowMenu(NAME, TITLE, self._toggle, lambda: self._is_shown)
            ui.Workspace.set_show_window_fn(TITLE, self._show)
            requirements.ask_with(ask)
            if carb.settings.get_settings().get(OPEN_ON_STARTUP):
                ui.Workspace.show_window(TITLE)
        except BaseException:
            # Kit takes the extension for enabled all the same, and never calls for its shutdown.
            self.on_shutdown()
            raise

    def on_shutdown(self) -> None:
        """Leave nothing behind; a fit that runs is ended."""
        ui.Workspace.set_show_window_fn(TITLE, None)
        requirements.ask_with(None)
        close_all()
        menu, self._menu = self._menu, None
        tool, self._tool = self._tool, None
        self._end_fault()
        if menu is not None:
            menu.destroy()
        if tool is not None:
            tool.destroy()
        notices.dismiss_all()
        background.join_jobs()

    @property
    def _is_shown(self) -> bool:
        shown = self._fault or self._tool
        return shown is not None and shown.visible

    def _toggle(self) -> None:
        self._show(not self._is_shown)

    def _show(self, visible: bool) -> None:
        if self._menu is None:
            return
        self._end_fault()
        if not visible:
            if self._tool is not None:
                self._tool.hide()
            self._refresh()
            return
        try:
            if self._tool is None:
                from boxfit_kit.window.tool import BoxFitTool

                self._tool = BoxFitTool(TITLE, self._refresh, self._forget)
            self._tool.show()
        except Exception as error:
            tool, self._tool = self._tool, None
            if tool is not None:
                tool.destroy()
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Say why there is no panel: the library may be missing, or be another one than this was written for."""
        if library.fault:
            text = f"{TITLE} cannot be shown: {library.fault}"
            carb.log_warn(f"[{NAME}] {text}")
        else:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            text = f"{TITLE} cannot be shown ({reason}): the Console says more"
            carb.log_warn(f"[{NAME}] {text}\n{traceback.format_exc()}")
        self._fault = FaultWindow(TITLE, text, self._fault_closed)
        self._refresh()

    def _fault_closed(self) -> None:
        """The user has closed it: it goes at the next update, as no window may end in a call of its own."""
        self._refresh()
        run_coroutine(self._end_closed_fault())

    async def _end_closed_fault(self) -> None:
        await omni.kit.app.get_app().next_update_async()
        if self._fault is not None and not self._fault.visible:
            self._end_fault()

    def _end_fault(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None:
            fault.destroy()

    def _refresh(self) -> None:
        if self._menu is not None:
            self._menu.refresh()

    def _forget(self) -> None:
        self._tool = None
