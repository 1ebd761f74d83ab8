"""Tests of the panel's source and objects: automatic reading of the stage's dataset, and the choices."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.ui.model.settings_model import OF_ONE_FOLDER
from boxfit.ui.model.source_model import MAKING_SAMPLE
from boxfit.usd.stage import unnamed_stage
from boxfit.views import targets
from boxfit.views.folder import FORMATS
from PIL import Image

from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.hosts import HostInMemory
from tests.stages import generator_stage
from tests.transforms_files import DISTORTION
from tests.ui.panels import ready
from tests.unit.ui.stories import few_and_many, on_stage, two_objects, write_unclear_masks


def four_objects(folder: Path) -> Any:
    """Make a stage that names views of four objects."""
    for index, camera in enumerate(cameras_around(4)):
        mask = box_mask(camera)
        mask *= 1 + np.arange(mask.size, dtype=np.int32).reshape(mask.shape) % 4
        write_view(folder / "views", index, metadata_of(camera), semantic=mask)
    return generator_stage(folder, "views")


@on_stage(lambda folder: unnamed_stage())
async def test_panel_without_a_dataset_says_what_to_do(driver, model, host: HostInMemory) -> None:
    message = driver.text_of("source.message")
    assert "names no dataset" in message and "boxfit" not in message
    assert not [each.title for each in FORMATS.values() if each.title not in message]
    assert not driver.exists("source.refresh")
    assert not any(driver.exists(name) for name in ("source.title", "source.error", "capture"))
    assert driver.text_of("fit.blocked_reason") == "Fit needs a dataset: see Source."
    await driver.click("source.open")
    await driver.click("source.browse")
    assert [what for what, *_ in host.picks] == ["stage", "folder"]
    await driver.click("source.sample")
    assert driver.text_of("source.message") == MAKING_SAMPLE and driver.exists("source.stop")
    await ready(driver, model)
    assert driver.text_of("object.0.name") == "teapot.usdc/teapot, 24 views" and not driver.exists("source.sample")


@on_stage(lambda folder: None)
async def test_panel_without_a_stage_offers_to_open_one_alone(driver, model) -> None:
    assert driver.text_of("source.message").startswith("Open a stage")
    assert driver.exists("source.open") and driver.exists("source.sample")
    assert not driver.exists("source.folder") and not driver.exists("source.browse")


async def test_panel_of_a_stage_with_a_dataset_tells_what_is_in_it(driver, model, tmp_path: Path) -> None:
    await ready(driver, model)
    assert not driver.exists("source.path")
    await driver.click("source.details")
    names = ("title", "format", "path", "views", "assets", "labels")
    assert {name: driver.text_of(f"source.{name}") for name in names} == {
        "title": "views",
        "format": "Data Generator",
        "path": str(tmp_path / "views"),
        "views": "8, 128 x 72 px",
        "assets": "box.usd",
        "labels": "1",
    }
    assert driver.text_of("object.0.name") == "box.usd/1, 8 views"
    assert not any(driver.exists(f"source.{name}") for name in ("dataset", "warnings", "reading"))
    assert not driver.exists("source.message") and not driver.exists("fit.blocked_reason")


@on_stage(few_and_many)
async def test_click_on_another_dataset_reads_it(driver, model, tmp_path: Path) -> None:
    await ready(driver, model)
    await driver.click("source.details")
    assert not driver.exists("source.title")
    await driver.click("source.dataset.1")
    await ready(driver, model)
    assert driver.text_of("source.path") == str(tmp_path / "many")
    assert driver.text_of("source.views").startswith("6,")
    assert (await driver.find("source.dataset.1")).checked and not (await driver.find("source.dataset.0")).checked


async def test_type_of_a_folder_reads_it_and_of_nothing_the_stages_own(driver, model, tmp_path: Path) -> None:
    write_box_views(tmp_path / "other", 5)
    await ready(driver, model)
    assert driver.text_of("source.folder.default") == "the one that the stage names"
    await driver.type("source.folder", str(tmp_path / "other"))
    await ready(driver, model)
    assert driver.text_of("source.views").startswith("5,")
    assert not driver.exists("source.folder.default")
    await driver.type("source.folder", "")
    await ready(driver, model)
    assert driver.text_of("source.views").startswith("8,")


async def test_browse_takes_the_folder_that_was_picked(driver, model, host: HostInMemory, tmp_path: Path) -> None:
    write_box_views(tmp_path / "other", 5)
    await ready(driver, model)
    await driver.click("source.browse")
    ((what, _, start, picked),) = host.picks
    assert (what, start) == ("folder", tmp_path / "views")
    picked(tmp_path / "other")
    await driver.settle()
    await ready(driver, model)
    assert driver.text_of("source.folder") == str(tmp_path / "other")


async def test_folder_whose_masks_are_unclear_unfolds_the_setting_that_its_message_names(
    driver, model, tmp_path: Path
) -> None:
    write_unclear_masks(tmp_path / "scene", distortion=DISTORTION)
    await ready(driver, model)
    # A folder that is not there cannot be read in any other way.
    await driver.type("source.folder", str(tmp_path / "gone"))
    await driver.wait(lambda: model.source.state == "failed")
    assert driver.exists("source.reading") and not driver.exists("setting.mask_shows")
    await driver.type("source.folder", str(tmp_path / "scene" / "transforms.json"))
    await driver.wait(lambda: model.source.state == "failed")
    assert '("Masks show" object)' in driver.text_of("source.error")
    assert (await driver.find("setting.mask_shows.auto")).checked
    await driver.click("setting.mask_shows.background")
    await ready(driver, model)
    assert driver.text_of("source.format") == "transforms.json" and not driver.exists("source.error")
    assert driver.text_of("source.views") == "6, 320 x 240 px"
    assert (await driver.find("setting.mask_shows.background")).checked


async def test_browse_for_masks_takes_the_folder_that_was_picked(
    driver, model, host: HostInMemory, tmp_path: Path
) -> None:
    write_unclear_masks(tmp_path / "scene")
    await ready(driver, model)
    await driver.type("source.folder", str(tmp_path / "scene"))
    await driver.wait(lambda: model.source.state == "failed")
    await driver.click("source.browse_masks")
    ((what, _, start, picked),) = host.picks
    assert (what, start) == ("folder", tmp_path / "scene")
    picked(tmp_path / "scene" / "masks")
    await driver.wait(lambda: model.source.state == "ready")
    assert driver.text_of("setting.masks") == str(tmp_path / "scene" / "masks")
    await driver.type("setting.masks", "")
    await driver.wait(lambda: model.source.state == "failed")


async def test_drop_of_a_folder_on_the_field_reads_it(driver, model, tmp_path: Path) -> None:
    import omni.ui as ui

    write_box_views(tmp_path / "other", 5)
    await ready(driver, model)
    field = await driver.find("source.folder")
    # The Content browser drags the paths of the selected items, each on a line.
    content = ui.Window("Content", width=100, height=60, position_x=0, position_y=300)
    with content.frame:
        item = ui.Button("other", identifier="content")
    item.set_drag_fn(lambda: f"{tmp_path / 'other'}\n{tmp_path / 'views'}")
    await driver.settle(5)
    dx = field.screen_position_x + field.computed_width / 2 - item.screen_position_x - item.computed_width / 2
    dy = field.screen_position_y + field.computed_height / 2 - item.screen_position_y - item.computed_height / 2
    await driver.drag("content", dx, dy)
    content.destroy()
    await ready(driver, model)
    assert driver.text_of("source.folder") == str(tmp_path / "other")
    assert driver.text_of("source.views").startswith("5,")


async def test_buttons_of_formats_and_masks_hold_their_texts(driver, model, tmp_path: Path) -> None:
    write_unclear_masks(tmp_path / "scene")
    await ready(driver, model)
    await driver.type("source.folder", str(tmp_path / "scene"))
    await driver.wait(lambda: model.source.state == "failed")
    names = [f"setting.{name}.{choice}" for name in OF_ONE_FOLDER for choice in model.settings.settings[name].choices]
    await driver.find(names[-1])
    picture = await driver.picture(tmp_path / "reading.png")
    grey = np.asarray(Image.open(picture).convert("L"), dtype=int)
    for name in names:
        button = driver.shown(name).widget
        left, top = int(button.screen_position_x) + 2, int(button.screen_position_y) + 3
        drawn = grey[top : top + int(button.computed_height) - 6, left : left + int(button.computed_width) - 4]
        ink = np.flatnonzero((np.abs(drawn - np.median(drawn)) > 40).any(axis=0))
        assert len(ink) and ink.min() > 0 and ink.max() < drawn.shape[1] - 1, name


async def test_bar_counts_the_views_while_they_are_read(driver, model, monkeypatch: pytest.MonkeyPatch) -> None:
    await ready(driver, model)
    search, gate = targets._search, threading.Semaphore(5)

    def held(view: Any) -> Any:
        assert gate.acquire(timeout=20)
        return search(view)

    monkeypatch.setattr(targets, "_search", held)
    await driver.click("source.refresh")
    await driver.wait(lambda: model.source.read[0] >= 3)
    done, total = model.source.read
    assert 3 <= done <= 5 and total == 8
    assert driver.text_of("source.message") == f"Reading {done} of 8 views"
    assert (await driver.find("source.progress")).model.as_float == pytest.approx(done / 8)
    gate.release(10)
    await ready(driver, model)
    assert not driver.exists("source.progress") and not driver.exists("source.message")


@on_stage(lambda folder: generator_stage(folder, "views"))
async def test_source_that_fails_is_explained_and_can_be_read_again(driver, model, tmp_path: Path) -> None:
    await driver.wait(lambda: model.source.state == "failed")
    assert "does not exist" in driver.text_of("source.error")
    assert not driver.exists("source.title") and not (await driver.find("fit")).enabled
    write_box_views(tmp_path / "views", 4)
    await driver.click("source.refresh")
    await ready(driver, model)
    assert not driver.exists("source.error") and (await driver.find("fit")).enabled


async def test_problems_are_counted_and_unfold(driver, model, tmp_path: Path) -> None:
    (tmp_path / "views" / "2_metadata.json").write_text("{", encoding="utf-8")
    await ready(driver, model)
    frame = await driver.find("source.warnings")
    assert frame.title == "Problems (1)" and not driver.exists("source.warnings.text")
    await driver.click("source.warnings")
    assert "2_metadata.json" in driver.text_of("source.warnings.text")


@on_stage(two_objects)
async def test_untick_of_an_object_leaves_it_out_of_the_fit(driver, model) -> None:
    await ready(driver, model)
    assert not driver.exists("objects.all")
    await driver.click("object.0")
    assert [target.label.name for target in model.source.ticked] == ["2"]
    await driver.click("object.1")
    assert driver.text_of("fit.blocked_reason") == "Tick at least one object"
    assert not (await driver.find("fit")).enabled


@on_stage(lambda folder: two_objects(folder, seen=5))
async def test_objects_are_listed_with_the_number_of_views_that_show_them(driver, model) -> None:
    await ready(driver, model)
    names = [f"object.{index}.name" for index in range(2)]
    assert [driver.text_of(name) for name in names] == ["box.usd/1, 8 views", "box.usd/2, 5 views"]


@on_stage(four_objects)
async def test_all_and_none_tick_many_objects_at_once(driver, model) -> None:
    await driver.wait(lambda: len(model.source.objects) == 4)
    await driver.click("objects.none")
    assert model.source.ticked == ()
    assert not any([(await driver.find(f"object.{index}")).model.as_bool for index in range(4)])
    await driver.click("object.2")
    await driver.click("objects.all")
    assert len(model.source.ticked) == 4


def many_objects(folder: Path) -> Any:
    """Make a stage with views of many labels, each in its own columns of the images, which contradicts the cameras."""
    views = folder / "views"
    for index, camera in enumerate(cameras_around(8)):
        mask = box_mask(camera)
        write_view(
            views, index, metadata_of(camera), semantic=mask * (1 + np.arange(mask.shape[1])[None, :, None] // 4)
        )
    return generator_stage(folder, "views")


@on_stage(many_objects)
async def test_many_objects_scroll_in_a_list_with_its_buttons_below(driver, model, tmp_path: Path) -> None:
    from tests.ui.pixels import faults

    await driver.wait(lambda: model.source.checked, what="the masks")
    count = len(model.source.objects)
    assert count > 8 and await faults(driver, tmp_path / "many.png") == []
    # The list leaves room for the views, though it is long.
    area = driver.shown("objects").widget
    assert area.computed_height < 300
    await driver.click(f"object.{count - 1}")
    assert [row.ticked for row in model.source.objects] == [True] * (count - 1) + [False]
    await driver.click("objects.none")
    assert not model.source.ticked


@on_stage(many_objects)
async def test_object_without_usable_views_says_where_the_reasons_are(driver, model) -> None:
    await driver.wait(lambda: model.source.checked, what="the masks")
    await driver.settle()
    assert not model.view.names and driver.text_of("view.note") == "None can be used: see Problems in Source."
    assert driver.exists("source.warnings")
