"""Fixtures for the tests of the extensions: the real kernel, with stand-ins for the rest of Kit (see kernel.py)."""

from __future__ import annotations

import inspect
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.kit.kernel import Kernel
    from tests.kit.kit_fixture import Kit
    from tests.kit.kit_screen import KitScreen

collect_ignore = ["stand_ins"]


_crashes_at_exit = False
_status = pytest.ExitCode.INTERNAL_ERROR


@pytest.fixture(scope="session")
def kernel() -> Iterator[Kernel]:
    """Yield the kernel of this run."""
    global _crashes_at_exit
    from tests.kit.kernel import Kernel
    from tests.kit.launch import is_109

    kernel = Kernel()
    _crashes_at_exit = is_109()
    yield kernel
    assert kernel.close() == 0


def pytest_sessionfinish(exitstatus: int | pytest.ExitCode) -> None:
    """Store the run's exit status."""
    global _status
    _status = pytest.ExitCode(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Exit without Python's clean-up for Kit 109, whose module of events crashes there."""
    if _crashes_at_exit:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status)


@pytest.fixture
def kit(kernel: Kernel) -> Iterator[Kit]:
    """Yield Kit without boxfit's extensions, with all that they use except Replicator; check for leftovers."""
    from tests.kit.kit_fixture import Kit

    kernel.logged.clear()
    kit = Kit(kernel)
    yield kit
    kit.stop_all()
    left = kit.leftovers()
    kernel.reset()
    assert not left


@pytest.fixture
def kit_screen(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[KitScreen]:
    """Yield Kit with a screen; fail the test after an error, also one in a callback, which omni.ui only prints."""
    from tests.kit.kit_screen import KitScreen
    from tests.ui.conftest import COMPLAINTS

    monkeypatch.chdir(tmp_path)
    yield KitScreen(kit, tmp_path)
    printed = "".join(capfd.readouterr())
    print(printed)
    if COMPLAINTS.search(printed):
        pytest.fail(f"omni.ui complained:\n{printed}")
    assert not kit.errors and not kit.kept_alive


@pytest.fixture
def driver(kit_screen: KitScreen) -> Any:
    """Return the simulated user of the screen, a `Driver`."""
    from tests.ui.driver import Driver

    return Driver()


@pytest.fixture
def host(kit: Kit) -> Iterator[Any]:
    """Yield a `HostKit`; check that it ends without an error and leaves nothing behind."""
    kit.start("boxfit_kit.window")
    from boxfit_kit.window.host_kit import HostKit

    of_the_extensions = kit.leftovers()
    host = HostKit()
    yield host
    errors = list(kit.errors)
    host.destroy()
    kit.kernel.update()
    # Notifications stay readable without the panel, and are removed with the extension.
    assert [text for text in kit.leftovers() if not text.startswith("the message")] == of_the_extensions
    assert kit.errors == errors


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function in Kit's loop, and on the screen if it has one."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = pyfuncitem.funcargs
    arguments = {name: given[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    given.get("kit_screen", given["kit"]).run(lambda: pyfuncitem.obj(**arguments))
    return True


@pytest.fixture
def silent() -> Iterator[str]:
    """Yield the address of a server that accepts every connection and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"omniverse://127.0.0.1:{server.getsockname()[1]}/views"
