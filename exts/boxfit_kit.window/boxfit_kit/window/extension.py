"""The extension object, with the menu entry and the window."""

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
from boxfit_kit.window.error_window import ErrorWindow
from boxfit_kit.window.menu import WindowMenu
from boxfit_kit.window.question import ask, close_all

if TYPE_CHECKING:
    from boxfit_kit.window.tool import BoxFitTool

NAME = "boxfit_kit.window"
TITLE = "Box Fit"
OPEN_ON_STARTUP = f"/exts/{NAME}/openOnStartup"


class Extension(omni.ext.IExt):
    """Shows and hides the window by Kit's conventions. The library is imported when it is first shown."""

    # Class attributes, as Kit empties the object's own dictionary after the shutdown, and callbacks may come later.
    _tool: BoxFitTool | None = None
    _error_window: ErrorWindow | None = None
    _menu: WindowMenu | None = None

    def on_startup(self, ext_id: str) -> None:
        """Add the menu entry."""
        try:
            self._menu = WindowMenu(NAME, TITLE, self._toggle, lambda: self._is_shown)
            ui.Workspace.set_show_window_fn(TITLE, self._show)
            requirements.ask_with(ask)
            if carb.settings.get_settings().get(OPEN_ON_STARTUP):
                ui.Workspace.show_window(TITLE)
        except BaseException:
            # Kit counts the extension as enabled all the same, and never shuts it down.
            self.on_shutdown()
            raise

    def on_shutdown(self) -> None:
        """Stop a running fit, and remove everything."""
        ui.Workspace.set_show_window_fn(TITLE, None)
        requirements.ask_with(None)
        close_all()
        menu, self._menu = self._menu, None
        tool, self._tool = self._tool, None
        self._end_error()
        if menu is not None:
            menu.destroy()
        if tool is not None:
            tool.destroy()
        notices.dismiss_all()
        background.join_jobs()

    @property
    def _is_shown(self) -> bool:
        shown = self._error_window or self._tool
        return shown is not None and shown.visible

    def _toggle(self) -> None:
        self._show(not self._is_shown)

    def _show(self, visible: bool) -> None:
        if self._menu is None:
            return
        self._end_error()
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
            self._show_error(error)

    def _show_error(self, error: Exception) -> None:
        """Show the error in place of the panel: the library may be missing, or of another version."""
        if library.unavailable_reason:
            text = f"{TITLE} cannot be shown: {library.unavailable_reason}"
            carb.log_warn(f"[{NAME}] {text}")
        else:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            text = f"{TITLE} cannot be shown ({reason}): see the Console for details"
            carb.log_warn(f"[{NAME}] {text}\n{traceback.format_exc()}")
        self._error_window = ErrorWindow(TITLE, text, self._on_error_closed)
        self._refresh()

    def _on_error_closed(self) -> None:
        """Destroy the error window after the user has closed it: at the next update, not in its own callback."""
        self._refresh()
        run_coroutine(self._end_closed_error())

    async def _end_closed_error(self) -> None:
        await omni.kit.app.get_app().next_update_async()
        if self._error_window is not None and not self._error_window.visible:
            self._end_error()

    def _end_error(self) -> None:
        window, self._error_window = self._error_window, None
        if window is not None:
            window.destroy()

    def _refresh(self) -> None:
        if self._menu is not None:
            self._menu.refresh()

    def _forget(self) -> None:
        self._tool = None
