"""What Kit calls when the extension is enabled and disabled: the menu entry, and the window behind it."""

# Kit's typings of omni.ui are incomplete.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import carb
import carb.settings
import omni.ext
import omni.ui as ui

from boxfit_kit.core import requirements
from boxfit_kit.window import notices
from boxfit_kit.window.menu import WindowMenu
from boxfit_kit.window.question import ask

if TYPE_CHECKING:
    from boxfit_kit.window.tool import BoxFitTool

NAME = "boxfit_kit.window"
TITLE = "Box Fit"
OPEN_ON_STARTUP = f"/exts/{NAME}/openOnStartup"


class Extension(omni.ext.IExt):
    """Shows and hides the window as Kit's conventions want it. The library is imported when it is first shown."""

    def on_startup(self, ext_id: str) -> None:
        """Begin.

        Args:
            ext_id: Name and version, as "boxfit_kit.window-0.1.0".
        """
        self._tool: BoxFitTool | None = None
        self._menu: WindowMenu | None = WindowMenu(NAME, TITLE, self._toggle, lambda: self._is_shown)
        ui.Workspace.set_show_window_fn(TITLE, self._show)
        requirements.ask_with(ask)
        if carb.settings.get_settings().get(OPEN_ON_STARTUP):
            ui.Workspace.show_window(TITLE)

    def on_shutdown(self) -> None:
        """Leave nothing behind; a fit that runs is ended."""
        ui.Workspace.set_show_window_fn(TITLE, None)
        requirements.ask_with(None)
        menu, self._menu = self._menu, None
        tool, self._tool = self._tool, None
        if menu is not None:
            menu.destroy()
        if tool is not None:
            tool.destroy()

    @property
    def _is_shown(self) -> bool:
        return self._tool is not None and self._tool.visible

    def _toggle(self) -> None:
        self._show(not self._is_shown)

    def _show(self, visible: bool) -> None:
        if not visible:
            if self._tool is not None:
                self._tool.hide()
            return
        if self._tool is None:
            try:
                from boxfit_kit.window.tool import BoxFitTool

                self._tool = BoxFitTool(TITLE, self._refresh, self._forget)
            except Exception as error:  # The library may be missing, or be another one than this was written for.
                carb.log_warn(f"[{NAME}] {traceback.format_exc()}")
                notices.warn(f"{TITLE} cannot be shown ({type(error).__name__}: {error}): the Console says more")
                return
        self._tool.show()

    def _refresh(self) -> None:
        if self._menu is not None:
            self._menu.refresh()

    def _forget(self) -> None:
        self._tool = None
