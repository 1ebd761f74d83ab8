"""Tests of a fit from the click to the box on the stage: the model's states, and the changes of the stage."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.session import source as source_module
from boxfit.ui.model.fit_model import EDIT_LABEL, REPLACED
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.cube import find_boxes, read_box
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations
from pxr import UsdGeom

from tests.hosts import HostInMemory, run, until
from tests.scenes import BOX
from tests.stages import box_stage, camera_stage, generator_stage, stage_text, two_object_views
from tests.unit.ui.conftest import Gate


async def ready(model: PanelModel, align: str = "axes") -> None:
    """Wait until a fit can be started, with settings for a short fit."""
    await until(lambda: model.source.state == "ready")
    model.settings.change("max_steps", 5)
    model.settings.change("align", align)


async def begun(model: PanelModel, gate: Gate) -> None:
    """Start a fit, and hold it before the search for its start box."""
    await ready(model)
    gate.close("start")
    model.fit.fit()
    await until(lambda: gate.reached)


async def fitted(model: PanelModel) -> None:
    """Fit, and wait for the end."""
    assert model.fit.blocked_reason is None
    model.fit.fit()
    await until(lambda: not model.fit.running)


def fit_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "boxfit fit"]


def test_fit_writes_the_box_in_one_step_selects_and_frames_it(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model, "free")
        await fitted(model)
        assert (model.fit.phase, model.fit.error) == ("done", "")
        path = model.fit.prim
        assert path == model.default_prim
        box, _ = read_box(host.stage, path)
        assert np.allclose(np.sort(box.size), np.sort(BOX.size), rtol=0.1)
        assert np.allclose(box.centre, BOX.centre, atol=0.05)
        assert host.undo_label == EDIT_LABEL and host.modified
        assert host.selection == (path,) and host.framed == [(path,)]
        assert host.progress[-1] == (None, "")

    run(story, host)


def test_fit_from_cameras_on_the_stage_finds_the_box_too(tmp_path: Path) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        await fitted(model)
        assert np.allclose(model.fit.shown_box.centre, BOX.centre, atol=0.05)

    run(story, HostInMemory(camera_stage(tmp_path)))


def test_fit_shows_every_stage_with_its_box_and_losses(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        # Enough steps that frames are drawn in between.
        model.settings.change("max_steps", 300)
        seen = []
        model.fit.changed.subscribe(
            lambda: seen.append((model.fit.phase, model.fit.view, model.fit.box, list(model.fit.losses)))
        )
        await fitted(model)
        views = [view for _, view, _, _ in seen if view is not None]
        assert [view.share for view in views] == sorted(view.share for view in views)
        assert "tight" in {view.stage for view in views}
        assert any(box is not None for _, view, box, _ in seen if view is not None and view.stage == "tight")
        for _, view, _, losses in seen:
            assert view is None or view.stage != "tight" or len(losses) == view.step + 1
        # The losses of the whole stage stay available.
        assert len(model.fit.losses) == 301
        assert seen[-1][:3] == ("done", None, None)

    run(story, host)


def test_fit_again_updates_the_same_prim(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model, "up")
        await fitted(model)
        first = model.fit.prim
        model.settings.change("align", "axes")
        await fitted(model)
        assert model.fit.prim == first and find_boxes(host.stage) == [first]
        assert np.allclose(np.abs(read_box(host.stage, first)[0].rotation).max(axis=0), 1)

    run(story, host)


def test_fit_undone_redone_and_repeated_leaves_what_it_says(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        before = stage_text(host.stage)
        await fitted(model)
        after = stage_text(host.stage)
        model.stage.undo()
        assert stage_text(host.stage) == before and not host.modified
        model.stage.redo()
        assert stage_text(host.stage) == after
        model.stage.undo()
        await fitted(model)
        assert model.fit.phase == "done" and stage_text(host.stage) == after
        assert host.redo_label is None

    run(story, host)


@pytest.mark.parametrize("stage", ["masks", "start", "tight", "notebook"])
def test_cancel_in_a_stage_ends_at_the_next_step_and_writes_nothing(stage: str, host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        model.settings.change("method", "notebook" if stage == "notebook" else "tight")
        before = stage_text(host.stage)
        gate.close(stage)
        model.fit.fit()
        await until(lambda: gate.reached)
        model.fit.cancel()
        assert model.fit.phase == "stopping" and model.fit.blocked_reason == "a fit is running"
        told = len(gate.events)
        gate.open()
        await until(lambda: not model.fit.running)
        assert (model.fit.phase, model.fit.error) == ("cancelled", "")
        assert len(gate.events) == told
        assert stage_text(host.stage) == before and host.undo_label is None
        assert (model.fit.view, model.fit.box, model.fit.outcome) == (None, None, None)
        assert host.progress[-1] == (None, "") and not fit_threads()
        await fitted(model)
        assert model.fit.phase == "done"

    run(story, host)


def test_cancel_a_second_fit_keeps_the_outcome_of_the_first(host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        await fitted(model)
        outcome, written = model.fit.outcome, stage_text(host.stage)
        gate.close("start")
        model.fit.fit()
        await until(lambda: gate.reached)
        model.fit.cancel()
        model.fit.cancel()
        gate.open()
        await until(lambda: not model.fit.running)
        assert model.fit.outcome is outcome and stage_text(host.stage) == written
        assert model.view.box is outcome.result.box

    run(story, host)


def test_fit_with_a_renderer_that_cannot_run_says_so_and_can_be_mended(
    host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boxfit.session.fit_worker.needs_torch", lambda name: False)
    monkeypatch.setattr(
        "boxfit.render.registry.unavailable_reason", lambda name: "no CUDA device" if name == "kaolin" else None
    )

    async def story(model: PanelModel) -> None:
        await ready(model)
        before = stage_text(host.stage)
        model.settings.change("renderer", "kaolin")
        await fitted(model)
        assert model.fit.phase == "failed"
        assert "'kaolin' cannot run here: no CUDA device" in model.fit.error
        assert stage_text(host.stage) == before
        model.settings.change("renderer", "area")
        await fitted(model)
        assert (model.fit.phase, model.fit.error) == ("done", "")

    run(story, host)


@pytest.mark.parametrize("cancelled", [True, False])
def test_fit_that_needs_torch_loads_it_before_the_worker_begins(
    cancelled: bool, host: HostInMemory, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr("boxfit.session.fit_worker.needs_torch", lambda name: True)
    shown = []

    async def story(model: PanelModel) -> None:
        async def load(_: object, module: str, given_up: Callable[[], bool]) -> None:
            shown.append((module, model.fit.view.doing, len(gate.events), len(fit_threads())))
            if cancelled:
                model.fit.cancel()
            assert given_up() == cancelled

        monkeypatch.setattr("boxfit.session.fit_worker.import_alone", load)
        await ready(model)
        await fitted(model)
        assert shown == [("torch", "loading PyTorch", 0, 0)]
        assert model.fit.phase == ("cancelled" if cancelled else "done")
        assert bool(gate.events) != cancelled

    run(story, host)


def test_fit_with_views_that_are_not_there_fails_before_it_begins(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        model.settings.enter("views", "40-50")
        model.fit.fit()
        assert model.fit.phase == "failed" and "40" in model.fit.error
        assert not fit_threads()

    run(story, host)


def test_fit_where_something_else_stands_at_the_path_fails_and_leaves_the_stage(host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        model.settings.enter("prim", "/World/Taken")
        gate.close("start")
        model.fit.fit()
        await until(lambda: gate.reached)
        UsdGeom.Sphere.Define(host.stage, "/World/Taken")
        before = stage_text(host.stage)
        gate.open()
        await until(lambda: not model.fit.running)
        assert model.fit.phase == "failed" and "/World/Taken is a Sphere" in model.fit.error
        assert stage_text(host.stage) == before and host.undo_label is None and model.fit.is_unwritten
        model.settings.enter("prim", "/World/Free")
        model.fit.write()
        assert model.fit.prim == "/World/Free" and find_boxes(host.stage) == ["/World/Free"]

    run(story, host)


def test_fit_that_meets_a_bug_says_so_and_logs_it(
    host: HostInMemory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    async def story(model: PanelModel) -> None:
        await ready(model)
        with monkeypatch.context() as patch:
            patch.setattr("boxfit.session.object_fit.fit_object", broken)
            await fitted(model)
        assert model.fit.phase == "failed" and "ZeroDivisionError: of all things" in model.fit.error
        assert "in broken" in caplog.text
        await fitted(model)
        assert model.fit.phase == "done"

    run(story, host)


@pytest.mark.parametrize("closed", [True, False])
def test_stage_replaced_under_a_fit_ends_it_and_says_so(
    closed: bool, host: HostInMemory, gate: Gate, tmp_path: Path
) -> None:
    async def story(model: PanelModel) -> None:
        await begun(model, gate)
        old = host.stage
        before = stage_text(old)
        other = None if closed else box_stage(tmp_path / "other")
        host.replace_stage(other)
        assert model.fit.phase == "stopping"
        gate.open()
        await until(lambda: not model.fit.running)
        assert (model.fit.phase, model.fit.error) == ("failed", REPLACED)
        assert stage_text(old) == before and host.undo_label is None
        assert model.fit.outcomes == ()
        if other is not None:
            assert find_boxes(other) == []
            await until(lambda: model.source.state == "ready")
            await fitted(model)
            assert find_boxes(other) == [model.fit.prim]

    run(story, host)


def test_stage_that_is_another_one_before_anyone_has_told_gets_no_box(
    host: HostInMemory, gate: Gate, tmp_path: Path
) -> None:
    async def story(model: PanelModel) -> None:
        await begun(model, gate)
        host.take(box_stage(tmp_path / "other"))
        gate.open()
        await until(lambda: not model.fit.running)
        assert (model.fit.phase, model.fit.error) == ("failed", REPLACED)
        assert find_boxes(host.stage) == []

    run(story, host)


def test_stage_replaced_after_a_fit_forgets_its_outcome(host: HostInMemory, tmp_path: Path) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        await fitted(model)
        host.replace_stage(box_stage(tmp_path / "other"))
        assert (model.fit.phase, model.fit.outcomes, model.fit.prim, model.fit.losses) == ("idle", (), None, [])

    run(story, host)


@pytest.mark.parametrize("stage", ["masks", "tight"])
def test_destroy_during_a_fit_ends_its_thread_and_writes_nothing(stage: str, host: HostInMemory, gate: Gate) -> None:
    before = stage_text(host.stage)

    async def story(model: PanelModel) -> None:
        await ready(model)
        gate.close(stage)
        model.fit.fit()
        await until(lambda: gate.reached)
        assert gate.events[-1].stage == stage
        threading.Timer(0.05, gate.open).start()

    run(story, host)
    assert [progress.stage for progress in gate.events].count(stage) == 1 and gate.events[-1].stage == stage
    assert not fit_threads() and stage_text(host.stage) == before
    assert host.progress[-1] == (None, "")


def test_settings_changed_while_a_fit_runs_are_for_the_next_one(host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        model.settings.enter("prim", "/World/First")
        gate.close("masks")
        model.fit.fit()
        await until(lambda: gate.reached)
        model.settings.enter("prim", "/World/Second")
        model.settings.change("rotation", "xyz")
        model.settings.change("method", "contact")
        model.settings.change("source_units", 1.0)
        model.source.tick(0, False)
        gate.open()
        await until(lambda: not model.fit.running)
        assert model.fit.prim == "/World/First"
        assert model.fit.outcome.result.method == "tight"
        assert list(model.fit.placed.ops[0]) == ["translate", "orient", "scale"]
        assert np.allclose(read_box(host.stage, "/World/First")[0].centre, BOX.centre, atol=0.05)

    run(story, host)


def test_fit_several_objects_of_which_one_fails_writes_the_others(tmp_path: Path) -> None:
    two_object_views(tmp_path / "views", seen=1)
    host = HostInMemory(generator_stage(tmp_path, "views"))

    async def story(model: PanelModel) -> None:
        await ready(model)
        assert [row.name for row in model.source.objects] == ["box.usd/1", "box.usd/2"]
        await fitted(model)
        assert model.fit.phase == "done"
        assert [outcome.result.name for outcome in model.fit.outcomes] == ["box.usd/1"]
        (failure,) = model.fit.failures
        assert failure.where == "box.usd/2" and "1 of 8 views" in failure.what
        assert find_boxes(host.stage) == [model.fit.prim]

    run(story, host)


def test_fit_where_every_object_fails_says_why_the_first_did(tmp_path: Path) -> None:
    two_object_views(tmp_path / "views", seen=1)
    host = HostInMemory(generator_stage(tmp_path, "views"))

    async def story(model: PanelModel) -> None:
        await ready(model)
        model.source.tick(0, False)
        before = stage_text(host.stage)
        await fitted(model)
        assert model.fit.phase == "failed" and "1 of 8 views" in model.fit.error
        assert stage_text(host.stage) == before

    run(story, host)


def test_fit_several_objects_writes_all_in_one_step_and_looks_at_each(tmp_path: Path) -> None:
    two_object_views(tmp_path / "views")
    host = HostInMemory(generator_stage(tmp_path, "views"))

    async def story(model: PanelModel) -> None:
        await ready(model)
        before = stage_text(host.stage)
        await fitted(model)
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

    run(story, host)


def test_fit_with_a_hindrance_does_nothing(tmp_path: Path, host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        assert model.fit.blocked_reason == "the dataset is being read"
        model.fit.fit()
        assert model.fit.phase == "idle"
        await ready(model)
        model.source.tick(0, False)
        assert model.fit.blocked_reason == "tick at least one object"
        model.source.tick(0, True)
        model.settings.enter("max_steps", "many")
        assert "max_steps" in model.fit.blocked_reason
        model.fit.fit()
        assert model.fit.phase == "idle" and not fit_threads()

    run(story, host)


def test_fit_after_the_masks_were_looked_at_does_not_read_them_again(
    host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        await until(lambda: model.view.names)

        def forbidden(*_: object) -> None:
            raise AssertionError("a mask was read again")

        monkeypatch.setattr("boxfit.session.source.silhouettes", forbidden)
        await fitted(model)
        assert model.fit.phase == "done"

    run(story, host)


@pytest.mark.parametrize("cancelled", [True, False])
def test_fit_while_the_masks_are_being_read_waits_for_them(
    cancelled: bool, host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, go, read = [], threading.Event(), source_module.silhouettes

    def slow(target: LabelledObject) -> Observations:
        reads.append(target)
        assert go.wait(10)
        return read(target)

    monkeypatch.setattr(source_module, "silhouettes", slow)

    async def story(model: PanelModel) -> None:
        await ready(model)
        model.fit.fit()
        await until(lambda: reads and fit_threads())
        if cancelled:
            model.fit.cancel()
        go.set()
        await until(lambda: not model.fit.running)
        assert model.fit.phase == ("cancelled" if cancelled else "done")
        assert len(reads) == 1

    run(story, host)


def test_fit_with_some_of_the_views_shows_those_alone(host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        await until(lambda: len(model.view.names) == 8)
        model.settings.enter("views", "1-6")
        gate.close("start")
        model.fit.fit()
        await until(lambda: gate.reached and len(model.view.names) == 6)
        gate.open()
        await until(lambda: not model.fit.running)
        assert model.view.names == ("1", "2", "3", "4", "5", "6")
        assert len(model.scene.content.cameras) == 6

    run(story, host)


def test_look_at_step_draws_the_box_of_that_step_everywhere(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        model.fit.look_at_step(0)
        assert model.fit.history_step is None and model.fit.shown_box is None
        await fitted(model)
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

    run(story, host)


def test_fit_that_cannot_be_written_keeps_its_box_to_be_written_again(host: HostInMemory) -> None:
    perform = host.perform

    def refuse(*_: object) -> None:
        raise StageError("the layer is locked: unlock it")

    async def story(model: PanelModel) -> None:
        await ready(model)
        await fitted(model)
        before, outcome, first = stage_text(host.stage), model.fit.outcome, model.fit.prim
        model.settings.change("align", "up")
        host.perform = refuse  # type: ignore[method-assign]
        await fitted(model)
        fit = model.fit
        assert (fit.phase, fit.error) == ("failed", "the layer is locked: unlock it")
        assert fit.is_unwritten and fit.prim is None and fit.outcome is not outcome
        assert stage_text(host.stage) == before and host.notices[-1] == (
            f"The box could not be written: {fit.error}",
            True,
        )
        # It is drawn nevertheless.
        live = [box for box in model.scene.content.boxes if box.selected]
        assert [box.name for box in live] == ["box.usd/1"] and np.allclose(live[0].box.corners, fit.shown_box.corners)
        fit.write()
        assert fit.phase == "failed"
        host.perform = perform  # type: ignore[method-assign]
        model.settings.enter("prim", "/World/Elsewhere")
        fit.write()
        assert (fit.phase, fit.error, fit.prim, fit.is_unwritten) == ("done", "", "/World/Elsewhere", False)
        assert sorted(find_boxes(host.stage)) == sorted([first, fit.prim]) and host.selection == (fit.prim,)
        assert [box.name for box in model.scene.content.boxes if box.selected] == [fit.prim]
        written = stage_text(host.stage)
        fit.write()
        assert stage_text(host.stage) == written

    run(story, host)


@pytest.mark.parametrize("path", ["not a path", "/World/Taken", "/World/Taken/Box"])
def test_fit_where_no_box_can_stand_is_refused_before_it_begins(path: str, host: HostInMemory, gate: Gate) -> None:
    async def story(model: PanelModel) -> None:
        await ready(model)
        UsdGeom.Sphere.Define(host.stage, "/World/Taken")
        before = stage_text(host.stage)
        model.settings.enter("prim", path)
        model.fit.fit()
        assert model.fit.phase == "failed" and path in model.fit.error
        assert stage_text(host.stage) == before and not gate.events and not host.notices
        model.settings.enter("prim", "")
        await fitted(model)
        assert model.fit.phase == "done" and host.notices == [("The fit is done", False)]

    run(story, host)


def test_drawing_that_fails_during_a_fit_ends_it_and_says_so(
    host: HostInMemory, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(model: PanelModel) -> None:
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

    run(story, host)
