"""Tests of the texts and numbers of a fit."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.fitting.refine import Choice
from boxfit.geometry.box import Box
from boxfit.geometry.similarity import move_box
from boxfit.geometry.units import WorldUnits
from boxfit.session.fit_worker import Outcome
from boxfit.session.wording import number, range_text
from boxfit.ui.model.fit_pace import FitView
from boxfit.ui.model.formatting import (
    edge_figures,
    phase_text,
    progress_text,
    result_kind,
    result_rows,
    seconds_text,
    size_labels,
    unit_name,
)
from boxfit.ui.model.panel_model import PanelModel
from boxfit.views.dataset import Problem

from tests.hosts import HostInMemory, run
from tests.unit.ui.conftest import Gate
from tests.unit.ui.stories import SHORT, ended, fitted, held


@pytest.mark.parametrize(
    ("metres", "name"), [(0.01, "cm"), (1.0, "m"), (0.0254, "in"), (np.float32(0.001), "mm"), (0.5, "units of 0.5 m")]
)
def test_unit_name_of_a_stage(metres: float, name: str) -> None:
    assert unit_name(WorldUnits("Y", float(metres))) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "about a second left"), (1.6, "about 2 s left"), (99.0, "about 99 s left"), (150.0, "about 2 min left")],
)
def test_seconds_text_is_as_precise_as_it_can_be(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_progress_text_says_what_is_known() -> None:
    assert progress_text(FitView("clock", "start", 0, 0, 0.1, None)) == "clock: searching for the start box"
    view = FitView("clock", "notebook", 3, 360, 0.5, 14.2)
    assert progress_text(view) == "clock: the notebook's loop, step 3 of 360, about 14 s left"


@pytest.mark.parametrize("stage", ["torch", "masks", "start", "tight", "notebook", "result"])
def test_progress_text_has_words_for_every_stage(stage: str) -> None:
    assert progress_text(FitView("clock", stage, 0, 0, 0.0, None)).startswith("clock: ")


async def test_phase_text_follows_a_fit_that_is_cancelled_and_one_that_ends(model: PanelModel, gate: Gate) -> None:
    texts = []
    model.fit.changed.subscribe(lambda: texts.append(phase_text(model.fit)))
    assert phase_text(model.fit) == ""
    await held(model, gate, "tight")
    model.fit.cancel()
    await ended(model, gate)
    assert texts[0] == "box.usd/1: reading the masks" and texts[-2:] == [
        "Stopping after this step",
        "Cancelled: the stage is as it was",
    ]
    await fitted(model, **SHORT)
    assert texts[-1].startswith("The box was fitted in ")


@pytest.fixture
def outcome(host: HostInMemory) -> Outcome:
    outcomes = []

    async def story(model: PanelModel) -> None:
        await fitted(model, method="contact")
        outcomes.append(model.fit.outcome)

    run(story, host)
    return outcomes[0]


def test_edge_figures_are_in_stage_units_and_hold_the_length(outcome: Outcome) -> None:
    centimetres = edge_figures(outcome.result, np.eye(4))
    metres = edge_figures(outcome.result, np.diag([0.01, 0.01, 0.01, 1]))
    assert np.allclose([edge.length for edge in centimetres], outcome.result.box.size)
    for large, small in zip(centimetres, metres, strict=True):
        assert large.least <= large.length <= large.greatest
        assert np.allclose(
            [small.least, small.length, small.greatest], np.array([large.least, large.length, large.greatest]) / 100
        )
        if large.open:
            assert large.text == range_text(large.least, large.greatest) and "edge-on" in large.open
        else:
            assert large.text.split()[0] == number(large.length)
            assert [part[0] for part in large.text.split()[1:]] == ["-", "+"]
    assert [bool(edge.open) for edge in centimetres].count(True) == len(outcome.result.open_sides) == 1


def test_result_rows_tell_centre_and_rotation_in_the_stage_world(outcome: Outcome) -> None:
    turn = np.array([[1.0, 0, 0, 10], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    rows = {row.label.lower(): row for row in result_rows(outcome, turn, WorldUnits("Z", 0.01))}
    box: Box = move_box(outcome.result.box, turn)[0]
    centre = [float(value) for value in rows["centre"].text.removesuffix(" cm").split(", ")]
    assert np.allclose(centre, box.centre, atol=1e-2)
    x, y, z = np.radians([float(value) for value in rows["rotation"].text.removesuffix(" deg").split(", ")])
    about_x = np.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    about_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_z = np.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    assert np.allclose(about_z @ about_y @ about_x, box.rotation, atol=5e-3)


def test_result_rows_name_the_views_that_were_left_out(outcome: Outcome) -> None:
    left_out = tuple(Problem(f"view {index}", "it has no mask") for index in (8, 9, 10, 12))
    part = replace(outcome, result=replace(outcome.result, left_out=left_out))
    (row,) = (row for row in result_rows(part, np.eye(4), WorldUnits()) if row.label == "views")
    assert (row.text, row.help) == ("8 used, 4 left out", "Left out: 8-10, 12.")


def test_result_rows_tell_views_and_shares(outcome: Outcome) -> None:
    rows = {row.label.lower(): row.text for row in result_rows(outcome, np.eye(4), WorldUnits())}
    assert rows["views"] == "8 used, 0 left out"
    mean, least = (float(part.split()[-1]) for part in rows["mask covered"].split(", "))
    assert 0.9 < least <= mean <= 1
    assert all(row.help for row in result_rows(outcome, np.eye(4), WorldUnits()) if row.label.lower() in ("centre",))


@pytest.mark.parametrize(
    ("change", "text", "reason", "kind"),
    [
        ({}, "start box", "", "the result"),
        (
            {"choice": Choice("start", 9.0, None, "it is round"), "renderer": None, "python": None},
            "start box",
            "The start box, as it is round.",
            "the result",
        ),
        (
            {"choice": Choice("start", 0.5, 0.6, "the fit is no better")},
            "start box, as the fit was not taken",
            "The start box, as the fit is no better.",
            "the result, which is the start box",
        ),
        (
            {"choice": Choice("fit", 0.5, 0.25)},
            f"differentiable fit with kaolin in {Path('/opt/python')}",
            "",
            "the result",
        ),
        ({"method": "notebook"}, f"notebook with kaolin in {Path('/opt/python')}", "", "the result"),
    ],
)
def test_result_rows_tell_what_found_the_box_and_why(
    outcome: Outcome, change: dict, text: str, reason: str, kind: str
) -> None:
    where = {"method": "auto", "renderer": "kaolin", "python": Path("/opt/python")} if change else {}
    changed = replace(outcome, result=replace(outcome.result, **{**where, **change}))
    (row,) = (row for row in result_rows(changed, np.eye(4), WorldUnits()) if row.label == "method")
    assert (row.text, row.help, result_kind(changed)) == (text, reason, kind)


@pytest.mark.parametrize(
    ("change", "extent", "alignment"),
    [
        ({}, "likely; the certain box would be ", "free; upright would be 30 % larger: set Alignment to up"),
        (
            {"extent": "certain"},
            "certain; the likely box would be ",
            "free; upright would be 30 % larger: set Alignment to up",
        ),
        ({"method": "notebook"}, None, None),
    ],
)
def test_result_rows_tell_extent_and_alignment_with_the_names_of_the_settings(
    outcome: Outcome, change: dict, extent: str | None, alignment: str | None
) -> None:
    start = replace(outcome.result.start, align="free", volumes={"axes": 1.5, "up": 1.3, "free": 1.0})
    changed = replace(outcome, result=replace(outcome.result, start=start, **change))
    rows = {row.label: row.text for row in result_rows(changed, np.eye(4), WorldUnits())}
    assert rows.get("alignment") == alignment
    assert (rows.get("extent") or "").startswith(extent or "") and ("extent" in rows) == (extent is not None)
    assert result_kind(changed).endswith("certain box") == (change == {"extent": "certain"})


def test_labels_of_a_box_say_what_the_panel_says_of_its_edges(outcome: Outcome) -> None:
    result, units = replace(outcome.result, open_sides=()), WorldUnits("Y", 0.01)
    labels = size_labels(result.box, result.bounds, units)
    assert labels == tuple(f"{edge.text} cm" for edge in edge_figures(result, np.eye(4)))
    assert all(" -" in label and " +" in label for label in labels)


def test_labels_of_a_box_without_bounds_are_its_lengths() -> None:
    box = Box(np.zeros(3), np.array([2.0, 1.0, 0.5]))
    assert size_labels(box, None, WorldUnits("Y", 1.0)) == ("4.000 m", "2.000 m", "1.000 m")
