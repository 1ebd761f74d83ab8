"""Tests of Fit in the panel, from the click to the box on the stage: progress, cancel, errors, result, undo and
save."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.session.open_sides import OpenSide
from boxfit.session.wording import unit_of
from boxfit.views.dataset import Problem
from pxr import UsdGeom

from tests.hosts import HostInMemory
from tests.scenes import BOX
from tests.stages import box_on_stage, stage_text
from tests.ui.panels import fit, fitted, held, ready
from tests.unit.ui.conftest import Gate
from tests.unit.ui.stories import on_stage, two_objects


async def test_fit_shows_its_progress_and_ends_with_the_box_on_the_stage(
    driver, model, host: HostInMemory, gate: Gate
) -> None:
    await ready(driver, model)
    assert driver.text_of("result.hint") == "No box yet." and not driver.exists("cancel")
    await held(driver, model, gate)
    assert not driver.exists("fit") and (await driver.find("cancel")).enabled
    assert driver.text_of("fit.state").startswith("box.usd/1: searching for the start box")
    assert driver.text_of("fit.progress").endswith("%") and (await driver.find("fit.progress")).model.as_float > 0
    gate.open()
    await fitted(driver, model)
    assert (await driver.find("fit")).enabled and not driver.exists("cancel") and not driver.exists("fit.progress")
    assert driver.text_of("fit.state").startswith("The box was fitted in")
    size = 2 * np.array(BOX.half_extents)
    shown = [edge_length(driver, axis) for axis in "xyz"]
    np.testing.assert_allclose(sorted(shown), sorted(size), rtol=0.1)
    assert driver.text_of("result.prim") == "On the stage as /World/box_1"
    lengths = np.linalg.norm(box_on_stage(host.stage, "/World/box_1")[:3, :3], axis=0)
    np.testing.assert_allclose(shown, lengths, rtol=0.05)


def edge_length(driver: Any, axis: str) -> float:
    """Length of the box that is shown at an edge, behind its range if the views leave it open."""
    edge = f"result.edge.{axis}"
    text = (
        driver.text_of(f"{edge}.open").rpartition("has ")[2] if driver.exists(f"{edge}.open") else driver.text_of(edge)
    )
    return float(text.split()[0])


async def test_cancel_stops_the_fit_and_leaves_the_stage(driver, model, host: HostInMemory, gate: Gate) -> None:
    before = stage_text(host.stage)
    await held(driver, model, gate)
    await driver.click("cancel")
    assert driver.text_of("fit.state") == "Stopping after this step"
    assert not (await driver.find("cancel")).enabled
    gate.open()
    await fitted(driver, model)
    assert driver.text_of("fit.state") == "Cancelled: the stage is as it was"
    assert stage_text(host.stage) == before and (await driver.find("fit")).enabled


async def test_click_on_fit_right_after_a_fit_was_meant_for_cancel(
    driver, model, monkeypatch: pytest.MonkeyPatch
) -> None:
    from boxfit.ui.panel import action_bar

    await fit(driver, model)
    steps: list[str] = []
    model.fit.changed.subscribe(lambda: steps.append(model.fit.phase))
    monkeypatch.setattr(action_bar, "_CANCEL_MEANT", 60.0)
    await driver.click("fit")
    assert "fitting" not in steps
    monkeypatch.setattr(action_bar, "_CANCEL_MEANT", 0.0)
    await driver.click("fit")
    assert "fitting" in steps
    await fitted(driver, model)


async def test_fit_that_fails_is_explained_and_can_be_tried_again(
    driver, model, host: HostInMemory, gate: Gate
) -> None:
    before = stage_text(host.stage)
    await ready(driver, model)
    await driver.click("settings.advanced")
    await driver.click("settings.input")
    await driver.type("setting.views", "0")
    await fit(driver, model)
    assert "a box needs at least two" in driver.text_of("fit.error") and stage_text(host.stage) == before
    await driver.type("setting.views", "")
    await driver.type("setting.prim", "/not a path")
    await driver.click("fit")
    assert "/not a path" in driver.text_of("fit.error") and not gate.events
    assert driver.exists("fit") and not driver.exists("cancel") and not driver.exists("fit.write")
    await driver.type("setting.prim", "")
    await fit(driver, model)
    assert not driver.exists("fit.error") and model.fit.phase == "done"


async def test_undo_redo_and_save_do_what_they_say(driver, model, host: HostInMemory, tmp_path: Path) -> None:
    await ready(driver, model)
    assert not any([(await driver.find(name)).enabled for name in ("undo", "redo", "save")])
    await fit(driver, model)
    assert (await driver.find("undo")).tooltip == "Undo Fit a box" and driver.text_of("save") == "Save *"
    await driver.click("undo")
    assert not host.stage.GetPrimAtPath("/World/box_1")
    assert "not on the stage any more" in driver.text_of("result.hint")
    gone = ("result.verdict", "result.edge.x", "result.0", "result.prim", "view.figures", "history.slider", "loss_plot")
    assert not [name for name in gone if driver.exists(name)] and model.view.box is None
    assert driver.text_of("fit.state").startswith("The box that was fitted is not on the stage any more")
    await driver.click("redo")
    assert host.stage.GetPrimAtPath("/World/box_1") and not (await driver.find("redo")).enabled
    assert driver.exists("result.verdict") and driver.exists("result.edge.x") and model.view.box is not None
    await driver.click("save")
    await driver.wait(lambda: not host.modified)
    assert driver.text_of("stage.message") == f"Saved {tmp_path / 'scene.usda'}"
    assert driver.text_of("save") == "Save" and not (await driver.find("save")).enabled
    await driver.click("save_as")
    assert host.picks[-1][0] == "new stage"


async def test_result_follows_the_unit_of_the_stage_and_goes_with_it(driver, model, host: HostInMemory) -> None:
    await fit(driver, model)
    await driver.find("result.edge.x")
    assert driver.text_of("result.edge.x").endswith(" cm")
    UsdGeom.SetStageMetersPerUnit(host.stage, 1.0)
    host.touch_stage()
    await driver.wait(lambda: driver.text_of("result.edge.x").endswith(" m"))
    host.replace_stage(None)
    await driver.settle()
    assert driver.text_of("result.hint") == "No box yet." and not driver.exists("result.edge.x")
    assert driver.exists("source.open") and not driver.exists("view.slider") and not driver.exists("fit.state")
    assert not (await driver.find("fit")).enabled


async def test_views_are_gone_through_by_button_and_slider(driver, model) -> None:
    await ready(driver, model)
    assert driver.text_of("view.name") == "View 0, 1 of 8"
    await driver.click("view.next")
    assert driver.text_of("view.name") == "View 1, 2 of 8"
    await driver.click("view.previous")
    await driver.click("view.previous")
    assert driver.text_of("view.name") == "View 7, 8 of 8" and model.view.name == "7"
    await driver.type("view.slider", "3")
    assert driver.text_of("view.name") == "View 2, 3 of 8" and model.view.name == "2"


async def test_course_of_a_fit_is_gone_through_once_it_has_ended(driver, model) -> None:
    await ready(driver, model)
    assert not driver.exists("history.slider") and not driver.exists("loss_plot")
    await fit(driver, model)
    count = len(model.fit.history)
    assert driver.text_of("history.name") == f"Step {count} of {count}, the result" and driver.exists("loss_plot")
    assert driver.text_of("view.figures").startswith("Mask covered")
    await driver.click("history.next")
    assert driver.text_of("history.name") == f"Step 1 of {count}" and model.fit.history_step == 0


async def test_view_of_a_box_with_an_open_side_says_what_its_dashes_are(driver, model, tmp_path: Path) -> None:
    from tests.ui.pixels import faults

    await ready(driver, model)
    model.settings.enter("views", "0-2")
    await driver.click("fit")
    await fitted(driver, model)
    assert model.fit.outcome.result.open_sides
    await driver.wait(lambda: model.view.shows_certain)
    await driver.settle(10)
    assert driver.text_of("view.figures").endswith("\nDashed: the box that holds it for certain.")
    await driver.hover("view.figures", 5)
    assert await faults(driver, tmp_path / "panel.png") == []
    # A step of the search has no certain box of its own, and no figures.
    await driver.click("history.next")
    assert not driver.exists("view.figures")


@on_stage(two_objects)
async def test_results_of_several_objects_are_chosen_among(driver, model) -> None:
    await driver.wait(lambda: len(model.source.objects) == 2)
    await fit(driver, model)
    assert driver.text_of("fit.state").startswith("2 boxes were fitted")
    first = driver.text_of("result.edge.x")
    await driver.click("result.object.1")
    assert driver.text_of("result.prim") == "On the stage as /World/box_2"
    assert driver.text_of("result.edge.x") != first
    assert "box.usd/2: " in driver.text_of("fit.state")


async def test_result_with_warnings_and_open_edges_says_so_once(driver, model) -> None:
    from tests.ui.driver import shown_widgets

    await fit(driver, model)
    (found,) = model.fit.outcomes
    open_sides = (OpenSide(1, 0.32, 0.49, "nothing sees it from below"),)
    # A range stands in the verdict, with its reason, and not in the warnings again.
    told = (open_sides[0].text(unit_of(found.result.world.meters_per_unit)), "be wary of it (mask_shows)")
    result = replace(found.result, open_sides=open_sides, undetermined=(1,), warnings=told)
    model.fit.outcomes = (replace(found, result=result),)
    model.fit.failures = (Problem("box.usd/2", "nothing to be seen"),)
    model.fit.changed.emit()
    await driver.settle()
    assert (
        driver.text_of("result.warnings")
        == '- be wary of it ("Masks show")\n- box.usd/2 has no box: nothing to be seen'
    )
    assert driver.text_of("fit.warnings") == "The box is open at an edge, 2 warnings: see Result"
    texts = [shown.widget.text for shown in shown_widgets() if hasattr(shown.widget, "text")]
    assert [text for text in texts if "nothing sees it from below" in text] == [driver.text_of("result.verdict")]
    assert driver.text_of("result.edge.y.open").startswith("open; the box has ")
    assert " to " in driver.text_of("result.edge.y") and not driver.exists("result.edge.x.open")


@pytest.fixture
def rebuilt(toolkit: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the frames that are rebuilt."""
    import omni.ui as ui

    rebuilt, rebuild = [], ui.Frame.rebuild
    monkeypatch.setattr(ui.Frame, "rebuild", lambda frame: (rebuilt.append(frame.identifier), rebuild(frame))[1])
    return rebuilt


