"""Axes, ticks and lines of the loss curve."""

import numpy as np
import pytest
from boxfit.draw.canvas import SERIES
from boxfit.draw.curve import LossSeries, linear_axis, log_axis, loss_curve
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_linear_axis_holds_the_values_with_a_few_even_ticks(low: float, span: float) -> None:
    axis = linear_axis(low, low + span)
    tolerance = 1e-6 * max(abs(low), span)
    assert axis.low <= low + tolerance and axis.high >= low + span - tolerance
    assert 2 <= len(axis.ticks) <= 8
    assert np.allclose(np.diff(axis.ticks), axis.ticks[1] - axis.ticks[0], rtol=1e-3, atol=1e-9)


@given(st.floats(-300, 300).map(lambda power: 10 ** (power / 50)), st.floats(1.1, 1e6))
def test_log_axis_holds_the_values_with_a_few_ticks(low: float, ratio: float) -> None:
    axis = log_axis(low, low * ratio)
    assert axis.low <= low * (1 + 1e-6) and axis.high >= low * ratio * (1 - 1e-6)
    assert 1 <= len(axis.ticks) <= 8
    assert axis.place(np.array([axis.low, axis.high])) == pytest.approx([0, 1])


def test_linear_axis_of_one_value_is_not_empty() -> None:
    axis = linear_axis(0.5, 0.5)
    assert axis.low < axis.high


def rows_of(picture, colour) -> np.ndarray:
    """Return the mean row of a colour in each column that has it."""
    pixels = np.abs(np.asarray(picture, dtype=int) - colour).sum(axis=-1) < 60
    columns = np.flatnonzero(pixels.any(axis=0))
    return np.array([np.flatnonzero(pixels[:, column]).mean() for column in columns])


def test_loss_curve_falling_losses_run_down() -> None:
    rows = rows_of(loss_curve([LossSeries("tight", np.linspace(1, 0.5, 40))]), SERIES[0])
    assert len(rows) > 500
    assert (np.diff(rows) > -2).all() and rows[-1] > rows[0] + 100


def test_loss_curve_of_two_stages_has_two_colours() -> None:
    picture = loss_curve([LossSeries("a", [4.0, 3, 2]), LossSeries("b", [2.0, 1, 0.5])])
    assert len(rows_of(picture, SERIES[0])) > 100 and len(rows_of(picture, SERIES[1])) > 100


@pytest.mark.parametrize("losses", [[0.3], [0.3, 0.3], [-1.0, -2.0], [1e-9, 1e3], [0.0, 1.0]])
def test_loss_curve_odd_values_are_drawn(losses: list[float]) -> None:
    assert len(rows_of(loss_curve([LossSeries("tight", losses)]), SERIES[0])) > 0
