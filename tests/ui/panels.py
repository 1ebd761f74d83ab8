"""Panel on its own screen, with a real model and stage, for the tests of its sections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from boxfit.ui.model.panel_model import PanelModel

from tests.hosts import HostInMemory
from tests.unit.ui.conftest import Gate


@asynccontextmanager
async def panel_of(host: HostInMemory, size: tuple[int, int]) -> AsyncIterator[PanelModel]:
    """Show the panel of a host, yield its model, and destroy both; the panel fills a screen of a size in [px]."""
    import omni.ui as ui
    from boxfit.ui.panel.panel import Panel

    model = PanelModel(host)
    flags = ui.WINDOW_FLAGS_NO_TITLE_BAR | ui.WINDOW_FLAGS_NO_SAVED_SETTINGS | ui.WINDOW_FLAGS_NO_SCROLLBAR
    window = ui.Window("Panel", width=size[0], height=size[1], position_x=0, position_y=0, flags=flags)
    window.padding_x = window.padding_y = 0
    with window.frame:
        panel = Panel(model)
    try:
        yield model
    finally:
        panel.destroy()
        model.destroy()


async def ready(driver: Any, model: PanelModel) -> None:
    """Wait until the dataset and its masks are read, and a picture is shown."""
    await driver.wait(lambda: model.source.state == "ready" and model.view.picture is not None, what="the dataset")


async def fitted(driver: Any, model: PanelModel) -> None:
    """Wait until a fit has ended, and its picture is shown."""
    await driver.wait(lambda: not model.fit.running, what="the fit's end")
    await driver.settle(10)


async def fit(driver: Any, model: PanelModel) -> None:
    """Click Fit as soon as the dataset is there, and wait for the end."""
    await ready(driver, model)
    await driver.click("fit")
    await fitted(driver, model)


async def held(driver: Any, model: PanelModel, gate: Gate) -> None:
    """Click Fit as soon as the dataset is there, and hold the fit before its first step."""
    await ready(driver, model)
    gate.close("tight")
    await driver.click("fit")
    await driver.wait(lambda: gate.reached)
