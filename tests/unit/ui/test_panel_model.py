"""Tests of the connections between the parts of the panel's model."""

import numpy as np
import pytest
from boxfit.geometry.units import WorldUnits
from boxfit.render.registry import not_installed_reason
from boxfit.ui.model import formatting
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.cube import write_box
from pxr import UsdGeom

from tests.hosts import HostInMemory, run, until
from tests.scenes import BOX
from tests.stages import box_stage
from tests.unit.ui.stories import SHORT, fitted, on_stage, ready, two_objects


@on_stage(lambda folder: box_stage(folder, units=WorldUnits("Z", 1.0)))
async def test_units_are_those_of_the_open_stage(model: PanelModel, host: HostInMemory) -> None:
    assert model.units == WorldUnits("Z", 1.0)
    host.replace_stage(None)
    assert model.units == WorldUnits()


def test_renderers_that_are_not_installed_are_ruled_out_until_another_python_is_set(
    host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boxfit.render.registry.find_spec", lambda name: None)

    async def story(model: PanelModel) -> None:
        settings, hint = model.settings, "; or name another Python that has it, under DIB-R"
        assert settings.reason("renderer", "area") is None
        for name in ("dibr", "kaolin"):
            assert settings.reason("renderer", name) == f"{not_installed_reason(name)}{hint}"
        settings.enter("python", "/opt/python")
        assert settings.reason("renderer", "dibr") is settings.reason("renderer", "kaolin") is None
        settings.enter("python", "")
        assert settings.reason("renderer", "kaolin") == f"{not_installed_reason('kaolin')}{hint}"

    run(story, host)


async def test_alignments_and_extents_are_ruled_out_while_the_method_is_notebook(model: PanelModel) -> None:
    settings = model.settings
    assert settings.reason("align", "up") is settings.reason("extent", "certain") is None
    settings.change("method", "notebook")
    assert "any rotation" in (settings.reason("align", "up") or "") and settings.reason("align", "axes")
    assert settings.reason("extent", "certain") and settings.reason("extent", "proven")
    for name, choice in (("align", "auto"), ("align", "free"), ("extent", "likely")):
        assert settings.reason(name, choice) is None
    settings.change("method", "tight")
    assert settings.reason("align", "up") is settings.reason("extent", "certain") is None


async def test_box_in_the_3d_view_after_a_fit_of_the_certain_extent_is_the_certain_one(model: PanelModel) -> None:
    await fitted(model, **SHORT, extent="certain")
    result = model.fit.outcome.result
    certain = result.boxes["certain"]
    assert certain.volume > 1.1 * result.likely.volume
    (drawn,) = model.scene.content.boxes
    assert np.allclose(drawn.box.corners, certain.corners)
    model.fit.look_at_step(len(model.fit.history) - 1)
    assert np.allclose(model.view.box.corners, certain.corners)


@on_stage(two_objects)
async def test_default_prim_is_where_a_fit_writes(model: PanelModel) -> None:
    await ready(model)
    assert model.default_prim == "/World"
    model.source.tick(0, False)
    expected = model.default_prim
    await fitted(model, **SHORT)
    assert model.fit.prim == expected


@on_stage(two_objects)
async def test_target_is_the_first_ticked_then_what_was_fitted(model: PanelModel) -> None:
    await until(lambda: model.source.state == "ready" and len(model.view.names) == 8)
    assert model.labelled.label.id == 1
    model.source.tick(0, False)
    assert model.labelled.label.id == 2
    model.source.tick(1, False)
    assert model.labelled is None and model.view.names == ()
    model.source.tick(1, True)
    await fitted(model, **SHORT)
    model.source.tick(0, True)
    assert model.labelled.label.id == 2


async def test_outcome_keeps_its_world_when_the_user_says_another(model: PanelModel) -> None:
    assert np.array_equal(model.stage_from_outcome, np.eye(4))
    model.settings.enter("source_units", "1")
    await fitted(model, **SHORT)
    assert np.allclose(model.stage_from_outcome[:3, :3], 100 * np.eye(3))
    model.settings.enter("source_units", "")
    model.source.refresh()
    await ready(model)
    assert np.allclose(model.stage_from_source, np.eye(4))
    assert np.allclose(model.stage_from_outcome[:3, :3], 100 * np.eye(3))


def bright(model: PanelModel) -> list[str]:
    """Return the names of the boxes that are drawn as selected."""
    return [box.name for box in model.scene.content.boxes if box.selected]


def test_boxes_are_bright_that_the_user_has_selected_until_others_are(host: HostInMemory) -> None:
    write_box(host.stage, "/World/Car", BOX)
    write_box(host.stage, "/World/Bus", BOX)
    write_box(host.stage, "/World/Group/Bike", BOX)
    host.select(("/World/Bus",))

    async def story(model: PanelModel) -> None:
        assert bright(model) == ["/World/Bus"]
        await ready(model)
        model.settings.enter("max_steps", "50")
        assert bright(model) == ["/World/Bus"]
        await fitted(model, **SHORT)
        assert bright(model) == [model.fit.prim]
        host.select(("/World/Car",))
        model.settings.enter("max_steps", "60")
        assert bright(model) == ["/World/Car"]
        host.select(("/World/Car/Wheel", "/World/Ca", "/World/Other"))
        assert len(bright(model)) == 4
        host.select(("/World/Group",))
        assert bright(model) == ["/World/Group/Bike"]

    run(story, host)


@on_stage(two_objects)
async def test_box_of_the_object_that_is_looked_at_is_selected(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, **SHORT)
    model.fit.look_at(1)
    assert host.selection == (model.fit.prim,) and bright(model) == [model.fit.prim]


def test_destroy_ends_all_listening(host: HostInMemory) -> None:
    models = []

    async def story(model: PanelModel) -> None:
        models.append(model)
        await until(lambda: model.view.picture is not None)

    run(story, host)
    (model,) = models
    told_of = []
    model.scene.changed.subscribe(lambda: told_of.append("scene"))
    model.source.changed.subscribe(lambda: told_of.append("source"))
    host.replace_stage(None)
    assert told_of == [] and all(task.done() for task in host.tasks)


async def test_outcome_is_gone_with_its_box_and_comes_back_with_it(model: PanelModel, host: HostInMemory) -> None:
    await fitted(model, **SHORT)
    outcome = model.fit.outcome
    assert model.outcome is outcome and model.view.figures is not None
    host.undo()
    assert model.outcome is None and model.view.box is None and model.view.figures is None
    host.redo()
    assert model.outcome is outcome and model.view.box is outcome.result.box


async def test_box_of_a_stage_that_is_opened_again_is_in_the_views_with_its_figures(
    model: PanelModel, host: HostInMemory
) -> None:
    await fitted(model, **SHORT)
    box, verdict = model.fit.outcome.result.box, model.fit.outcome.result.verdict
    host.replace_stage(host.stage)
    await until(lambda: model.view.box is not None)
    assert model.fit.outcome is None and model.stored.name == "/World/box_1"
    np.testing.assert_allclose(model.view.box.centre, box.centre, atol=1e-6)
    figures = model.scene.figures(model.stored.name)
    stored = formatting.stored_verdict(figures)
    assert stored.grade == verdict.grade and f", {stored.text}" in verdict.text
    rows = {row.label: row.text for row in formatting.stored_rows(figures)}
    assert (rows["views"], rows["alignment"], rows["extent"]) == ("8", "along the axes", "likely")
    lengths = [edge.length for edge in formatting.box_edges(model.stored)]
    np.testing.assert_allclose(sorted(lengths), sorted(box.size), rtol=1e-6)
    # Moved by the user, it moves in the views too.
    moved = model.view.box
    UsdGeom.XformCommonAPI(host.stage.GetPrimAtPath("/World")).SetTranslate((5.0, 0.0, 0.0))
    host.move_boxes()
    np.testing.assert_allclose(model.view.box.centre - moved.centre, [5, 0, 0], atol=1e-6)


def test_figures_of_a_prim_that_others_have_written_are_shown_as_far_as_they_can_be_read() -> None:
    figures = {"verdict": "1 x 2 x 3 m, free: fair; z only known to be 1 to 2 m", "coverage": "much", "views": 3}
    assert formatting.stored_verdict(figures).grade == "fair"
    assert [row.label for row in formatting.stored_rows(figures)] == ["views"]
    assert formatting.stored_verdict({}).text == "" and formatting.stored_warnings({}) == ()


def test_warnings_of_a_prim_do_not_tell_the_ranges_that_its_verdict_tells() -> None:
    figures = {
        "verdict": "1 x 2 x 3 m, free: doubtful; z only known to be 11 to 24 cm: nothing sees it from below",
        "warnings": [
            "0.11 to 0.24 along z: nothing sees it from below",
            "0.5 to 0.6 along x: nothing sees it from below",
            "the masks are turned (mask_shows)",
        ],
    }
    assert formatting.stored_warnings(figures) == (
        "0.5 to 0.6 along x: nothing sees it from below",
        'the masks are turned ("Masks show")',
    )
