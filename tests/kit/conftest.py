"""Fixtures for the tests of the extensions: the real kernel, with stand-ins for the rest of Kit (see kernel.py)."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.kit.kernel import Kernel
    from tests.kit.kit_fixture import Kit

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
def silent() -> Iterator[str]:
    """Yield the address of a server that accepts every connection and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"omniverse://127.0.0.1:{server.getsockname()[1]}/views"
