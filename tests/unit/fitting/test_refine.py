"""Results of each method."""

import numpy as np
import pytest
from boxfit.fitting import refine as module
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import Refined, refine
from boxfit.fitting.selection import HoldoutScorer, Score
from boxfit.geometry.box import Box
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, start_box

from tests.scenes import box_silhouettes, orbit_cameras

SILHOUETTES = box_silhouettes()


@pytest.fixture(scope="module")
def start() -> StartBox:
    return start_box(SILHOUETTES)


def run(start: StartBox, settings: FitSettings, silhouettes=SILHOUETTES) -> tuple[list[FitStep], Refined]:
    steps, history = refine(silhouettes, start, settings), []
    while True:
        try:
            history.append(next(steps))
        except StopIteration as end:
            return history, end.value


def test_refine_contact_keeps_the_start_box(start: StartBox) -> None:
    history, refined = run(start, FitSettings(method="contact"))
    assert refined.box is start.box and refined.renderer is None
    assert {step.stage for step in history} == {"start"} and [step.box for step in history] == list(start.history)


def test_refine_tight_takes_the_box_with_the_better_score(start: StartBox) -> None:
    history, refined = run(start, FitSettings(max_steps=5))
    choice = refined.choice
    assert choice is not None and refined.renderer == "area"
    better = "fit" if choice.fit.total < choice.start.total else "start"
    assert choice.chosen == better and choice.refused is None
    end = ["result"] if better == "start" else []
    assert [step.stage for step in history] == ["start"] * len(start.history) + ["tight"] * 6 + end


@pytest.mark.parametrize("preferred", ["start", "fit"])
def test_refine_tight_goes_by_the_score(preferred: str, start: StartBox, monkeypatch: pytest.MonkeyPatch) -> None:
    prefer(preferred, monkeypatch)
    history, refined = run(start, FitSettings(max_steps=2))
    assert refined.choice is not None and refined.choice.chosen == preferred
    assert refined.box is history[-1].box
    assert (refined.box is start.box) is (preferred == "start")


def test_refine_tight_that_ends_with_the_start_box_ends_its_history_with_that_box_and_its_loss(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("start", monkeypatch)
    history, refined = run(start, FitSettings(max_steps=2))
    search, begun, result = (
        next(step for step in history if step.stage == stage) for stage in ("start", "tight", "result")
    )
    assert result is history[-1] and result.box is refined.box
    assert result.loss == begun.loss
    # The last box of the search is the first of the fit, with the same loss: the curve has no step.
    end = [step for step in history if step.stage == search.stage][-1]
    assert end.loss == pytest.approx(begun.loss, rel=1e-9)


@pytest.mark.parametrize("scale", [0.8, 1.2])
def test_refine_tight_never_takes_a_fit_outside_its_bounds(
    scale: float, start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("fit", monkeypatch)
    diverged = Box(start.box.centre, start.box.half_extents * [1, scale, 1], start.box.quaternion)
    monkeypatch.setattr(module, "fit_tight", lambda *_: iter([FitStep("tight", 0, 0, diverged, 0.0)]))
    _, refined = run(start, FitSettings())
    assert refined.choice is not None and refined.choice.chosen == "start"
    assert refined.choice.refused == "left its bounds"
    assert refined.box is start.box


def test_refine_tight_refuses_a_fit_that_uncovers_masks(start: StartBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HoldoutScorer", lambda *_: lambda *_: [Score(0.8, 3.0), Score(1.0, 0.0)])
    _, refined = run(start, FitSettings(max_steps=1))
    assert refined.choice is not None and refined.choice.refused == "uncovered masks"
    assert refined.box is start.box


def test_refine_tight_of_a_rod_thinner_than_a_pixel_gives_a_box_that_covers_as_much_as_the_start() -> None:
    rod = Box(np.zeros(3), np.array([1.0, 0.001, 0.001]))
    silhouettes = box_silhouettes(rod, orbit_cameras(rod, 24))
    start = start_box(silhouettes)
    _, refined = run(start, FitSettings(), silhouettes)
    assert refined.box.half_extents.min() >= 0.12 * start.support.pixel
    begun, ended = HoldoutScorer(silhouettes, start.support.hull.T)(start.box, refined.box)
    assert ended.outside <= begun.outside


def prefer(preferred: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the scorer by one that gives either the start box or the fitted box the better score."""

    class OneSided:
        def __init__(self, *_: object) -> None: ...

        def __call__(self, *_: object) -> list[Score]:
            return [Score(0.0, float(box != preferred)) for box in ("start", "fit")]

    monkeypatch.setattr(module, "HoldoutScorer", OneSided)


def test_refine_tight_fits_without_the_hold_out_views(start: StartBox, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def make(name, silhouettes, *rest):
        seen.extend(silhouette.view for silhouette in silhouettes)
        return original(name, silhouettes, *rest)

    original = module.make_renderer
    monkeypatch.setattr(module, "make_renderer", make)
    _, refined = run(start, FitSettings(max_steps=1))
    held_out = {SILHOUETTES[index].view for index in refined.choice.held_out}
    assert held_out and not held_out & set(seen)
    assert held_out | set(seen) == {silhouette.view for silhouette in SILHOUETTES}


def test_refine_notebook_ends_with_its_last_step(start: StartBox) -> None:
    settings = FitSettings(method="notebook", notebook_start="contact", epochs=1)
    history, refined = run(start, settings)
    assert np.array_equal(history[0].box.centre, start.box.centre)
    assert refined.box is history[-1].box and refined.choice is None
