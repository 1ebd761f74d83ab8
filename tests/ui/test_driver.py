"""Tests of the test tools: the driver on real widgets, and the failure of a test after an error in a callback."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def small_window(ui, height: int = 400):
    window = ui.Window("Small", width=320, height=height, position_x=10, position_y=10)
    window.flags = ui.WINDOW_FLAGS_NO_SAVED_SETTINGS
    return window


async def test_click_on_a_button_calls_it(driver) -> None:
    import omni.ui as ui

    clicked = []
    with small_window(ui).frame:
        ui.Button("Fit", identifier="fit", height=24, clicked_fn=lambda: clicked.append("fit"))
    await driver.click("fit")
    assert clicked == ["fit"]
    assert driver.text_of("fit") == "Fit"


async def test_click_on_a_button_scrolled_out_of_view_scrolls_to_it(driver) -> None:
    import omni.ui as ui

    clicked = []
    with small_window(ui, 120).frame, ui.ScrollingFrame(), ui.VStack(height=0):
        for row in range(60):
            ui.Button(str(row), identifier=f"row.{row}", height=24, clicked_fn=lambda row=row: clicked.append(row))
    for row in (50, 3, 59):
        await driver.click(f"row.{row}")
    assert clicked == [50, 3, 59]


async def test_click_and_type_on_a_canvas_that_magnifies_hit_what_they_mean(driver) -> None:
    import omni.ui as ui

    clicked = []
    with small_window(ui).frame:
        canvas = ui.CanvasFrame(zoom=2, zoom_min=2, zoom_max=2, draggable=False, compatibility=False)
        with canvas, ui.Frame(width=150, height=190), ui.ScrollingFrame(), ui.VStack(height=0):
            for row in range(30):
                ui.Button(str(row), identifier=f"row.{row}", height=24, clicked_fn=lambda row=row: clicked.append(row))
            ui.StringField(identifier="path", height=24)
    for row in (3, 28, 0):
        await driver.click(f"row.{row}")
    await driver.type("path", "/World")
    assert clicked == [3, 28, 0] and driver.text_of("path") == "/World"


@pytest.mark.parametrize("text", ["/World/Box", "", "überlang"])
async def test_type_into_a_text_field_replaces_what_it_held(driver, text: str) -> None:
    import omni.ui as ui

    with small_window(ui).frame, ui.VStack(height=0):
        field = ui.StringField(identifier="path", height=24)
    field.model.set_value("two words")
    await driver.type("path", text)
    assert driver.text_of("path") == text


@pytest.mark.parametrize("kind", ["FloatField", "FloatDrag", "FloatSlider"])
async def test_type_into_a_number_field_replaces_its_value(driver, kind: str) -> None:
    import omni.ui as ui

    with small_window(ui).frame, ui.VStack(height=0):
        field = getattr(ui, kind)(identifier="value", height=24)
    await driver.type("value", "0.25")
    assert field.model.as_float == 0.25


async def test_choose_in_a_combo_box_picks_the_row(driver) -> None:
    import omni.ui as ui

    with small_window(ui).frame, ui.VStack(height=0):
        combo = ui.ComboBox(0, "contact", "tight", "notebook", identifier="method")
    for row in (2, 0, 1):
        await driver.choose("method", row)
        assert combo.model.get_item_value_model().as_int == row


async def test_click_on_a_check_box_and_drag_of_a_slider_change_them(driver) -> None:
    import omni.ui as ui

    with small_window(ui).frame, ui.VStack(height=0):
        box = ui.CheckBox(identifier="animation", height=24)
        slider = ui.FloatSlider(identifier="share", min=0, max=1, height=24)
    slider.model.set_value(0.5)
    await driver.click("animation")
    await driver.drag("share", 80, 0)
    assert box.model.as_bool
    assert 0.7 < slider.model.as_float < 0.8


async def test_press_a_shortcut_reaches_the_window_with_its_modifiers(driver) -> None:
    import omni.ui as ui

    pressed = []
    window = small_window(ui)
    window.set_key_pressed_fn(lambda key, modifiers, down: pressed.append((key, modifiers & 0xFF, down)))
    with window.frame:
        ui.Button("Fit", identifier="fit", height=24)
    await driver.click("fit")
    await driver.press("Ctrl+Shift+Z")
    assert (ord("Z"), 3, True) in pressed


async def test_find_what_is_not_shown_names_what_is(driver) -> None:
    import omni.ui as ui

    with small_window(ui).frame, ui.VStack(height=0):
        ui.Label("here", identifier="here")
        ui.Label("hidden", identifier="hidden", visible=False)
        with ui.CollapsableFrame("folded", collapsed=True):
            ui.Label("folded", identifier="folded")
    await driver.settle()
    assert driver.exists("here") and not driver.exists("hidden") and not driver.exists("folded")
    driver.limit_s = 0.1
    with pytest.raises(AssertionError, match="no widget 'hidden' is shown; shown are: here"):
        await driver.find("hidden")


def test_picture_has_the_size_of_the_screen(screen) -> None:
    from PIL import Image

    async def story(driver):
        import omni.ui as ui

        with small_window(ui).frame:
            ui.Button("Fit", height=24)
        return await driver.picture(screen.folder / "picture.png")

    with Image.open(screen.run(story, size=(400, 300))) as picture:
        assert picture.size == (400, 300)
        assert len(picture.convert("L").getcolors()) > 10


@pytest.mark.parametrize("where", ["click", "build", "task"])
def test_screen_with_a_callback_that_raises_fails_the_test(toolkit, tmp_path: Path, where: str) -> None:
    story = tmp_path / "test_raising.py"
    story.write_text(
        textwrap.dedent(f"""
            from tests.ui.conftest import screen, toolkit

            def fail():
                raise ValueError("from a callback")

            def test_raising(screen):
                async def story(driver):
                    import asyncio
                    import omni.ui as ui
                    window = ui.Window("Raising", width=200, height=200)
                    with window.frame, ui.VStack():
                        ui.Button("raise", identifier="raise", clicked_fn=fail if {where!r} == "click" else None)
                        if {where!r} == "build":
                            ui.Frame(build_fn=fail)
                    async def task():
                        fail()
                    if {where!r} == "task":
                        asyncio.ensure_future(task())
                    await driver.click("raise")
                screen.run(story)
        """),
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(root), str(story)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "from a callback" in done.stdout
    assert "omni.ui complained" in done.stdout
