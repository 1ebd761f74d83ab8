"""Choice between two boxes, each better at one of the two criteria."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.fitting import refine as module
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import Choice, refine
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, start_box

FAR, PIXELS = 1000.0, 10.0
"""Cameras so far away that perspective does not matter; pixels that a length of 1 fills."""


def face_on() -> list[Silhouette]:
    """The cube [-1, 1]^3 seen from its six sides: a square of 20 x 20 pixels in each."""
    silhouettes = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            backwards = sign * np.eye(3)[axis]
            upwards = np.eye(3)[(axis + 1) % 3]
            matrix = np.eye(4)
            matrix[:3, :3] = [np.cross(upwards, backwards), upwards, backwards]
            matrix[2, 3] = -FAR
            camera = Camera(matrix, (PIXELS * FAR, PIXELS * FAR), (20.0, 20.0), (40, 40))
            silhouettes.append(Silhouette(str(len(silhouettes)), camera, np.ones((20, 20), dtype=bool), (10, 10)))
    return silhouettes


@pytest.fixture(scope="module")
def start() -> StartBox:
    return start_box(face_on(), align="axes")


def reaching_to(x: float) -> Box:
    """The cube with its +X face at x. Four of the six views see that face edge-on, two do not see it."""
    return Box(np.array([(x - 1) / 2, 0.0, 0.0]), np.array([(x + 1) / 2, 1.0, 1.0]))


def choose(start: StartBox, begun: Box, ended: Box, monkeypatch: pytest.MonkeyPatch) -> Choice:
    """Choose between a start box and the box that a fit ends with."""
    monkeypatch.setattr(module, "fit_tight", lambda *_: iter([FitStep("tight", 0, 0, ended, 0.0)]))
    steps = refine(face_on(), replace(start, box=begun), FitSettings(renderer="area"))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value.choice


def test_refine_fit_that_cuts_the_object_to_shed_three_times_as_much_air_keeps_the_start_box(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = 0.03
    choice = choose(start, reaching_to(1 + 3 * cut), reaching_to(1 - cut), monkeypatch)
    assert choice.fit.outside == pytest.approx(cut / 3, rel=0.1)  # Half the cut in four of six views.
    assert choice.start.beyond == pytest.approx(3 * choice.fit.outside, rel=0.2)
    assert (choice.chosen, choice.refused) == ("start", None)


def test_refine_fit_that_cuts_the_object_to_shed_eight_times_as_much_air_is_chosen(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = 0.03
    choice = choose(start, reaching_to(1 + 8 * cut), reaching_to(1 - cut), monkeypatch)
    assert choice.start.beyond == pytest.approx(8 * choice.fit.outside, rel=0.2)
    assert choice.chosen == "fit"


@pytest.mark.parametrize(("cut", "refused"), [(0.045, False), (0.09, True)])
def test_refine_fit_that_cuts_off_more_than_a_fiftieth_is_refused_however_much_air_it_sheds(
    cut: float, refused: bool, start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide_bounds = replace(start, support=replace(start.support, margin=1.0))  # So that they are no reason to refuse.
    choice = choose(wide_bounds, reaching_to(1 + 10 * cut), reaching_to(1 - cut), monkeypatch)
    assert choice.fit.outside == pytest.approx(cut / 3, rel=0.1)
    assert choice.fit.total < choice.start.total
    assert (choice.refused is not None) is refused and choice.chosen == ("start" if refused else "fit")


def test_refine_fit_that_ends_where_it_began_keeps_the_start_box(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = choose(start, reaching_to(1.0), reaching_to(1.0), monkeypatch)
    assert choice.fit == choice.start
    assert (choice.chosen, choice.refused) == ("start", None)
