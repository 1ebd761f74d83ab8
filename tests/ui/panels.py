"""Panel on its own screen, with a real model and stage, for the tests of its sections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from boxfit.ui.model.panel_model import PanelModel

from tests.hosts import HostInMemory
from tests.ui.conftest import Screen

Story = Callable[[Any, PanelModel], Awaitable[None]]
"""Coroutine function that gets a `Driver` and the panel's model."""


def tell(screen: Screen, host: HostInMemory, story: Story, size: tuple[int, int] = (400, 900)) -> None:
    """Show the panel of a host, run a story with it, and destroy both.

    Args:
        screen: Screen to show it on.
        host: Host of the panel.
        story: Called with the driver and the model.
        size: Size of the panel, which fills the screen, in [px].
    """

    async def main(driver: Any) -> None:
        import omni.ui as ui
        from boxfit.ui.panel.panel import Panel

        model = PanelModel(host)
        flags = ui.WINDOW_FLAGS_NO_TITLE_BAR | ui.WINDOW_FLAGS_NO_SAVED_SETTINGS | ui.WINDOW_FLAGS_NO_SCROLLBAR
        window = ui.Window("Panel", width=size[0], height=size[1], position_x=0, position_y=0, flags=flags)
        window.padding_x = window.padding_y = 0
        with window.frame:
            panel = Panel(model)
        try:
            await story(driver, model)
        finally:
            panel.destroy()
            model.destroy()

    screen.run(main, size)


async def ready(driver: Any, model: PanelModel) -> None:
    """Wait until the dataset and its masks are read, and a picture is shown."""
    await driver.wait(lambda: model.source.state == "ready" and model.view.picture is not None, what="the dataset")


async def fitted(driver: Any, model: PanelModel) -> None:
    """Wait until a fit has ended, and its picture is shown."""
    await driver.wait(lambda: not model.fit.running, what="the fit's end")
    await driver.settle(10)
