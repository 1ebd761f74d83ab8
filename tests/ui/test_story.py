"""Test of a user's way from opening a stage to the box in the saved file, in the real window.

If BOXFIT_PICTURES is a folder, pictures of every state are written there: `make pictures`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from boxfit.sample import make_sample
from boxfit.usd.cube import find_boxes, read_box
from boxfit.usd.meshes import read_triangles
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_stage

from tests.stages import fill_view, two_object_views
from tests.ui.desk import Desk
from tests.unit.ui.conftest import Gate

BOX = "/World/teapot_teapot"
ASSET = "/World/visualize/Asset"


async def shot(driver, path: Path) -> None:
    """Take a picture, with the mouse where no tooltip is shown, and check it."""
    from tests.ui.pixels import faults

    await driver.hover("window.file", 5)
    assert await faults(driver, path) == [], path.name


async def result_shown(driver, model) -> None:
    """Wait until the picture shows the whole box, and is drawn."""
    await driver.wait(lambda: model.view.is_up_to_date, what="the view of the result")
    await driver.settle(20)


async def test_user_fits_a_box_and_finds_it_in_the_saved_stage(
    driver, tmp_path: Path, pictures: Path, gate: Gate
) -> None:
    file = make_sample(tmp_path / "sample")
    untouched = file.read_text(encoding="utf-8")
    async with Desk(file) as desk:
        model = desk.model
        # The dataset is found automatically.
        await driver.wait(lambda: model.view.picture is not None)
        assert driver.text_of("source.views").startswith("24, 512 x 512")
        await driver.click("source.details")
        assert driver.text_of("source.labels") == "teapot"
        await driver.click("source.details")
        await shot(driver, pictures / "ready.png")

        # Fit, watch, and cancel. The teapot does not fill its box: only the method tight tries the differentiable fit.
        await driver.click("setting.align.up")
        await driver.click("settings.advanced")
        await driver.click("setting.method.tight")
        gate.close("tight")
        await driver.click("fit")
        await driver.wait(lambda: gate.reached and model.fit.box is not None)
        assert driver.text_of("fit.progress") != "0%" and driver.exists("loss_plot")
        await shot(driver, pictures / "fitting.png")
        await driver.click("cancel")
        await shot(driver, pictures / "stopping.png")
        gate.open()
        await driver.wait(lambda: not model.fit.running)
        assert driver.text_of("fit.state") == "Cancelled: the stage is as it was"
        assert not find_boxes(desk.host.stage) and not (await driver.find("undo")).enabled
        await shot(driver, pictures / "cancelled.png")

        # Fit to the end.
        await driver.click("setting.method.auto")
        await driver.click("fit")
        await driver.wait(lambda: model.fit.phase == "done")
        assert find_boxes(desk.host.stage) == [BOX] and desk.host.selection == (BOX,)
        await result_shown(driver, model)
        await shot(driver, pictures / "fitted.png")
        # Another step of the history has another box: the result's figures are hidden.
        assert "Mask covered" in driver.text_of("view.figures")
        model.fit.look_at_step(0)
        await driver.settle()
        assert not driver.exists("view.figures")
        model.fit.look_at_step(None)
        await driver.settle()
        await driver.find("result.prim")
        await shot(driver, pictures / "result.png")

        # Undo, redo, fit again: one box, not two.
        await driver.click("undo")
        assert not find_boxes(desk.host.stage)
        await shot(driver, pictures / "undone.png")
        await driver.click("redo")
        await driver.click("setting.align.free")
        await driver.click("fit")
        await driver.wait(lambda: model.fit.phase == "done" and not model.fit.running)
        assert find_boxes(desk.host.stage) == [BOX]
        assert file.read_text(encoding="utf-8") == untouched

        await driver.click("save")
        await driver.wait(lambda: not model.stage.modified)

        # After reopening, the box on the stage is listed.
        await desk.host.open(file)
        await driver.wait(lambda: model.view.picture is not None)
        assert BOX in driver.text_of("result.hint") and driver.text_of("result.verdict").endswith("good")
        await driver.find("result.edge.x")
        assert model.view.box is not None
        await shot(driver, tmp_path / "reopened.png")
    # USD may still hold the layer of the file: only a copy is read from disk.
    stage = open_stage(shutil.copy(file, file.with_name("saved.usda")))
    assert find_boxes(stage) == [BOX] and stage.GetPrimAtPath(BOX).GetTypeName() == "Cube"
    box, bounds = read_box(stage, BOX)
    assert bounds is not None and box.protrusion(read_triangles(stage, ASSET).reshape(-1, 3)) < 1.02


async def test_user_is_told_what_is_wrong_and_what_to_do(driver, tmp_path: Path, pictures: Path) -> None:
    empty = save_stage(new_stage(tmp_path / "empty.usda"))
    for name in ("renders", "textures"):
        (tmp_path / name).mkdir()

    async with Desk(empty) as desk:
        assert "names no dataset" in driver.text_of("source.message")
        assert not (await driver.find("fit")).enabled
        await shot(driver, pictures / "no_dataset.png")
        await driver.click("source.browse")
        await driver.settle(10)
        await shot(driver, pictures / "choose_folder.png")
        await driver.press("Escape")

        # A missing folder, then an existing one.
        await driver.type("source.folder", str(tmp_path / "nowhere"))
        await driver.wait(lambda: desk.model.source.state == "failed")
        await shot(driver, pictures / "wrong_folder.png")
        views = tmp_path / "views"
        two_object_views(views, seen=1)
        fill_view(views, 7, 2)
        await driver.type("source.folder", str(views))
        await driver.wait(lambda: desk.model.view.picture is not None)

        # An invalid setting.
        await driver.click("settings.advanced")
        await driver.click("settings.differentiable-fit")
        await driver.type("setting.max_steps", "0")
        assert "at least 1" in driver.text_of("setting.max_steps.error")
        assert not (await driver.find("fit")).enabled
        await shot(driver, pictures / "wrong_setting.png")
        await driver.click("settings.reset")

        # An invalid place for a box: the stage stays unchanged, and Fit can be clicked again.
        await driver.type("setting.prim", "/not a path")
        await driver.click("fit")
        await driver.wait(lambda: not desk.model.fit.running and desk.model.fit.error)
        assert "/not a path" in driver.text_of("fit.error") and not desk.host.modified
        await shot(driver, pictures / "failed.png")
        await driver.type("setting.prim", "")

        # One object has an outline in only one view: the other gets its box, with a warning.
        await driver.click("fit")
        await driver.wait(lambda: desk.model.fit.phase == "done")
        assert driver.text_of("fit.warnings") == "The box is open at an edge, 1 warning: see Result"
        await driver.find("result.warnings")
        assert "has no box" in driver.text_of("result.warnings")
        await result_shown(driver, desk.model)
        await shot(driver, pictures / "warnings.png")


@pytest.mark.parametrize(("size", "scale"), [((500, 900), 1.0), ((1000, 1800), 2.0)])
async def test_user_reads_the_panel_at_320_pixels(driver, tmp_path: Path, pictures: Path, scale: float) -> None:
    file = make_sample(tmp_path / "sample", views=8)
    async with Desk(file, scale) as desk:
        await driver.wait(lambda: desk.model.view.picture is not None)
        await driver.click("setting.align.up")
        await driver.click("settings.advanced")
        await driver.type("setting.prim", "/World/Mine")
        await driver.click("fit")
        await driver.wait(lambda: desk.model.fit.phase == "done")
        assert desk.model.settings.fit.align == "up" and desk.host.selection == ("/World/Mine",)
        await result_shown(driver, desk.model)
        await shot(driver, pictures / f"narrow_{scale:.0f}x.png")
