"""Window > Kaolin > Box Fit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.drawn import ENTRY, TITLE, WINDOW, KitScreen, box_fit_window, kit_screen, omni_ui, screen, toolkit

__all__ = ["kit_screen", "omni_ui", "screen", "toolkit"]


def test_menu_entry_shows_and_hides_the_window_and_its_tick_follows(kit_screen: KitScreen) -> None:
    async def story(driver: Any) -> None:
        import omni.kit.menu.utils as menus

        kit_screen.kit.start(WINDOW)
        assert not menus.is_ticked(ENTRY)
        kit_screen.click_menu()
        assert menus.is_ticked(ENTRY) and menus.refreshed[-1:] == ["Window"]
        await driver.settle()
        assert box_fit_window() and driver.exists("fit")
        kit_screen.click_menu()
        assert not menus.is_ticked(ENTRY)
        await driver.wait(lambda: box_fit_window() is None)

    kit_screen.run(story)
    assert not kit_screen.kit.errors


def test_entry_is_an_action_that_hotkeys_and_scripts_can_execute(kit_screen: KitScreen) -> None:
    async def story(driver: Any) -> None:
        import omni.kit.actions.core

        kit_screen.kit.start(WINDOW)
        registry = omni.kit.actions.core.get_action_registry()
        action = registry.get_action(WINDOW, "toggle_window")
        assert action is not None and action.display_name == "Window > Kaolin > Box Fit" and action.description
        registry.execute_action(WINDOW, "toggle_window")
        await driver.settle()
        assert box_fit_window()

    kit_screen.run(story)


def test_layout_shows_and_hides_the_window_by_its_title(kit_screen: KitScreen) -> None:
    async def story(driver: Any) -> None:
        import omni.kit.menu.utils as menus
        import omni.ui as ui

        kit_screen.kit.start(WINDOW)
        ui.Workspace.show_window(TITLE, True)
        await driver.settle()
        assert box_fit_window() and menus.is_ticked(ENTRY)
        ui.Workspace.show_window(TITLE, False)
        await driver.wait(lambda: box_fit_window() is None)
        assert not menus.is_ticked(ENTRY)

    kit_screen.run(story)


@pytest.mark.parametrize("wanted", [True, False])
def test_window_is_there_at_start_up_only_where_the_setting_says_so(kit_screen: KitScreen, wanted: bool) -> None:
    async def story(driver: Any) -> None:
        import carb.settings

        carb.settings.get_settings().set("/exts/boxfit_kit.window/openOnStartup", wanted)
        kit_screen.kit.start(WINDOW)
        await driver.settle()
        window = box_fit_window()
        assert (window is not None and window.visible) == wanted

    kit_screen.run(story)


def test_two_menus_of_one_sub_menu_keep_the_others_entries(kit_screen: KitScreen) -> None:
    async def story(driver: Any) -> None:
        import omni.kit.menu.utils as menus

        others = [menus.MenuItemDescription("Kaolin", sub_menu=[menus.MenuItemDescription("Data Generator")])]
        menus.add_menu_items(others, "Window")
        kit_screen.kit.start(WINDOW)
        kit_screen.kit.stop(WINDOW)
        assert menus.leftovers() == ["the menu entry Window/Kaolin/Data Generator"]

    kit_screen.run(story)


def test_menu_says_why_the_window_does_not_open_where_the_library_is_missing(
    kit_screen: KitScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(driver: Any) -> None:
        import sys

        import omni.kit.notification_manager as manager

        kit_screen.kit.start(WINDOW)
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "boxfit_kit.window.tool", None)
            kit_screen.click_menu()
        ((text, status),) = manager.posted
        assert text.startswith("Box Fit cannot be shown (ModuleNotFoundError: ")
        assert status == manager.NotificationStatus.WARNING
        assert box_fit_window() is None

    kit_screen.run(story)
