"""Tests of the panel's settings: controls, typing and clicking, and errors."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.usd.stage import unnamed_stage

from tests.hosts import HostInMemory
from tests.stages import box_stage
from tests.ui.conftest import Screen
from tests.ui.panels import ready, tell

GROUPS = ("tight-fit", "notebook", "dib-r", "input", "prim")
IN_SIGHT = ("method", "renderer", "align", "prim", "frame", "rotation", "animation")
IN_OTHER_PARTS = ("data", "label", "asset")


@pytest.fixture
def host() -> HostInMemory:
    return HostInMemory(unnamed_stage())


def test_every_setting_has_a_control_and_only_the_main_ones_are_in_sight(screen: Screen, host: HostInMemory) -> None:
    every = [field.name for kind in (FitSettings, InputSettings, PrimSettings) for field in fields(kind)]

    async def story(driver, model) -> None:
        await driver.settle()
        assert [name for name in every if driver.exists(f"setting.{name}")] == [n for n in every if n in IN_SIGHT]
        for group in GROUPS:
            await driver.click(f"settings.{group}")
        missing = [name for name in every if not driver.exists(f"setting.{name}")]
        assert missing == [name for name in every if name in IN_OTHER_PARTS]

    tell(screen, host, story)


def test_a_setting_that_no_group_names_comes_last(toolkit: None) -> None:
    from boxfit.ui.panel.section_settings import GROUPS, _groups

    assert _groups(("method", "seed", "brand_new")) == {**GROUPS, "Further": ("brand_new",)}


def test_click_on_a_choice_takes_it_and_shows_it_taken(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("setting.align.up")
        assert model.settings.fit.align == "up" and host.stored["align"] == "up"
        assert (await driver.find("setting.align.up")).checked
        assert not (await driver.find("setting.align.free")).checked

    tell(screen, host, story)


def test_click_on_a_switch_takes_it(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("setting.animation")
        assert model.settings.prim.animation
        await driver.click("setting.animation")
        assert not model.settings.prim.animation

    tell(screen, host, story)


def test_choice_that_is_ruled_out_is_grey_and_says_why_where_it_was_kept(screen: Screen) -> None:
    host = HostInMemory(unnamed_stage(), {"renderer": "kaolin"})

    async def story(driver, model) -> None:
        await driver.wait(lambda: all(task.done() for task in host.tasks))
        model.settings.rule_out("renderer", {"kaolin": "there is no CUDA here", "dibr": "no torch", "area": None})
        await driver.settle()
        assert driver.text_of("setting.renderer.error") == "there is no CUDA here"
        dibr = await driver.find("setting.renderer.dibr")
        assert not dibr.enabled and dibr.tooltip == "no torch"
        await driver.click("setting.renderer.dibr")
        assert model.settings.fit.renderer == "kaolin"
        await driver.click("setting.renderer.area")
        assert model.settings.fit.renderer == "area" and not driver.exists("setting.renderer.error")

    tell(screen, host, story)


def test_enter_takes_what_was_typed(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "12")
        assert model.settings.fit.max_steps == 12

    tell(screen, host, story)


def test_leaving_a_field_takes_what_was_typed(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "13", enter=False)
        assert model.settings.fit.max_steps == 80
        await driver.click("setting.seed")
        assert model.settings.fit.max_steps == 13

    tell(screen, host, story)


def test_tab_takes_what_was_typed_and_goes_to_the_next_field(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "14", enter=False)
        await driver.press("Tab")
        from omni.ui import testing

        await driver.press("Ctrl+A")
        await testing.type_text("0.25")
        await driver.press("Enter")
        assert (model.settings.fit.max_steps, model.settings.fit.learning_rate) == (14, 0.25)

    tell(screen, host, story)


def test_escape_gives_the_old_text_back(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "12", enter=False)
        await driver.press("Escape")
        assert model.settings.fit.max_steps == 80 and driver.text_of("setting.max_steps") == "80"

    tell(screen, host, story)


def test_wrong_text_is_explained_below_its_field_and_by_fit_until_escape(screen: Screen, tmp_path: Path) -> None:
    async def story(driver, model) -> None:
        await ready(driver, model)
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "many")
        assert driver.text_of("setting.max_steps") == "many"
        reason = driver.text_of("setting.max_steps.error")
        assert reason == "max_steps is 'many': give an integer"
        assert driver.text_of("fit.blocked_reason") == f"See Settings: {reason}"
        assert not (await driver.find("fit")).enabled
        await driver.type("setting.max_steps", "0")
        assert "at least 1" in driver.text_of("setting.max_steps.error")
        await driver.click("setting.max_steps")
        await driver.press("Escape")
        assert driver.text_of("setting.max_steps") == "80"
        assert not driver.exists("setting.max_steps.error") and (await driver.find("fit")).enabled

    tell(screen, HostInMemory(box_stage(tmp_path)), story)


def test_field_that_is_typed_into_keeps_its_text_while_others_change(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        await driver.click("settings.tight-fit")
        await driver.type("setting.max_steps", "15", enter=False)
        model.settings.change("seed", 3)
        await driver.settle()
        assert driver.text_of("setting.max_steps") == "15" and driver.text_of("setting.seed") == "3"

    tell(screen, host, story)


def test_prim_field_shows_where_the_box_goes_by_itself(screen: Screen, tmp_path: Path) -> None:
    async def story(driver, model) -> None:
        await ready(driver, model)
        assert driver.text_of("setting.prim.default") == "/World/box_1"
        await driver.type("setting.prim", "/World/Mine")
        assert model.settings.prim.prim == "/World/Mine" and not driver.exists("setting.prim.default")

    tell(screen, HostInMemory(box_stage(tmp_path)), story)


def test_reset_puts_every_default_back(screen: Screen, host: HostInMemory) -> None:
    async def story(driver, model) -> None:
        assert not (await driver.find("settings.reset")).enabled
        await driver.click("setting.method.contact")
        await driver.click("setting.animation")
        await driver.click("settings.reset")
        assert model.settings.is_default
        assert (await driver.find("setting.method.tight")).checked
        assert not (await driver.find("setting.animation")).model.as_bool
        assert not (await driver.find("settings.reset")).enabled

    tell(screen, host, story)


def test_settings_that_could_not_be_kept_are_told(screen: Screen) -> None:
    host = HostInMemory(unnamed_stage(), {"max_steps": -3})

    async def story(driver, model) -> None:
        await driver.click("settings.notes")
        assert "max_steps is -3" in driver.text_of("settings.notes.text")

    tell(screen, host, story)
