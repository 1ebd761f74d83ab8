"""Kit with a screen: the extensions' windows are drawn by the real omni.ui, and clicked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kit.conftest import Kit
from tests.ui.conftest import Screen, screen, toolkit

__all__ = ["KitScreen", "box_fit_window", "kit_screen", "omni_ui", "screen", "toolkit"]

WINDOW = "boxfit_kit.window"
TITLE = "Box Fit"
ENTRY = "Window/Kaolin/Box Fit"

Story = Callable[[Any], Awaitable[Any]]
"""What is given a `Driver`."""


@pytest.fixture
def omni_ui(toolkit: None) -> None:
    """Has omni.ui loaded before there are stand-ins: with Kit's modules beside it, it takes itself to be in Kit."""
    import omni.ui
    from omni.ui import scene, testing

    assert omni.ui and scene and testing


def box_fit_window() -> Any | None:
    """The window that is shown, or None: what omni.ui still lists may have been destroyed."""
    import omni.ui as ui

    windows = [window for window in ui.Workspace.get_windows() if isinstance(window, ui.Window)]
    return next((window for window in windows if window.title == TITLE and window.visible), None)


class KitScreen:
    """Kit with a screen.

    Attributes:
        kit: The program.
        folder: Folder of the test.
    """

    def __init__(self, kit: Kit, screen: Screen) -> None:
        self.kit, self._screen = kit, screen
        self.folder = screen.folder

    def run(self, story: Story, size: tuple[int, int] = (1000, 900)) -> None:
        """Open a screen, run a story to its end, close the screen; whatever is enabled by then is disabled first."""

        async def main(driver: Any) -> None:
            import omni.kit.app
            import omni.ui as ui

            omni.kit.app.draw_frame = ui.next_frame
            _rename_windows_of_before()
            try:
                await story(driver)
            finally:
                print(*self.kit.errors, sep="\n")
                self.kit.stop_all()
                await driver.settle()

        self._screen.run(main, size)

    async def open(self, file: Path) -> None:
        """Open a stage, as File > Open does."""
        ok, error = await self.kit.context.open_stage_async(str(file))
        assert ok, error

    @property
    def extension(self) -> Any:
        """The window's extension, which is enabled."""
        (extension,) = self.kit._started[WINDOW]
        return extension

    @property
    def model(self) -> Any:
        """The model behind the panel, once the window has been shown."""
        return self.extension._tool._model

    async def show_window(self, driver: Any) -> None:
        """Show the window by its menu entry, at the left of the screen."""
        self.click_menu()
        await driver.settle()
        window = box_fit_window()
        assert window is not None
        window.position_x = window.position_y = 0
        await driver.settle()

    def click_menu(self) -> None:
        """Click Window > Kaolin > Box Fit."""
        import omni.kit.menu.utils

        omni.kit.menu.utils.click(ENTRY)


@pytest.fixture
def kit_screen(screen: Screen, omni_ui: None, kit: Kit) -> KitScreen:
    """Kit with nothing enabled, and a screen."""
    return KitScreen(kit, screen)


def _rename_windows_of_before() -> None:
    """omni.ui lists windows of earlier screens, and shows them again for whoever asks for one of their title."""
    import omni.ui as ui

    for window in ui.Workspace.get_windows():
        if isinstance(window, ui.Window) and window.title == TITLE:
            window.title = f"{TITLE} of before"
