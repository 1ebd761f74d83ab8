"""Kit with a screen: the extensions' windows are drawn by the real omni.ui inside the real Kit, and clicked."""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.kit.kit_fixture import Kit

WINDOW = "boxfit_kit.window"
TITLE = "Box Fit"
ENTRY = "Window/Kaolin/Box Fit"


def box_fit_window() -> Any | None:
    """Return the shown window, or None: omni.ui may still list destroyed windows."""
    import omni.ui as ui

    windows = [window for window in ui.Workspace.get_windows() if isinstance(window, ui.Window)]
    return next((window for window in windows if window.title == TITLE and window.visible), None)


class KitScreen:
    """Kit with a screen.

    Attributes:
        kit: The program.
        folder: Folder of the test, which is the current one too.
    """

    def __init__(self, kit: Kit, folder: Path) -> None:
        self.kit, self.folder = kit, folder

    def run(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a story to its end; then disable all extensions and close all windows."""

        async def main() -> None:
            import omni.ui as ui

            from tests.ui.driver import Driver

            _rename_windows_of_before()
            try:
                await story()
            finally:
                # A story that waits in vain because of an error should show that error.
                print(*self.kit.errors, sep="\n")
                self.kit.stop_all()
                for window in ui.Workspace.get_windows():
                    if isinstance(window, ui.Window):
                        window.destroy()
                await Driver().settle()
                gc.collect()

        self.kit.run(main, drawn=True)

    async def open(self, file: Path) -> None:
        """Open a stage like File > Open."""
        ok, error = await self.kit.context.open_stage_async(str(file))
        assert ok, error

    @property
    def extension(self) -> Any:
        """The enabled window extension, of which no reference may be kept."""
        from tests.kit.kit_internals import instances_of

        (extension,) = instances_of(WINDOW)
        return extension

    @property
    def model(self) -> Any:
        """The model behind the panel, once the window has been shown."""
        return self.extension._tool._model

    async def show_window(self, driver: Any) -> None:
        """Show the window by its menu entry, at the left of the screen."""
        await self.click_menu()
        await driver.settle()
        window = box_fit_window()
        assert window is not None
        window.position_x = window.position_y = 0
        await driver.settle()

    async def click_menu(self) -> None:
        """Click Window > Kaolin > Box Fit; Kit executes its action an update later."""
        import omni.kit.app
        import omni.kit.menu.utils

        omni.kit.menu.utils.click(ENTRY)
        for _ in range(3):
            await omni.kit.app.get_app().next_update_async()


def _rename_windows_of_before() -> None:
    """Rename windows of earlier tests, which omni.ui would show again for the same title."""
    import omni.ui as ui

    for window in ui.Workspace.get_windows():
        if isinstance(window, ui.Window) and window.title == TITLE:
            window.title = f"{TITLE} of before"
