"""Steps that an animation and a loss curve show."""

import numpy as np
from boxfit.draw.animation import loss_series, moving_steps, steps_to_result
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import Choice
from boxfit.geometry.box import Box


def step(stage: str, size: float, loss: float = 1.0) -> FitStep:
    return FitStep(stage, 0, 1, Box(np.zeros(3), np.array([size, 1.0, 1.0])), loss)


SEARCH = [step("start", 3.0, 1.5), step("start", 3.0, 1.5), step("start", 2.0), step("start", 2.0)]
FIT = [step("tight", 2.0, 0.9), step("tight", 1.9, 0.5)]
RESULT = step("result", 2.0, 0.9)


def stages(steps: list[FitStep]) -> list[str]:
    return list(dict.fromkeys(step.stage for step in steps))


def test_steps_to_result_have_those_of_a_fit_only_if_its_box_was_chosen() -> None:
    history = [*SEARCH, *FIT, RESULT]
    assert stages(steps_to_result(history, Choice("start", 0.9, 0.5, "corners"))) == ["start", "result"]
    assert stages(steps_to_result(history, Choice("fit", 0.9, 0.5))) == ["start", "tight", "result"]
    assert stages(steps_to_result([step("notebook", 1.0)], None)) == ["notebook"]


def test_loss_series_end_at_the_last_step_of_the_stage_that_found_the_result() -> None:
    series = loss_series([*SEARCH, RESULT])
    assert [list(each.losses) for each in series] == [[1.5, 1.5, 1.0, 1.0]]
    assert [list(each.losses)[-1] for each in loss_series([*SEARCH, *FIT])] == [1.0, 0.5]


def test_loss_series_of_a_stage_of_a_caller_has_its_name() -> None:
    assert [each.stage for each in loss_series([step("by hand", 1.0)])] == ["by hand"]


def test_moving_steps_of_a_search_are_those_with_another_box_and_the_last() -> None:
    assert moving_steps(SEARCH, 48).tolist() == [0, 3]
    assert moving_steps([*SEARCH, step("result", 4.0)], 48).tolist() == [0, 2, 4]
    assert moving_steps(SEARCH[:1], 48).tolist() == [0]


def test_moving_steps_of_a_fit_are_evenly_far_apart_and_none_is_at_rest() -> None:
    sizes = [*np.linspace(4, 2, 41), *[2.0] * 100]
    shown = moving_steps([step("tight", size) for size in sizes], 11)
    assert shown.tolist() == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 140]


def test_moving_steps_do_not_take_another_name_of_the_corners_for_a_movement() -> None:
    turned = Box(np.zeros(3), np.array([1.0, 2.0, 1.0]), np.array([np.sqrt(0.5), 0, 0, np.sqrt(0.5)]))
    history = [step("start", 2.0), FitStep("start", 1, 1, turned, 1.0), step("start", 3.0)]
    assert moving_steps(history, 48).tolist() == [0, 2]
