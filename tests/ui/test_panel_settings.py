"""Tests of the panel's settings: controls, typing and clicking, and errors."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.usd.stage import unnamed_stage

from tests.hosts import HostInMemory
from tests.stages import box_stage
from tests.ui.panels import ready

GROUPS = ("differentiable-fit", "notebook", "dib-r", "input", "prim")
IN_SIGHT = ("align", "extent")
IN_OTHER_PARTS = ("format", "masks", "mask_shows", "data", "label", "asset")


@pytest.fixture
def stored() -> dict[str, Any]:
    """Return the settings that were kept by an earlier run."""
    return {}


@pytest.fixture
def host(stored: dict[str, Any]) -> HostInMemory:
    return HostInMemory(unnamed_stage(), stored)


async def test_every_setting_has_a_control_and_only_the_main_ones_are_in_sight(driver, model) -> None:
    every = [field.name for kind in (FitSettings, InputSettings, PrimSettings) for field in fields(kind)]
    await driver.settle()
    assert [name for name in every if driver.exists(f"setting.{name}")] == [n for n in every if n in IN_SIGHT]
    await driver.click("settings.advanced")
    for group in GROUPS:
        await driver.click(f"settings.{group}")
    missing = [name for name in every if not driver.exists(f"setting.{name}")]
    assert missing == [name for name in every if name in IN_OTHER_PARTS]


def test_a_setting_that_no_group_names_comes_last(toolkit: None) -> None:
    from boxfit.ui.panel.section_settings import GROUPS, _groups

    assert _groups(("method", "seed", "brand_new")) == {**GROUPS, "Further": ("brand_new",)}


@pytest.mark.parametrize("stored", [{"renderer": "kaolin"}])
async def test_choice_that_is_ruled_out_is_grey_and_says_why_where_it_was_kept(
    driver, model, host: HostInMemory
) -> None:
    await driver.wait(lambda: all(task.done() for task in host.tasks))
    model.settings.rule_out("renderer", {"kaolin": "there is no CUDA here", "dibr": "no torch", "area": None})
    await driver.click("settings.advanced")
    assert driver.text_of("setting.renderer.error") == "there is no CUDA here"
    dibr = await driver.find("setting.renderer.dibr")
    assert not dibr.enabled and dibr.tooltip == "no torch"
    await driver.click("setting.renderer.dibr")
    assert model.settings.fit.renderer == "kaolin"
    await driver.click("setting.renderer.area")
    assert model.settings.fit.renderer == "area" and not driver.exists("setting.renderer.error")


async def test_typed_text_is_taken_by_enter_tab_or_leaving_and_given_up_by_escape(driver, model) -> None:
    from omni.ui import testing

    await driver.click("settings.advanced")
    await driver.click("settings.differentiable-fit")
    await driver.type("setting.max_steps", "12")
    assert model.settings.fit.max_steps == 12
    await driver.type("setting.max_steps", "13", enter=False)
    assert model.settings.fit.max_steps == 12
    await driver.click("setting.seed")
    assert model.settings.fit.max_steps == 13
    # Tab goes to the next field.
    await driver.type("setting.max_steps", "14", enter=False)
    await driver.press("Tab")
    await driver.press("Ctrl+A")
    await testing.type_text("25")
    await driver.press("Enter")
    assert (model.settings.fit.max_steps, model.settings.fit.seed) == (14, 25)
    # What is typed stays while others change.
    await driver.type("setting.max_steps", "15", enter=False)
    model.settings.change("seed", 3)
    await driver.settle()
    assert driver.text_of("setting.max_steps") == "15" and driver.text_of("setting.seed") == "3"
    await driver.press("Escape")
    assert model.settings.fit.max_steps == 14 and driver.text_of("setting.max_steps") == "14"


async def test_wrong_text_is_explained_below_its_field_and_by_fit_until_escape(
    driver, model, host: HostInMemory, tmp_path: Path
) -> None:
    host.replace_stage(box_stage(tmp_path))
    await ready(driver, model)
    await driver.click("settings.advanced")
    await driver.click("settings.differentiable-fit")
    await driver.type("setting.max_steps", "many")
    assert driver.text_of("setting.max_steps") == "many"
    reason = driver.text_of("setting.max_steps.error")
    assert reason == "\"Max steps\" is 'many': give an integer"
    assert driver.text_of("fit.blocked_reason") == f"See Settings: {reason}"
    assert not (await driver.find("fit")).enabled
    await driver.type("setting.max_steps", "0")
    assert "at least 1" in driver.text_of("setting.max_steps.error")
    await driver.click("setting.max_steps")
    await driver.press("Escape")
    assert driver.text_of("setting.max_steps") == str(FitSettings().max_steps)
    assert not driver.exists("setting.max_steps.error") and (await driver.find("fit")).enabled


async def test_prim_field_shows_where_the_box_goes_by_itself(driver, model, host: HostInMemory, tmp_path: Path) -> None:
    host.replace_stage(box_stage(tmp_path))
    await ready(driver, model)
    await driver.click("settings.advanced")
    assert driver.text_of("setting.prim.default") == "/World/box_1"
    await driver.type("setting.prim", "/World/Mine")
    assert model.settings.prim.prim == "/World/Mine" and not driver.exists("setting.prim.default")


async def test_click_on_choices_and_switches_takes_them_and_reset_puts_every_default_back(
    driver, model, host: HostInMemory
) -> None:
    await driver.click("settings.advanced")
    assert not (await driver.find("settings.reset")).enabled
    await driver.click("setting.align.up")
    assert model.settings.fit.align == "up" and host.stored["align"] == "up"
    assert (await driver.find("setting.align.up")).checked and not (await driver.find("setting.align.free")).checked
    for taken in (True, False, True):
        await driver.click("setting.animation")
        assert model.settings.prim.animation == taken
    await driver.click("settings.reset")
    assert model.settings.is_default
    assert (await driver.find("setting.align.auto")).checked
    assert not (await driver.find("setting.animation")).model.as_bool
    assert not (await driver.find("settings.reset")).enabled


@pytest.mark.parametrize("stored", [{"max_steps": -3}])
async def test_settings_that_could_not_be_kept_are_told(driver, model) -> None:
    await driver.click("settings.notes")
    assert '"Max steps" is -3' in driver.text_of("settings.notes.text")


@pytest.mark.parametrize("size", [(320, 1000), (400, 1000), (700, 1000)])
async def test_buttons_of_the_methods_stand_in_one_row_with_room_for_their_texts(
    driver, model, tmp_path: Path, size: tuple[int, int]
) -> None:
    from tests.ui.pixels import faults

    await driver.settle()
    await driver.click("settings.advanced")
    await driver.find("setting.method.notebook")
    buttons = [driver.shown(f"setting.method.{name}").widget for name in ("auto", "contact", "tight", "notebook")]
    assert len({button.screen_position_y for button in buttons}) == 1
    # A character takes about 6.5 pixels.
    assert all(button.computed_width > 6.5 * len(button.text) for button in buttons)
    assert buttons[-1].screen_position_x + buttons[-1].computed_width < size[0] - 8
    assert await faults(driver, tmp_path / "methods.png") == []
