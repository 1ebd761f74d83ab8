"""Tests of capture by clicks in Kit's window: the selection, then Fit, then undo; and without Replicator."""

from pathlib import Path
from typing import Any

import pytest

from tests.kit.kit_screen import WINDOW, KitScreen
from tests.kit.scenes import SCENE_SELECTION, clutter_stage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a stage that names no dataset, with a crate among other things."""
    clutter_stage(tmp_path / "clutter.usda")
    return tmp_path / "clutter.usda"


async def opened(kit_screen: KitScreen, driver: Any, file: Path) -> Any:
    """Open the window on the stage, with the crate selected and the group expanded; return the panel's model."""
    kit_screen.kit.start(WINDOW)
    await kit_screen.open(file)
    kit_screen.kit.context.get_selection().set_selected_prim_paths([SCENE_SELECTION])
    await kit_screen.show_window(driver)
    await driver.click("capture")
    return kit_screen.model


async def test_capture_then_fit_by_clicks_writes_a_box_that_undo_takes_back(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    kit_screen.kit.start("omni.replicator.core")
    model = await opened(kit_screen, driver, file)
    for name, text in (("view_count", "10"), ("image_width", "128"), ("image_height", "128")):
        await driver.type(f"setting.{name}", text)
    await driver.click("capture.start")
    await driver.wait(lambda: model.source.state == "ready", what="the views")
    await driver.settle()
    await driver.click("source.details")
    assert driver.text_of("source.title") == "captured" and driver.text_of("source.labels") == "crate"
    await driver.picture(kit_screen.folder / "captured.png")
    assert kit_screen.kit.context.get_selection().get_selected_prim_paths() == [SCENE_SELECTION]
    await driver.click("fit")
    await driver.wait(lambda: model.fit.phase == "done", what="the fit")
    stage = kit_screen.kit.context.get_stage()
    assert stage.GetPrimAtPath(model.fit.prim).GetTypeName() == "Cube"
    await driver.click("undo")
    assert not stage.GetPrimAtPath(model.fit.prim)


async def test_capture_without_replicator_says_what_to_enable(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    model = await opened(kit_screen, driver, file)
    assert "enable the extension omni.replicator.core" in driver.text_of("capture.blocked_reason")
    await driver.click("capture.start")
    await driver.wait(lambda: not model.capture.running, what="the refusal")
    await driver.settle()
    assert "enable the extension omni.replicator.core" in driver.text_of("capture.error")
    assert not driver.exists("capture.blocked_reason")
