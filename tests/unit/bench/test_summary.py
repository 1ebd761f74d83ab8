import dataclasses
import io

import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from rich.console import Console

from bench.metrics import Outcome, Row, measure
from bench.scenes import CONDITIONS, Scene
from bench.shapes import SHAPES, make_shape
from bench.summary import changes, tables
from bench.targets import TARGETS, Target
from tests.scenes import BOX, BOX_FACES

SCENE = Scene("cube", "boxy", 0, "clean", (), BOX.corners, BOX_FACES)
HALF = np.repeat(BOX.half_extents[:, None], 2, axis=1)


def row(shape="cube", tilt=0, condition="clean", method="auto", **figures):
    figures = {"volume": 1.0, "protrusion": 1.0, "iou": 1.0, "seconds": 0.1} | figures
    return Row(shape, "boxy", tilt, condition, method, **figures)


def printed(table):
    console = Console(width=250, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def line_of(text, name, method):
    """Return the first line of a table about a group and a method, without spaces at its end."""
    return next(line for line in text.splitlines() if line.split()[:2] == [name, method]).rstrip()


def test_measure_of_the_true_box_is_perfect():
    outcome = Outcome(BOX.world_from_unit, BOX, FaceBounds(0.99 * HALF, 1.01 * HALF), 0, "fit")
    measured = measure(SCENE, "auto", BOX, outcome, 0.5)
    assert (measured.volume, measured.protrusion, measured.iou) == (1.0, 1.0, 1.0)
    assert (measured.faces_held, measured.stage, measured.seconds) == (6, "fit", 0.5)
    assert (measured.bounds_width, measured.certain_holds) == (0.01, True)


def test_measure_of_a_box_that_is_too_small_on_one_axis_says_so():
    small = Box(BOX.centre, BOX.half_extents * (1, 0.8, 1), BOX.quaternion)
    outcome = Outcome(small.world_from_unit, small, FaceBounds(0.7 * HALF, 0.9 * HALF))
    measured = measure(SCENE, "auto", BOX, outcome, 0.5)
    assert (measured.volume, measured.protrusion, measured.iou) == (0.8, 1.25, 0.8)
    assert measured.faces_held == 0 and not measured.certain_holds


def test_measure_of_outer_bounds_around_the_mesh_is_certain_even_if_the_inner_ones_are_wrong():
    large = Box(BOX.centre, 3 * BOX.half_extents, BOX.quaternion)
    outcome = Outcome(large.world_from_unit, large, FaceBounds(2.7 * HALF, 3 * HALF))
    measured = measure(SCENE, "auto", BOX, outcome, 0.5)
    assert measured.faces_held == 0 and measured.certain_holds
    assert measured.bounds_width == 0.05


def test_measure_of_a_sheared_box_takes_it_as_it_is():
    shear = np.eye(4)
    shear[0, 1] = 0.5
    measured = measure(SCENE, "reference", BOX, Outcome(shear @ BOX.world_from_unit), 0.5)
    assert measured.volume == 1.0
    assert measured.protrusion > 1.05 and measured.iou < 0.95
    assert measured.faces_held is None


def test_tables_give_the_volume_against_the_clean_run_of_the_same_mesh_and_method():
    rows = [
        row(volume=1.1),
        row(volume=2.0, method="contact"),
        row(volume=1.1 * 1.04, condition="occluded"),
        row(volume=1.1 * 1.08, tilt=1, condition="occluded"),
        row(volume=1.1, tilt=1),
    ]
    text = printed(tables(rows)[-1])
    line = line_of(text, "occluded", "auto")
    assert "0.060 (0.080)" in line and "50%" in line


def test_tables_count_runs_without_a_box_and_undetermined_ones_in_the_same_line():
    refused = Row("cube", "boxy", 2, "clean", "auto", error="no views")
    text = printed(tables([row(undetermined=2, faces_held=3), row(tilt=1, faces_held=6), refused])[0])
    line = line_of(text, "boxy", "auto").split()
    assert line[2:4] == ["3", "1"] and line.count("1") == 2 and "75.0%" in line


def test_tables_name_the_targets_that_a_condition_misses():
    held = {"faces_held": 6, "bounds_width": 0.02, "certain_holds": True}
    rows = [
        row(tilt=0, condition="views4", volume=1.05, protrusion=1.14, **held),
        row(tilt=1, condition="views4", volume=0.85, protrusion=1.16, **(held | {"certain_holds": False})),
        row(condition="noisy", volume=0.99, protrusion=1.02, **held),
    ]
    text = printed(tables(rows)[-1])
    few = line_of(text, "views4", "auto")
    assert "1 of 2" in few and "0.060 (0.200) 1.150" in few and few.endswith("median, protrusion, certain")
    fine = line_of(text, "noisy", "auto")
    assert fine.split()[-6:] == ["1", "of", "1", "0.015", "(0.035)", "1.030"]
    assert "0.020" in fine


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({}, []),
        ({"volume": 0.88}, ["median", "worst"]),
        ({"protrusion": 1.2}, ["protrusion"]),
        ({"faces_held": 5}, ["held"]),
        ({"certain_holds": False}, ["certain"]),
        ({"error": "refused", "volume": None, "protrusion": None, "faces_held": None}, ["no box"]),
    ],
)
def test_target_misses_what_the_runs_do_not_keep(figures, missed):
    kept = row(faces_held=6, certain_holds=True)
    target = Target(0.05, 0.1, 1.08, certain=True)
    assert target.missed([kept, kept]) == []
    assert target.missed([dataclasses.replace(kept, **figures)]) == missed


def test_targets_are_of_conditions_that_exist():
    kinds = {make_shape(name).kind for name in SHAPES}
    assert set(TARGETS) <= {"all", *kinds, *CONDITIONS}


@pytest.mark.parametrize(
    "change", [{"volume": 1.01}, {"faces_held": 5}, {"undetermined": 1}, {"error": "refused", "volume": None}]
)
def test_changes_show_what_is_not_as_in_the_baseline(change):
    before = row(faces_held=6)
    now = dataclasses.replace(before, **change)
    text = printed(changes([now, row(tilt=1)], {(r.scene, r.method): r for r in (before, row(tilt=1))}))
    assert "1 of 2" in text
    name, value = next(iter(change.items()))
    assert "1.0 > no box" in text if name == "error" else f"{getattr(before, name)} > {value}" in text


def test_changes_of_the_same_figures_at_another_speed_and_of_new_runs_are_none():
    assert changes([row(seconds=9.0), row(tilt=1)], {("cube-0-clean", "auto"): row(volume=1.001)}) is None
