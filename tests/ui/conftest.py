"""Screen for the tests of the panel: the real omni.ui, headless, with paced frames.

A test that is a coroutine runs on a screen, with a `Driver` as `driver`; with the panel of `host` on it if it asks for
its `model`.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boxfit.ui.desktop.availability import unavailable_reason
from boxfit.ui.desktop.libcuda import ensure_libcuda

from tests.conftest import skip_or_fail
from tests.ui.panels import panel_of
from tests.unit.ui.conftest import gate, host, make_stage

__all__ = ["gate", "host", "make_stage"]

FRAMES_PER_SECOND = 120
"""Fast for the tests, and slow enough that clicks in a 3D view are noticed, which they are not at full speed."""

COMPLAINTS = re.compile(r"\[omni\.ui\] \[error\]|Traceback \(most recent call last\)|Unsupported py::sequence")
"""Messages of omni.ui after an error in a callback or an invalid argument, neither of which stops it."""


class Screen:
    """Runs stories, one after another, each on a new screen.

    Attributes:
        folder: Folder of the test, which is the current one too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, story: Callable[[Any], Any], size: tuple[int, int] = (1280, 800), limit_s: float = 240.0) -> Any:
        """Open a screen, run a story to its end, close the screen.

        Args:
            story: Coroutine function that gets a `Driver`.
            size: Width and height of the screen in [px].
            limit_s: Time limit in [s].

        Returns:
            Result of the story.
        """
        import omni.ui as ui
        from boxfit.ui.desktop.native import forget_window_places
        from omni.ui import standalone, testing

        from tests.ui.driver import Driver

        async def main() -> Any:
            asyncio.get_running_loop().set_exception_handler(_print_exception)
            ui.init("tests", *size, max_fps=FRAMES_PER_SECOND)
            forget_window_places()
            standalone.set_software_cursor(False)
            # The helpers would draw further frames at full speed.
            drawn, testing.next_frame = testing.next_frame, ui.next_frame
            pump = asyncio.create_task(ui.run_async())
            await ui.next_frame()
            try:
                return await asyncio.wait_for(story(Driver()), limit_s)
            finally:
                testing.next_frame = drawn
                for window in ui.Workspace.get_windows():
                    if isinstance(window, ui.Window):
                        window.destroy()
                await asyncio.wait_for(ui.next_frame(), 5)
                ui.shutdown()
                await pump
                gc.collect()

        return asyncio.run(main())


def _print_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Print the unhandled error of a task, which asyncio would only log, where pytest hides it."""
    print(context["message"], file=sys.stderr)
    if error := context.get("exception"):
        traceback.print_exception(error, file=sys.stderr)


@pytest.fixture(scope="session")
def toolkit() -> None:
    """Require the real omni.ui; skip the test if it cannot run."""
    if reason := unavailable_reason(display=False):
        skip_or_fail("ui", reason)
    ensure_libcuda()


@pytest.fixture
def screen(
    toolkit: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Screen]:
    """Yield a headless screen; fail the test after an error in a callback, which omni.ui only prints."""
    monkeypatch.setenv("OMNIUI_HEADLESS", "1")
    monkeypatch.setenv("OMNIUI_LAVAPIPE", "1")
    monkeypatch.setenv("BOXFIT_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    yield Screen(tmp_path)
    printed = "".join(capfd.readouterr())
    print(printed)
    if COMPLAINTS.search(printed):
        pytest.fail(f"omni.ui complained:\n{printed}")


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Return the width and height of the screen in [px]: those of a panel, or of a window."""
    return (400, 900) if "model" in request.fixturenames else (1280, 800)


@pytest.fixture
def driver(screen: Screen, size: tuple[int, int]) -> None:
    """Stand for the screen's `Driver`: `pytest_pyfunc_call` makes it."""


@pytest.fixture
def model(driver: None, host: Any) -> None:
    """Stand for the model of the host's panel: `pytest_pyfunc_call` makes it."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function on its screen."""
    test, given = pyfuncitem.obj, pyfuncitem.funcargs
    if not inspect.iscoroutinefunction(test):
        return None
    arguments = {name: given[name] for name in inspect.signature(test).parameters}

    async def story(driver: Any) -> None:
        if "model" not in arguments:
            return await test(**{**arguments, "driver": driver})
        async with panel_of(given["host"], given["size"]) as model:
            await test(**{**arguments, "driver": driver, "model": model})

    given["screen"].run(story, given["size"])
    return True
