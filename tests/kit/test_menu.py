"""Tests of Window > Kaolin > Box Fit."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.kit.kit_screen import ENTRY, TITLE, WINDOW, KitScreen, box_fit_window


async def test_menu_entry_shows_and_hides_the_window_and_its_tick_follows(kit_screen: KitScreen, driver: Any) -> None:
    import omni.kit.menu.utils as menus

    kit_screen.kit.start(WINDOW)
    assert not menus.is_ticked(ENTRY)
    await kit_screen.click_menu()
    assert menus.is_ticked(ENTRY) and menus.refreshed[-1:] == ["Window"]
    await driver.settle()
    assert box_fit_window() and driver.exists("fit")
    await kit_screen.click_menu()
    assert not menus.is_ticked(ENTRY)
    await driver.wait(lambda: box_fit_window() is None)


async def test_entry_is_an_action_that_hotkeys_and_scripts_can_execute(kit_screen: KitScreen, driver: Any) -> None:
    import omni.kit.actions.core

    kit_screen.kit.start(WINDOW)
    registry = omni.kit.actions.core.get_action_registry()
    action = registry.get_action(WINDOW, "toggle_window")
    assert action is not None and action.display_name == "Window > Kaolin > Box Fit" and action.description
    registry.execute_action(WINDOW, "toggle_window")
    await driver.settle()
    assert box_fit_window()


async def test_layout_shows_and_hides_the_window_by_its_title(kit_screen: KitScreen, driver: Any) -> None:
    import omni.kit.menu.utils as menus
    import omni.ui as ui

    kit_screen.kit.start(WINDOW)
    ui.Workspace.show_window(TITLE, True)
    await driver.settle()
    assert box_fit_window() and menus.is_ticked(ENTRY)
    ui.Workspace.show_window(TITLE, False)
    await driver.wait(lambda: box_fit_window() is None)
    assert not menus.is_ticked(ENTRY)


@pytest.mark.parametrize("wanted", [True, False])
async def test_window_is_there_at_start_up_only_where_the_setting_says_so(
    kit_screen: KitScreen, driver: Any, wanted: bool
) -> None:
    import carb.settings

    carb.settings.get_settings().set("/exts/boxfit_kit.window/openOnStartup", wanted)
    kit_screen.kit.start(WINDOW)
    await driver.settle()
    window = box_fit_window()
    assert (window is not None and window.visible) == wanted


async def test_two_menus_of_one_sub_menu_keep_the_others_entries(kit_screen: KitScreen, driver: Any) -> None:
    import omni.kit.menu.utils as menus

    others = [menus.MenuItemDescription("Kaolin", sub_menu=[menus.MenuItemDescription("Data Generator")])]
    menus.add_menu_items(others, "Window")
    kit_screen.kit.start(WINDOW)
    kit_screen.kit.stop(WINDOW)
    assert menus.leftovers() == ["the menu entry Window/Kaolin/Data Generator"]
    menus.remove_menu_items(others, "Window")


BROKEN = {
    "the library": "",
    "its window": "boxfit_kit.window.window.Panel",
    "its model": "boxfit_kit.window.tool.PanelModel",
    "its overlay": "boxfit_kit.window.tool.BoxFitTool._show_overlay",
}
"""Broken or missing parts, and the function that raises."""


def broken(*arguments: Any, **options: Any) -> None:
    raise RuntimeError("made for another Kit\nand more of it")


@pytest.mark.parametrize("what", BROKEN)
async def test_window_says_why_there_is_no_panel_and_shows_it_once_it_can(
    kit_screen: KitScreen, driver: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    import omni.kit.menu.utils as menus
    import omni.ui as ui

    kit_screen.kit.start(WINDOW)
    from boxfit_kit.core import library

    with monkeypatch.context() as patch:
        if what == "the library":
            patch.setattr(library, "unavailable_reason", "the library boxfit is not in exts: add a whole checkout")
            patch.setitem(sys.modules, "boxfit_kit.window.tool", None)
            expected = "Box Fit cannot be shown: the library boxfit is not in exts: add a whole checkout"
        else:
            patch.setattr(BROKEN[what], broken)
            expected = "Box Fit cannot be shown (RuntimeError: made for another Kit): see the Console for details"
        for _ in range(2):
            ui.Workspace.show_window(TITLE, True)
            await driver.find("error")
            assert driver.text_of("error") == expected and menus.is_ticked(ENTRY)
            assert [text for text in kit_screen.kit.warnings if text.startswith(f"[{WINDOW}] {expected}")]
            # By its close button, as a layout or a user does.
            window = box_fit_window()
            window.visible = False
            await driver.settle()
            assert box_fit_window() is None and not menus.is_ticked(ENTRY)
    # Opened again once nothing is missing, in any way.
    ui.Workspace.show_window(TITLE, True)
    await driver.wait(lambda: driver.exists("fit"))
    assert not driver.exists("error")


@pytest.mark.parametrize("failing", ["omni.kit.menu.utils.add_menu_items", "omni.ui.Workspace.set_show_window_fn"])
async def test_start_of_the_window_that_fails_half_way_leaves_nothing_and_the_next_one_works(
    kit_screen: KitScreen, driver: Any, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    import omni.ui as ui

    kit = kit_screen.kit
    kit.start("boxfit_kit.core")
    before, set_function = kit.leftovers(), ui.Workspace.set_show_window_fn

    def fail(*arguments: Any) -> None:
        if arguments == (TITLE, None):  # Removing it must work.
            set_function(*arguments)
        else:
            raise RuntimeError("no more of them")

    with monkeypatch.context() as patch:
        patch.setattr(failing, fail)
        kit.start(WINDOW)
        assert any("no more of them" in text for text in kit.errors)
    assert kit.leftovers() == before
    kit.stop(WINDOW)
    kit.kernel.logged.clear()
    kit.start(WINDOW)
    await kit_screen.show_window(driver)
    assert driver.exists("fit")