async def test_running_fit_rebuilds_nothing(driver, model, rebuilt: list[str]) -> None:
    await ready(driver, model)
    rebuilt.clear()
    while_running: list[int] = []
    model.fit.changed.subscribe(lambda: while_running.append(len(rebuilt)) if model.fit.running else None)
    await fit(driver, model)
    assert len(while_running) > 2 and not any(while_running)
    assert len(rebuilt) == 1


async def test_box_that_could_not_be_written_is_written_again_elsewhere(
    driver, model, host: HostInMemory, gate: Gate
) -> None:
    await ready(driver, model)
    await driver.click("settings.advanced")
    await driver.type("setting.prim", "/World/Taken")
    await held(driver, model, gate)
    UsdGeom.Sphere.Define(host.stage, "/World/Taken")
    before = stage_text(host.stage)
    gate.open()
    await fitted(driver, model)
    assert "/World/Taken is a Sphere" in driver.text_of("fit.error") and stage_text(host.stage) == before
    assert driver.text_of("fit.state").startswith("The box was fitted in") and driver.exists("result.edge.x")
    assert "not on the stage" in driver.text_of("fit.state")
    assert driver.text_of("result.prim") == "Not on the stage yet"
    await driver.type("setting.prim", "/World/Free")
    await driver.click("fit.write")
    assert driver.text_of("result.prim") == "On the stage as /World/Free"
    assert not driver.exists("fit.error") and not driver.exists("fit.write")
    assert len(gate.events) == len({(progress.stage, progress.step) for progress in gate.events}), "it was fitted again"


