"""Tests of the boxes over the viewports, which follow the prims, until they are destroyed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from boxfit.usd.cube import read_box, write_box
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from pxr import Gf, Usd, UsdGeom

from tests.kit.kit_screen import WINDOW, KitScreen

PATH = "/World/Car"
BOX = Box(np.array([3.0, 1.0, -2.0]), np.array([2.0, 1.0, 0.5]), np.array([1.0, 0.0, 0.0, 0.0]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a stage with a box."""
    stage = new_stage(tmp_path / "street.usda")
    UsdGeom.Xform.Define(stage, "/World/Group")
    write_box(stage, PATH, BOX)
    return save_stage(stage)


def bounded_file(folder: Path) -> Path:
    """Return a stage with a box whose faces are known to within 0.3 % of its longest edge."""
    stage = new_stage(folder / "bounded.usda")
    half, reach = np.repeat(BOX.half_extents[:, None], 2, axis=1), 0.003 * BOX.size.max() / 2
    write_box(stage, PATH, BOX, bounds=FaceBounds(half - reach, half + reach))
    return save_stage(stage)


def boxes_file(folder: Path, count: int) -> Path:
    """Return a stage with boxes side by side."""
    stage = new_stage(folder / "boxes.usda")
    for index in range(count):
        write_box(stage, f"/World/Box{index}", replace(BOX, centre=BOX.centre + np.array([5.0 * index, 0.0, 0.0])))
    return save_stage(stage)


def scenes() -> list[Any]:
    """Return the overlays of all viewports that show the stage."""
    from omni.kit.viewport.window import windows

    from boxfit_kit.window.overlay import BoxScene

    return [scene for scene in windows.scenes() if isinstance(scene, BoxScene)]


def texts() -> list[str]:
    """Return the texts in the first viewport."""
    (scene, *_) = scenes()
    return [text.text for labels in scene._marks._labels for text in labels._texts if text.visible]


def corners() -> np.ndarray:
    """Return the ends of the bright lines in the first viewport, shape (n, 3)."""
    (scene, *_) = scenes()
    lines = scene._drawing._front
    return np.array([[*line.start] for line in lines._lines[: lines._shown]])


async def shown(kit_screen: KitScreen, driver: Any, file: Path) -> Any:
    """Open a viewport that shows the box from afar, a stage, and the window at the left; return the viewport's API."""
    from omni.kit.viewport.window import ViewportWindow

    viewport = ViewportWindow().viewport_api
    viewport.look_at(Gf.Vec3d(*BOX.centre), 60)
    kit_screen.kit.start(WINDOW)
    await kit_screen.open(file)
    await kit_screen.show_window(driver)
    return viewport


async def test_overlay_shows_the_box_its_axes_and_its_lengths_in_every_viewport(
    kit_screen: KitScreen, driver: Any, file: Path, pictures: Path
) -> None:
    from omni.kit.viewport.window import ViewportWindow

    viewport = await shown(kit_screen, driver, file)
    assert len(scenes()) == 1 and texts() == ["4.000 cm", "2.000 cm", "1.000 cm"]
    viewport.look_at(Gf.Vec3d(*BOX.centre), 8)
    await driver.settle()
    picture = await driver.picture(pictures / "kit-overlay.png")
    assert picture.is_file()
    # A viewport that is opened later has it, too, but not one of another context.
    ViewportWindow("Viewport 2", x=500)
    ViewportWindow("Elsewhere", context_name="other", x=550)
    assert len(scenes()) == 2


