"""Tests of the window to choose a file or folder, with mouse and keyboard."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "views" / "inner").mkdir(parents=True)
    for name in ("scene.usda", "other.usdc", "notes.txt", ".hidden.usda"):
        (place / name).write_text("#usda 1.0\n", encoding="utf-8")
    return place


def open_dialog(what, start, picked):
    from boxfit.ui.desktop.file_dialog import FileDialog

    return FileDialog(what, "Choose", start, picked.append)


async def test_pick_a_stage_by_clicking_through_folders_gives_its_path(driver, place: Path) -> None:
    picked = []
    open_dialog("stage", place / "views", picked)
    await driver.click("files.up")
    assert driver.text_of("files.path") == str(place)
    assert not driver.exists("files.row.notes.txt") and not driver.exists("files.row..hidden.usda")
    await driver.click("files.row.scene.usda")
    assert driver.text_of("files.name") == "scene.usda"
    assert picked == []
    await driver.click("files.accept")
    assert picked == [place / "scene.usda"]
    assert not driver.exists("files.path")


async def test_pick_a_stage_by_a_double_click_gives_it_once(driver, place: Path) -> None:
    picked = []
    open_dialog("stage", place, picked)
    await driver.double_click("files.row.other.usdc")
    await driver.settle()
    assert picked == [place / "other.usdc"]


async def test_pick_a_folder_gives_the_one_that_is_shown_and_not_one_that_leads_nowhere(driver, place: Path) -> None:
    picked = []
    open_dialog("folder", place, picked)
    assert not driver.exists("files.row.scene.usda") and not driver.exists("files.name")
    await driver.type("files.path", str(place / "nowhere"))
    assert "nowhere is no folder" in driver.text_of("files.problem")
    assert driver.text_of("files.path") == str(place)
    await driver.click("files.row.views")
    await driver.click("files.accept")
    assert picked == [place / "views"]


async def test_type_a_path_and_enter_goes_there(driver, place: Path) -> None:
    picked = []
    open_dialog("stage", place / "views", picked)
    await driver.type("files.path", str(place / "scene.usda"))
    assert driver.text_of("files.path") == str(place)
    await driver.click("files.accept")
    assert picked == [place / "scene.usda"]


async def test_pick_a_new_stage_over_a_file_asks_before_it_is_replaced(driver, place: Path) -> None:
    picked = []
    open_dialog("new stage", place, picked)
    await driver.type("files.name", "scene.usda")
    await driver.click("files.accept")
    assert picked == [] and "scene.usda exists" in driver.text_of("files.problem")
    assert driver.text_of("files.accept") == "Replace"
    await driver.picture(place / "replace.png")
    await driver.type("files.name", "new")
    assert driver.text_of("files.accept") == "Save"
    await driver.click("files.accept")
    assert picked == [place / "new.usda"]


async def test_type_the_path_of_a_json_file_in_place_of_a_folder_shows_and_gives_it(driver, place: Path) -> None:
    (place / "views" / "transforms.json").write_text("{}", encoding="utf-8")
    picked = []
    open_dialog("folder", place, picked)
    await driver.type("files.path", "views/transforms.json")
    assert driver.text_of("files.path") == str(place / "views" / "transforms.json")
    assert driver.exists("files.row.inner") and not driver.exists("files.problem")
    await driver.click("files.accept")
    assert picked == [place / "views" / "transforms.json"]


@pytest.mark.parametrize("how", ["files.cancel", "Escape"])
async def test_cancel_closes_the_window_for_good_and_picks_nothing(driver, place: Path, how: str) -> None:
    picked = []
    dialog = weakref.ref(open_dialog("stage", place, picked))
    await driver.click("files.row.scene.usda")
    await (driver.press(how) if how == "Escape" else driver.click(how))
    assert picked == [] and not driver.exists("files.path")
    await driver.settle(20)
    gc.collect()
    assert dialog() is None


async def test_rows_are_drawn_each_with_its_name_at_its_place(driver, place: Path) -> None:
    open_dialog("stage", place, [])
    picture = await driver.picture(place / "rows.png")
    grey = np.asarray(Image.open(picture).convert("L"), dtype=int)
    names = ("views", "other.usdc", "scene.usda")
    rows = [driver.shown(f"files.row.{name}").widget for name in names]
    inked = []
    for row in rows:
        left, top = int(row.screen_position_x), int(row.screen_position_y)
        drawn = grey[top : top + int(row.computed_height), left : left + int(row.computed_width)]
        ink = drawn > np.median(drawn) + 60
        assert ink.any(), f"nothing is drawn in the row at {left}, {top}"
        inked.append(np.flatnonzero(ink.any(axis=0)).max())
    # The longer the name, the farther its text goes, and not beyond.
    assert inked[0] < min(inked[1:]) and max(inked) < 100
    below = grey[int(rows[-1].screen_position_y + rows[-1].computed_height) + 5 :][:100, 360:900]
    assert np.ptp(below) < 10
