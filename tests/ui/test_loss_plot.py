"""Tests of the loss plot during a fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.draw.canvas import BOX as ORANGE
from PIL import Image


def open_plot() -> Any:
    import omni.ui as ui
    from boxfit.ui.panel.loss_plot import LossPlot

    window = ui.Window("plot", width=320, height=200, position_x=10, position_y=10)
    with window.frame, ui.VStack(height=0):
        return LossPlot()


async def heights(driver: Any, folder: Path) -> np.ndarray:
    """Return the height of the line in each column of the plot that it crosses, 0 at the bottom, 1 at the top."""
    plot = await driver.find("loss_plot")
    left, top = round(plot.screen_position_x), round(plot.screen_position_y)
    area = (left, top, left + round(plot.computed_width), top + round(plot.computed_height))
    shot = np.asarray(Image.open(await driver.picture(folder / "screen.png")).convert("RGB").crop(area), dtype=int)
    line = np.abs(shot - ORANGE).sum(axis=-1) < 120
    columns = np.flatnonzero(line.any(axis=0))
    rows = np.array([np.flatnonzero(line[:, column]).mean() for column in columns])
    return 1 - rows / len(line)


@pytest.mark.parametrize(
    ("losses", "kind", "middle"),
    [
        (np.geomspace(1000, 0.1, 50), "loss, logarithmic", 0.5),
        (np.linspace(4, 2, 50), "loss", 0.5),
        (10 * np.arange(49, -1, -1.0) ** 2, "loss", 0.3),
    ],
    ids=["wide range", "narrow range", "down to 0"],
)
async def test_show_losses_draws_them_falling_on_the_axis_that_suits_them(
    driver: Any, screen: Any, losses: np.ndarray, kind: str, middle: float
) -> None:
    plot = open_plot()
    plot.show(losses.tolist())
    line = await heights(driver, screen.folder)
    assert len(line) > 150 and line[0] > 0.85 and line[-1] < 0.15
    assert (np.diff(line) < 0.02).all()
    assert line[len(line) // 2] == pytest.approx(middle, abs=0.08)
    assert driver.text_of("loss_plot.kind") == kind
    assert float(driver.text_of("loss_plot.first")) == pytest.approx(losses[0], rel=0.01)
    assert float(driver.text_of("loss_plot.last")) == pytest.approx(losses[-1], rel=0.01)


async def test_show_more_losses_draws_again_and_none_empties_the_plot(driver: Any, screen: Any) -> None:
    plot = open_plot()
    plot.show([3.0])
    assert np.ptp(await heights(driver, screen.folder)) == 0
    plot.show([3.0, 2.0, 1.0])
    assert np.ptp(await heights(driver, screen.folder)) > 0.7
    plot.show([])
    await driver.settle()
    assert driver.text_of("loss_plot.first") == driver.text_of("loss_plot.last") == ""


def test_show_thousands_of_losses_keeps_the_first_and_the_last(toolkit: None) -> None:
    from boxfit.ui.panel.loss_plot import thinned

    shown = thinned([float(index) for index in range(5001)])
    assert len(shown) <= 400 and shown[0] == 0 and shown[-1] == 5000
    assert max(np.diff(shown)) <= 18
