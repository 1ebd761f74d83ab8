"""Functions for the scripts of tests/kit/test_app.py, which run inside a Kit in a separate process."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import carb.settings
import omni.kit.app
import omni.usd
from omni.kit.async_engine import run_coroutine

FOLDER = Path(os.environ["BOXFIT_TESTS_FOLDER"])

FAILED = 86
"""Exit code of a story that raised."""

_stories: list[Any] = []


def begin(story: Callable[[], Coroutine[Any, Any, int | None]]) -> None:
    """Run a story in Kit's loop, then quit with its result; None leaves quitting to the story."""

    async def main() -> None:
        try:
            code = await story()
        except BaseException:
            traceback.print_exc()
            code = FAILED
        if code is not None:
            quit_kit(code)

    _stories.append(run_coroutine(main()))


def quit_kit(code: int = 0) -> None:
    """Quit like File > Exit, without saving."""
    omni.kit.app.get_app().post_quit(code)


async def updates(count: int) -> None:
    """Wait for updates."""
    for _ in range(count):
        await omni.kit.app.get_app().next_update_async()


async def open_sample(name: str = "sample") -> Path:
    """Make the sample, and open its stage."""
    from boxfit.sample import make_sample

    file = make_sample(FOLDER / name, views=12, resolution=(128, 128))
    ok, error = await omni.usd.get_context().open_stage_async(str(file))
    assert ok, error
    return file


def panel_model() -> Any:
    """Return the model behind the shown panel."""
    from tests.kit.kit_internals import instances_of

    (extension,) = instances_of("boxfit_kit.window")
    assert extension._tool is not None, "the panel is not shown: the log says why"
    return extension._tool._model


def box_fit_window() -> Any:
    """Return the window, at the top left of the screen."""
    import omni.ui as ui

    windows = [window for window in ui.Workspace.get_windows() if isinstance(window, ui.Window)]
    (window,) = [window for window in windows if window.title == "Box Fit" and window.visible]
    window.position_x = window.position_y = 0
    return window


async def ready() -> Any:
    """Wait until the panel shows a view of the open stage, after which it does not move; return a driver."""
    from tests.ui.driver import Driver

    driver = Driver()
    await driver.settle()
    box_fit_window()
    await driver.wait(lambda: panel_model().source.state == "ready", what="the dataset")
    await driver.wait(lambda: panel_model().view.picture is not None, what="the picture of a view")
    await driver.settle()
    return driver


def setting(path: str) -> Any:
    """Return a setting's value."""
    return carb.settings.get_settings().get(path)
