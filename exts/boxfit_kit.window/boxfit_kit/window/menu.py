"""Menu entry Window > Kaolin > Box Fit, and its action."""

from __future__ import annotations

from collections.abc import Callable

import omni.kit.actions.core
import omni.kit.menu.utils

MENU = "Window"
SUB_MENU = "Kaolin"
ACTION = "toggle_window"


class WindowMenu:
    """The menu entry, ticked while the window is shown. Other extensions may add entries to the same sub-menu.

    Args:
        extension: Name of the extension, which owns the action.
        title: Title of the entry and the window.
        toggle: Shows the window, or hides it.
        is_shown: Returns True while the window is shown.
    """

    def __init__(self, extension: str, title: str, toggle: Callable[[], None], is_shown: Callable[[], bool]) -> None:
        self._extension = extension
        omni.kit.actions.core.get_action_registry().register_action(
            extension,
            ACTION,
            toggle,
            display_name=f"Window > {SUB_MENU} > {title}",
            description="Show or hide the window that fits boxes to masks",
            tag="Box Fit",
        )
        entry = omni.kit.menu.utils.MenuItemDescription(
            name=title,
            ticked=True,
            ticked_fn=is_shown,
            onclick_action=(extension, ACTION),
        )
        # Removing the entries takes the same list.
        self._entries = [omni.kit.menu.utils.MenuItemDescription(name=SUB_MENU, sub_menu=[entry])]
        try:
            omni.kit.menu.utils.add_menu_items(self._entries, MENU)
        except BaseException:
            self._deregister()
            raise

    def refresh(self) -> None:
        """Update the tick."""
        omni.kit.menu.utils.refresh_menu_items(MENU)

    def destroy(self) -> None:
        """Remove the entry and its action."""
        omni.kit.menu.utils.remove_menu_items(self._entries, MENU)
        self._deregister()

    def _deregister(self) -> None:
        omni.kit.actions.core.get_action_registry().deregister_all_actions_for_extension(self._extension)