@pytest.mark.parametrize("size", [(400, 500), (400, 900)])
async def test_end_of_a_fit_brings_the_result_into_view(driver, model) -> None:
    await ready(driver, model)
    for _ in range(2):
        await fit(driver, model)
        panel, result = await driver.find("panel"), driver.shown("result").widget
        bottom = panel.screen_position_y + panel.computed_height
        assert panel.screen_position_y < result.screen_position_y < bottom - 135
    # Much later changes do not scroll.
    panel.scroll_y = 0
    await driver.settle(150)
    await driver.click("source.details")
    await driver.settle(10)
    assert result.screen_position_y > bottom


@pytest.mark.parametrize("size", [(400, 500)])
async def test_end_of_a_fit_leaves_those_alone_who_look_at_something_else(driver, model, gate: Gate) -> None:
    await held(driver, model, gate)
    panel = await driver.find("panel")
    panel.scroll_y = 0
    await driver.settle()
    gate.open()
    await fitted(driver, model)
    assert panel.scroll_y == 0


async def test_fit_stays_where_it_is_whatever_the_status(driver, model, gate: Gate) -> None:
    await ready(driver, model)

    def places() -> list[tuple[float, float]]:
        names = ("cancel" if model.fit.running else "fit", "undo", "save_as")
        widgets = [driver.shown(name).widget for name in names]
        return [(widget.screen_position_x, widget.screen_position_y) for widget in widgets]

    idle = places()
    await held(driver, model, gate)
    assert places() == idle
    gate.open()
    await fitted(driver, model)
    assert driver.exists("fit.state") and places() == idle
    model.fit.error = "\n".join(["a long error"] * 9)
    model.fit.changed.emit()
    await driver.settle()
    assert driver.exists("fit.error") and places() == idle


async def test_result_leads_with_its_verdict_in_the_colour_of_its_grade(driver, model) -> None:
    await fit(driver, model)
    verdict = model.fit.outcome.result.verdict
    label = await driver.find("result.verdict")
    assert (
        label.text == verdict.text
        and label.name == {"good": "good", "fair": "warning", "open": "warning", "doubtful": "error"}[verdict.grade]
    )
    tops = [driver.shown(name).widget.screen_position_y for name in ("result.verdict", "result.edge.x", "result.0")]
    assert tops == sorted(tops)
    sections = [driver.shown(name).widget.screen_position_y for name in ("source", "objects", "view", "result")]
    assert sections == sorted(sections)