async def test_overlay_is_right_in_a_viewport_that_was_just_made_and_has_no_picture_yet(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    from omni.kit.viewport.window import ViewportWindow

    await shown(kit_screen, driver, file)
    viewport = ViewportWindow("Viewport 2", x=500, pictured=False)
    assert [len(scene._marks._labels) for scene in scenes()] == [1, 1]
    viewport.destroy()
    assert len(scenes()) == 1


async def test_overlay_follows_the_prim_that_is_moved_at_the_next_update(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    await shown(kit_screen, driver, file)
    stage, before = kit_screen.kit.context.get_stage(), corners()
    UsdGeom.Xformable(stage.GetPrimAtPath(PATH)).GetOrderedXformOps()[0].Set(Gf.Vec3d(13, 1, -2))
    assert np.array_equal(corners(), before)
    await driver.wait(lambda: np.allclose(corners().mean(axis=0)[0] - before.mean(axis=0)[0], 10))
    # By its parent, without an event of the prim itself.
    UsdGeom.Xformable(stage.GetPrimAtPath("/World")).AddScaleOp().Set(Gf.Vec3f(2))
    await driver.wait(lambda: texts() == ["8.000 cm", "4.000 cm", "2.000 cm"])
    box, _ = read_box(stage, PATH)
    assert np.abs(corners() - box.centre).max() <= np.abs(box.corners - box.centre).max() + 1e-5


async def test_overlay_shows_boxes_that_come_and_go(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    await shown(kit_screen, driver, file)
    stage = kit_screen.kit.context.get_stage()
    write_box(stage, "/World/Bus", BOX)
    await driver.wait(lambda: len(texts()) == 6)
    stage.RemovePrim(PATH)
    stage.GetPrimAtPath("/World/Bus").SetActive(False)
    await driver.wait(lambda: texts() == [])
    stage.GetPrimAtPath("/World/Bus").SetActive(True)
    await driver.wait(lambda: len(texts()) == 3)


async def test_overlay_leaves_edits_and_commands_alone_that_concern_no_box(
    kit_screen: KitScreen, driver: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.kit.commands
    import omni.kit.undo

    class TurnSomethingCommand(omni.kit.commands.Command):
        def do(self) -> None: ...
        def undo(self) -> None: ...

    await shown(kit_screen, driver, file)
    reads, model = [], kit_screen.model
    monkeypatch.setattr(model.scene, "follow_boxes", lambda: reads.append("follow"))
    monkeypatch.setattr(model.scene, "read_boxes", lambda: reads.append("read"))
    stage = kit_screen.kit.context.get_stage()
    for index in range(5):
        UsdGeom.Cube.Define(stage, f"/World/Group/Wheel{index}").AddTranslateOp().Set(Gf.Vec3d(index))
    await driver.settle(10)
    assert reads == []
    omni.kit.commands.register(TurnSomethingCommand)
    for _ in range(5):
        omni.kit.commands.execute("TurnSomething")
    # The panel's buttons include them nevertheless.
    await driver.wait(lambda: model.stage.undo_label == "Turn Something")
    await driver.wait(lambda: driver.shown("undo").widget.enabled)
    omni.kit.undo.undo()
    await driver.settle(10)
    assert reads == []
    omni.kit.commands.unregister(TurnSomethingCommand)


async def test_switch_in_the_panel_and_in_the_settings_turns_the_overlay_off_and_on(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    import carb.settings

    from boxfit_kit.window.preferences import OVERLAY

    await shown(kit_screen, driver, file)
    assert len(scenes()) == 1
    await driver.click("overlay.switch")
    assert scenes() == [] and carb.settings.get_settings().get(OVERLAY) is False
    carb.settings.get_settings().set(OVERLAY, True)
    assert len(scenes()) == 1
    assert (await driver.find("overlay.switch")).model.as_bool


async def test_viewports_own_menu_hides_the_overlay(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    await shown(kit_screen, driver, file)
    (scene,) = scenes()
    scene.visible = False
    assert texts() == [] and not scene.visible
    scene.visible = True
    assert len(texts()) == 3


async def test_overlay_goes_with_the_window(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    viewport = await shown(kit_screen, driver, file)
    await kit_screen.click_menu()
    await driver.wait(lambda: scenes() == [])
    assert viewport._watchers == {}


async def test_range_that_the_masks_allow_is_told_and_drawn_as_soon_as_it_can_be_told_from_the_box(
    kit_screen: KitScreen, driver: Any, tmp_path: Path
) -> None:
    viewport = await shown(kit_screen, driver, bounded_file(tmp_path))
    assert texts() == ["4.000  -0.012 +0.012 cm", "2.000  -0.012 +0.012 cm", "1.000  -0.012 +0.012 cm"]
    (scene,) = scenes()
    shells = scene._drawing._outer, scene._drawing._inner
    viewport.look_at(Gf.Vec3d(*BOX.centre), 8)
    assert [shell._shown for shell in shells] == [0, 0]
    # The same bounds, from so near that one corner fills the view.
    viewport.look_at(Gf.Vec3d(*BOX.corners[-1]), 0.3)
    assert all(shell._shown > 0 for shell in shells)
    assert list(shells[0]._colour) != list(shells[1]._colour) != list(scene._drawing._front._colour)


async def test_many_boxes_have_no_lengths_until_one_is_selected(
    kit_screen: KitScreen, driver: Any, tmp_path: Path
) -> None:
    await shown(kit_screen, driver, boxes_file(tmp_path, 9))
    assert texts() == [] and scenes()[0]._drawing._many._shown == 9 * 12
    kit_screen.kit.context.get_selection().set_selected_prim_paths(["/World/Box3"])
    await driver.wait(lambda: len(texts()) == 3)
    assert scenes()[0]._drawing._others._shown == 8 * 12


async def test_edges_are_told_in_front_or_behind_anew_only_when_the_camera_moves_more_than_a_little(
    kit_screen: KitScreen, driver: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from boxfit.ui.controls.line_set import LineSet

    viewport = await shown(kit_screen, driver, file)
    behind = scenes()[0]._drawing._behind
    viewport.look_at(Gf.Vec3d(*BOX.centre), 8)
    assert behind._shown == 3
    drawn, show = [], LineSet.show
    monkeypatch.setattr(LineSet, "show", lambda lines, segments: drawn.append(lines) or show(lines, segments))
    viewport.look_at(Gf.Vec3d(*BOX.centre), 8.1)
    assert drawn == []
    viewport.move_to(Gf.Matrix4d(1).SetTranslate(Gf.Vec3d(3, 1, 10)))
    assert drawn and behind._shown == 8


async def test_box_that_is_hidden_goes_from_the_overlay_and_comes_back(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    await shown(kit_screen, driver, file)
    stage = kit_screen.kit.context.get_stage()
    for path in (PATH, "/World"):
        prim = UsdGeom.Imageable(stage.GetPrimAtPath(path))
        prim.MakeInvisible()
        await driver.wait(lambda: texts() == [] and len(corners()) == 0)
        prim.MakeVisible()
        await driver.wait(lambda: len(texts()) == 3)


async def test_lengths_follow_the_unit_of_the_stage(kit_screen: KitScreen, driver: Any, file: Path) -> None:
    await shown(kit_screen, driver, file)
    assert "4.00 x 2.00 x 1.00 cm" in driver.text_of("result.hint")
    UsdGeom.SetStageMetersPerUnit(kit_screen.kit.context.get_stage(), 1.0)
    await driver.wait(lambda: texts() == ["4.000 m", "2.000 m", "1.000 m"])
    assert "4.00 x 2.00 x 1.00 m" in driver.text_of("result.hint")


async def test_box_of_a_stage_that_is_closed_is_not_drawn_any_more(
    kit_screen: KitScreen, driver: Any, file: Path
) -> None:
    await shown(kit_screen, driver, file)
    await kit_screen.kit.context.close_stage_async()
    assert texts() == []
    await kit_screen.kit.context.attach_stage_async(Usd.Stage.CreateInMemory())
    assert texts() == []
    await kit_screen.open(file)
    assert len(texts()) == 3
