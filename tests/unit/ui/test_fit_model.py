"""Tests of a fit from the click to the box on the stage: the model's states, and the changes of the stage."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from boxfit.session import source as source_module
from boxfit.ui.model.fit_model import EDIT_LABEL, REPLACED
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.cube import find_boxes, read_box
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations
from pxr import UsdGeom

from tests.hosts import HostInMemory, run, until
from tests.scenes import BOX
from tests.stages import box_stage, camera_stage, stage_text
from tests.unit.ui.conftest import Gate
from tests.unit.ui.stories import SHORT, ended, fitted, held, on_stage, one_of_two, ready, two_objects


def fit_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "boxfit fit"]


async def test_fit_writes_the_box_in_one_step_and_again_updates_it(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, max_steps=5)
    assert (model.fit.phase, model.fit.error) == ("done", "")
    path = model.fit.prim
    assert path == model.default_prim
    box, _ = read_box(host.stage, path)
    assert np.allclose(np.sort(box.size), np.sort(BOX.size), rtol=0.1)
    assert np.allclose(box.centre, BOX.centre, atol=0.05)
    assert host.undo_label == EDIT_LABEL and host.modified
    assert host.selection == (path,) and host.framed == [(path,)]
    assert host.progress[-1] == (None, "")
    await fitted(model, align="axes")
    assert model.fit.prim == path and find_boxes(host.stage) == [path]
    assert np.allclose(np.abs(read_box(host.stage, path)[0].rotation).max(axis=0), 1)


@on_stage(camera_stage)
async def test_fit_from_cameras_on_the_stage_finds_the_box_too(model: PanelModel) -> None:
    await fitted(model, **SHORT)
    assert np.allclose(model.fit.shown_box.centre, BOX.centre, atol=0.05)


async def test_fit_shows_every_stage_with_its_box_and_losses(model: PanelModel) -> None:
    seen = []
    model.fit.changed.subscribe(
        lambda: seen.append((model.fit.phase, model.fit.view, model.fit.box, list(model.fit.losses)))
    )
    # Enough steps that frames are drawn in between.
    await fitted(model, method="notebook", epochs=50, batch_size=1000)
    views = [view for _, view, _, _ in seen if view is not None]
    assert [view.share for view in views] == sorted(view.share for view in views)
    assert "notebook" in {view.stage for view in views}
    assert any(box is not None for _, view, box, _ in seen if view is not None and view.stage == "notebook")
    for _, view, _, losses in seen:
        assert view is None or view.stage != "notebook" or len(losses) == view.step + 1
    # The losses of the whole stage stay available.
    assert len(model.fit.losses) == 51
    assert seen[-1][:3] == ("done", None, None)


async def test_fit_undone_redone_and_repeated_leaves_what_it_says(model: PanelModel, host: HostInMemory) -> None:
    before = stage_text(host.stage)
    assert not model.is_placed
    await fitted(model, **SHORT)
    after, (shown,) = stage_text(host.stage), model.scene.content.boxes
    assert model.is_placed and (model.stage.undo_label, model.stage.redo_label) == (EDIT_LABEL, None)
    model.stage.undo()
    assert stage_text(host.stage) == before and not host.modified and not model.is_placed
    assert model.scene.content.boxes == () and (model.stage.undo_label, model.stage.redo_label) == (None, EDIT_LABEL)
    model.stage.redo()
    (again,) = model.scene.content.boxes
    assert stage_text(host.stage) == after and model.is_placed
    assert again.name == shown.name and np.allclose(again.box.corners, shown.box.corners)
    model.stage.undo()
    await fitted(model)
    assert model.fit.phase == "done" and stage_text(host.stage) == after
    assert host.redo_label is None


@pytest.mark.parametrize("stage", ["masks", "start", "tight", "notebook"])
async def test_cancel_in_a_stage_ends_at_the_next_step_and_writes_nothing(
    model: PanelModel, stage: str, host: HostInMemory, gate: Gate
) -> None:
    model.settings.change("method", "notebook" if stage == "notebook" else "tight")
    model.settings.change("max_steps", 5)
    before = stage_text(host.stage)
    await held(model, gate, stage)
    model.fit.cancel()
    assert model.fit.phase == "stopping" and model.fit.blocked_reason == "a fit is running"
    told = len(gate.events)
    await ended(model, gate)
    assert (model.fit.phase, model.fit.error) == ("cancelled", "")
    assert len(gate.events) == told
    assert stage_text(host.stage) == before and host.undo_label is None
    assert (model.fit.view, model.fit.box, model.fit.outcome) == (None, None, None)
    assert host.progress[-1] == (None, "") and not fit_threads()
    await fitted(model)
    assert model.fit.phase == "done"


async def test_cancel_a_second_fit_keeps_the_outcome_of_the_first(
    model: PanelModel, host: HostInMemory, gate: Gate
) -> None:
    await fitted(model, **SHORT)
    outcome, written = model.fit.outcome, stage_text(host.stage)
    await held(model, gate, "start")
    model.fit.cancel()
    model.fit.cancel()
    await ended(model, gate)
    assert model.fit.outcome is outcome and stage_text(host.stage) == written
    assert model.view.box is outcome.result.box


async def test_fit_with_a_renderer_that_cannot_run_says_so_and_can_be_mended(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boxfit.session.fit_worker.needs_torch", lambda name: False)
    monkeypatch.setattr(
        "boxfit.render.registry.unavailable_reason", lambda name: "no CUDA device" if name == "kaolin" else None
    )
    before = stage_text(host.stage)
    await fitted(model, renderer="kaolin", method="tight", **SHORT)
    assert model.fit.phase == "failed"
    assert "'kaolin' cannot run here: no CUDA device" in model.fit.error
    assert stage_text(host.stage) == before
    await fitted(model, renderer="area")
    assert (model.fit.phase, model.fit.error) == ("done", "")


@pytest.mark.parametrize("cancelled", [True, False])
async def test_fit_that_needs_torch_loads_it_before_the_worker_begins(
    model: PanelModel, cancelled: bool, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr("boxfit.session.fit_worker.needs_torch", lambda name: True)
    shown = []

    async def load(_: object, module: str, given_up: Callable[[], bool]) -> None:
        shown.append((module, model.fit.view.doing, len(gate.events), len(fit_threads())))
        if cancelled:
            model.fit.cancel()
        assert given_up() == cancelled

    monkeypatch.setattr("boxfit.session.fit_worker.import_alone", load)
    await fitted(model, **SHORT)
    assert shown == [("torch", "loading PyTorch", 0, 0)]
    assert model.fit.phase == ("cancelled" if cancelled else "done")
    assert bool(gate.events) != cancelled


async def test_fit_that_meets_a_bug_says_so_and_logs_it(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    with monkeypatch.context() as patch:
        patch.setattr("boxfit.session.object_fit.fit_object", broken)
        await fitted(model, **SHORT)
    assert model.fit.phase == "failed" and "ZeroDivisionError: of all things" in model.fit.error
    assert "in broken" in caplog.text
    await fitted(model)
    assert model.fit.phase == "done"


@pytest.mark.parametrize("closed", [True, False])
async def test_stage_replaced_under_a_fit_ends_it_and_says_so(
    model: PanelModel, closed: bool, host: HostInMemory, gate: Gate, tmp_path: Path
) -> None:
    await held(model, gate, "start")
    old = host.stage
    before = stage_text(old)
    other = None if closed else box_stage(tmp_path / "other")
    host.replace_stage(other)
    assert model.fit.phase == "stopping"
    await ended(model, gate)
    assert (model.fit.phase, model.fit.error) == ("failed", REPLACED)
    assert stage_text(old) == before and host.undo_label is None
    assert model.fit.outcomes == ()
    if other is not None:
        assert find_boxes(other) == []
        await fitted(model)
        assert find_boxes(other) == [model.fit.prim]


async def test_stage_that_is_another_one_before_anyone_has_told_gets_no_box(
    model: PanelModel, host: HostInMemory, gate: Gate, tmp_path: Path
) -> None:
    await held(model, gate, "start")
    host.take(box_stage(tmp_path / "other"))
    await ended(model, gate)
    assert (model.fit.phase, model.fit.error) == ("failed", REPLACED)
    assert find_boxes(host.stage) == []


async def test_stage_replaced_after_a_fit_forgets_its_outcome(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    await fitted(model, **SHORT)
    host.replace_stage(box_stage(tmp_path / "other"))
    assert (model.fit.phase, model.fit.outcomes, model.fit.prim, model.fit.losses) == ("idle", (), None, [])


@pytest.mark.parametrize("stage", ["masks", "tight"])
def test_destroy_during_a_fit_ends_its_thread_and_writes_nothing(stage: str, host: HostInMemory, gate: Gate) -> None:
    before = stage_text(host.stage)

    async def story(model: PanelModel) -> None:
        await held(model, gate, stage)
        assert gate.events[-1].stage == stage
        threading.Timer(0.05, gate.open).start()

    run(story, host)
    assert [progress.stage for progress in gate.events].count(stage) == 1 and gate.events[-1].stage == stage
    assert not fit_threads() and stage_text(host.stage) == before
    assert host.progress[-1] == (None, "")


async def test_settings_changed_while_a_fit_runs_are_for_the_next_one(
    model: PanelModel, host: HostInMemory, gate: Gate
) -> None:
    model.settings.enter("prim", "/World/First")
    await held(model, gate, "masks")
    model.settings.enter("prim", "/World/Second")
    model.settings.change("rotation", "xyz")
    model.settings.change("method", "contact")
    model.settings.change("source_units", 1.0)
    model.source.tick(0, False)
    await ended(model, gate)
    assert model.fit.prim == "/World/First"
    assert model.fit.outcome.result.method == "auto"
    assert list(model.fit.placed.ops[0]) == ["translate", "orient", "scale"]
    assert np.allclose(read_box(host.stage, "/World/First")[0].centre, BOX.centre, atol=0.05)


@on_stage(one_of_two)
async def test_fit_several_objects_of_which_some_fail_writes_the_others(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, **SHORT)
    assert [row.name for row in model.source.objects] == ["box.usd/1", "box.usd/2"]
    assert model.fit.phase == "done"
    assert [outcome.result.name for outcome in model.fit.outcomes] == ["box.usd/1"]
    (failure,) = model.fit.failures
    assert failure.where == "box.usd/2" and "1 of 8 views" in failure.what
    assert find_boxes(host.stage) == [model.fit.prim]
    model.source.tick(0, False)
    before = stage_text(host.stage)
    await fitted(model)
    assert model.fit.phase == "failed" and "1 of 8 views" in model.fit.error
    assert stage_text(host.stage) == before


@on_stage(two_objects)
async def test_fit_several_objects_writes_all_in_one_step_and_looks_at_each(
    model: PanelModel, host: HostInMemory
) -> None:
    before = stage_text(host.stage)
    await fitted(model, **SHORT)
    assert len(model.fit.outcomes) == 2 and host.selection == model.fit.placed.prims
    assert find_boxes(host.stage) == list(model.fit.placed.prims)
    model.fit.look_at(1)
    assert model.fit.prim == model.fit.placed.prims[1]
    assert model.labelled.label.id == 2 and model.view.box is model.fit.outcomes[1].result.box
    model.fit.look_at(2)
    assert model.fit.index == 1
    # The next fit shows the same object.
    await fitted(model)
    assert model.fit.outcome.result.labelled.label.id == 2
    model.stage.undo()
    model.stage.undo()
    assert stage_text(host.stage) == before


async def test_fit_with_a_hindrance_does_nothing(model: PanelModel) -> None:
    assert model.fit.blocked_reason == "the dataset is being read"
    model.fit.fit()
    assert model.fit.phase == "idle"
    await ready(model)
    model.source.tick(0, False)
    assert model.fit.blocked_reason == "tick at least one object"
    model.source.tick(0, True)
    model.settings.enter("max_steps", "many")
    assert '"Max steps"' in model.fit.blocked_reason
    model.fit.fit()
    assert model.fit.phase == "idle" and not fit_threads()


async def test_fit_after_the_masks_were_looked_at_does_not_read_them_again(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(model)
    await until(lambda: model.view.names)

    def forbidden(*_: object) -> None:
        raise AssertionError("a mask was read again")

    monkeypatch.setattr("boxfit.session.source.silhouettes", forbidden)
    await fitted(model)
    assert model.fit.phase == "done"


@pytest.mark.parametrize("cancelled", [True, False])
async def test_fit_while_the_masks_are_being_read_waits_for_them(
    model: PanelModel, cancelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, go, read = [], threading.Event(), source_module.silhouettes

    def slow(target: LabelledObject) -> Observations:
        reads.append(target)
        assert go.wait(10)
        return read(target)

    monkeypatch.setattr(source_module, "silhouettes", slow)
    await ready(model)
    model.fit.fit()
    await until(lambda: reads and fit_threads())
    if cancelled:
        model.fit.cancel()
    go.set()
    await until(lambda: not model.fit.running)
    assert model.fit.phase == ("cancelled" if cancelled else "done")
    assert len(reads) == 1


async def test_fit_with_some_of_the_views_shows_those_alone(model: PanelModel, gate: Gate) -> None:
    await until(lambda: len(model.view.names) == 8)
    model.settings.enter("views", "1-6")
    await held(model, gate, "start")
    await until(lambda: len(model.view.names) == 6)
    await ended(model, gate)
    assert model.view.names == ("1", "2", "3", "4", "5", "6")
    assert len(model.scene.content.cameras) == 6


async def test_look_at_step_draws_the_box_of_that_step_everywhere(model: PanelModel) -> None:
    await ready(model)
    model.fit.look_at_step(0)
    assert model.fit.history_step is None and model.fit.shown_box is None
    await fitted(model, **SHORT)
    fit, result = model.fit, model.fit.outcome.result
    assert fit.shown_box is result.box and len(fit.history) == len(result.history)
    fit.look_at_step(1)
    assert fit.shown_box is result.history[1].box and model.view.box is fit.shown_box
    live = [box for box in model.scene.content.boxes if box.selected]
    assert [box.name for box in live] == [result.name]
    assert np.allclose(live[0].box.corners, fit.shown_box.corners)
    fit.look_at_step(len(fit.history))
    assert fit.history_step == 1
    fit.look_at_step(None)
    assert fit.shown_box is result.box
    assert [box.name for box in model.scene.content.boxes] == [fit.prim]
    fit.look_at_step(1)
    await fitted(model)
    assert fit.history_step is None


async def test_fit_that_cannot_be_written_keeps_its_box_to_be_written_again(
    model: PanelModel, host: HostInMemory, gate: Gate
) -> None:
    await fitted(model, **SHORT)
    outcome, first, fit = model.fit.outcome, model.fit.prim, model.fit
    model.settings.enter("prim", "/World/Taken")
    await held(model, gate, "start")
    UsdGeom.Sphere.Define(host.stage, "/World/Taken")
    before = stage_text(host.stage)
    await ended(model, gate)
    assert fit.phase == "failed" and "/World/Taken is a Sphere" in fit.error
    assert fit.is_unwritten and fit.prim is None and fit.outcome is not outcome
    assert stage_text(host.stage) == before
    assert host.notices[-1] == (f"The box could not be written: {fit.error}", True)
    # It is drawn nevertheless.
    live = [box for box in model.scene.content.boxes if box.selected]
    assert [box.name for box in live] == ["box.usd/1"] and np.allclose(live[0].box.corners, fit.shown_box.corners)
    fit.write()
    assert fit.phase == "failed" and stage_text(host.stage) == before
    model.settings.enter("prim", "/World/Elsewhere")
    fit.write()
    assert (fit.phase, fit.error, fit.prim, fit.is_unwritten) == ("done", "", "/World/Elsewhere", False)
    assert sorted(find_boxes(host.stage)) == sorted([first, fit.prim]) and host.selection == (fit.prim,)
    assert [box.name for box in model.scene.content.boxes if box.selected] == [fit.prim]
    written = stage_text(host.stage)
    fit.write()
    assert stage_text(host.stage) == written


@pytest.mark.parametrize(
    ("name", "text"),
    [("prim", "not a path"), ("prim", "/World/Taken"), ("prim", "/World/Taken/Box"), ("views", "40-50")],
)
async def test_fit_of_what_cannot_be_is_refused_before_it_begins(
    model: PanelModel, name: str, text: str, host: HostInMemory, gate: Gate
) -> None:
    await ready(model)
    UsdGeom.Sphere.Define(host.stage, "/World/Taken")
    before = stage_text(host.stage)
    model.settings.enter(name, text)
    model.fit.fit()
    assert model.fit.phase == "failed" and text.split("-")[0] in model.fit.error
    assert stage_text(host.stage) == before and not fit_threads() and not gate.events and not host.notices
    model.settings.enter(name, "")
    await fitted(model)
    assert model.fit.phase == "done" and host.notices == [("The fit is done", False)]


async def test_drawing_that_fails_during_a_fit_ends_it_and_says_so(
    model: PanelModel, host: HostInMemory, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    await ready(model)

    def broken() -> None:
        if model.fit.box is not None:
            raise ZeroDivisionError("of all things")

    end = model.fit.changed.subscribe(broken)
    gate.close("tight")
    model.fit.fit()
    await until(lambda: not model.fit.running)
    assert model.fit.phase == "failed" and "ZeroDivisionError: of all things" in model.fit.error
    assert host.progress[-1] == (None, "") and host.notices == [(f"The fit failed: {model.fit.error}", True)]
    gate.open()
    end()
    await until(lambda: not fit_threads())
    await fitted(model)
    assert model.fit.phase == "done"


@pytest.mark.parametrize("broken", ["_keep", "_write"])
async def test_fit_whose_result_cannot_be_kept_ends_with_the_reason(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(model.fit, broken, fail)
    await fitted(model, **SHORT)
    assert (model.fit.phase, model.fit.running) == ("failed", False)
    assert "ZeroDivisionError: of all things" in model.fit.error and host.progress[-1] == (None, "")
    monkeypatch.undo()
    await fitted(model)
    assert model.fit.phase == "done"
