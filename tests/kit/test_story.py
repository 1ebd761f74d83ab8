"""Test of a user's way in Kit: open a stage, the menu, Fit, the prim, undo, redo, save, open the file again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from boxfit.sample import make_sample
from boxfit.usd.cube import find_boxes, read_box
from boxfit.usd.meshes import read_triangles
from pxr import Gf, UsdGeom

from tests.kit.kit_fixture import in_every_app
from tests.kit.kit_screen import ENTRY, WINDOW, KitScreen, box_fit_window

BOX = "/World/teapot_teapot"
ASSET = "/World/visualize/Asset"


@in_every_app
async def test_user_fits_a_box_undoes_redoes_saves_and_finds_it_in_the_file(
    kit_screen: KitScreen, driver: Any, pictures: Path, app: str
) -> None:
    import omni.kit.menu.utils
    import omni.kit.undo
    import omni.usd

    file = make_sample(kit_screen.folder / "sample")
    untouched = file.read_text(encoding="utf-8")
    kit = kit_screen.kit
    kit.be(app)
    if app == "everything":
        from omni.kit.viewport.window import ViewportWindow

        viewport = ViewportWindow()
    kit.start(WINDOW)
    await kit_screen.open(file)
    stage = kit.context.get_stage()
    assert box_fit_window() is None and not omni.kit.menu.utils.is_ticked(ENTRY)

    # The menu shows the window, and the stage's dataset is found automatically.
    await kit_screen.show_window(driver)
    assert omni.kit.menu.utils.is_ticked(ENTRY)
    model = kit_screen.model
    await driver.wait(lambda: model.view.picture is not None, what="the dataset")
    await driver.click("source.details")
    assert driver.text_of("source.labels") == "teapot"

    # Fit, by a real click.
    await driver.click("setting.align.up")
    await driver.click("fit")
    await driver.wait(lambda: model.fit.phase == "done", what="the fit's end")
    assert find_boxes(stage) == [BOX] and not kit.errors
    assert kit.context.get_selection().get_selected_prim_paths() == [BOX]
    if app == "everything":
        from omni.kit.window import status_bar

        await driver.wait(lambda: omni.usd.framed == [[BOX]])
        progress = [share for share in status_bar.shown if isinstance(share, float)]
        assert progress[0] == 0.0 and progress[-1] == -1.0 and max(progress) > 0.5

    # The Cube contains the teapot.
    cube = UsdGeom.Cube(stage.GetPrimAtPath(BOX))
    assert cube.GetSizeAttr().Get() == 1.0
    names = [op.GetOpName() for op in cube.GetOrderedXformOps()]
    assert names == ["xformOp:translate", "xformOp:orient", "xformOp:scale"]
    box, bounds = read_box(stage, BOX)
    points = read_triangles(stage, ASSET).reshape(-1, 3)
    assert bounds is not None and box.protrusion(points) < 1.02
    if app == "everything":
        # The picture shows the whole box; the viewport, which only notes what it is to frame, is turned by hand.
        viewport.viewport_api.look_at(Gf.Vec3d(*box.centre), 3 * float(box.size.max()))
        await driver.wait(lambda: model.view.is_up_to_date, what="the view of the result")
        await driver.hover("result.verdict")  # Away from the button, which has a tooltip.
        await driver.settle()
        await driver.picture(pictures / "in_kit.png")

    # One step of Kit's own undo and redo; the panel follows at the next update.
    with_box = stage.GetRootLayer().ExportToString()
    assert omni.kit.undo.undo() and find_boxes(stage) == []
    await driver.wait(lambda: not model.is_placed)
    assert "not on the stage any more" in driver.text_of("result.hint") and not driver.exists("result.prim")
    assert not omni.kit.undo.undo()
    assert omni.kit.undo.redo() and stage.GetRootLayer().ExportToString() == with_box
    await driver.wait(lambda: model.is_placed)

    # The panel's own buttons are Kit's undo and redo.
    await driver.click("undo")
    assert find_boxes(stage) == []
    await driver.click("redo")
    assert find_boxes(stage) == [BOX]

    # Save, and open the file again.
    assert file.read_text(encoding="utf-8") == untouched
    await driver.click("save")
    await driver.wait(lambda: driver.text_of("save") == "Save")
    assert driver.text_of("stage.message") == f"Saved {file}"
    del stage, cube
    await kit.context.close_stage_async()
    await kit_screen.open(file)
    again, _ = read_box(kit.context.get_stage(), BOX)
    assert np.allclose(again.corners, box.corners, atol=1e-5)
    await driver.wait(lambda: model.source.state == "ready")

    if app == "everything":
        viewport.destroy()
