"""Fixtures for the tests of the panel's models; a test that is a coroutine runs with a model of its host."""

import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boxfit.session.object_fit
import pytest
from boxfit.session.results import Progress

from tests.hosts import HostInMemory, run
from tests.stages import box_stage


@pytest.fixture
def make_stage() -> Callable[[Path], Any]:
    """Return the maker of the stage that is open: one that names eight views of a box, unless a test says another."""
    return box_stage


@pytest.fixture
def host(make_stage: Callable[[Path], Any], tmp_path: Path) -> HostInMemory:
    """Return a host with an open stage."""
    return HostInMemory(make_stage(tmp_path))


@pytest.fixture
def model(host: HostInMemory) -> None:
    """Stand for the host's `PanelModel`, which needs a running loop: `pytest_pyfunc_call` makes it."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function with a model of its host, which is destroyed in the end."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    run(lambda model: pyfuncitem.obj(**{**given, "model": model}), pyfuncitem.funcargs["host"])
    return True


class Gate:
    """Gate that holds a fit at the first report of a stage, until it is opened.

    Attributes:
        events: Progress reports of the fit.
    """

    def __init__(self) -> None:
        self.events: list[Progress] = []
        self._stage: str | None = None
        self._reached, self._open = threading.Event(), threading.Event()

    def close(self, stage: str) -> None:
        """Hold the next fit just before it reports a stage."""
        self._stage = stage
        self._reached.clear()
        self._open.clear()

    @property
    def reached(self) -> bool:
        """True while the fit is held."""
        return self._reached.is_set()

    def open(self) -> None:
        """Let the fit continue."""
        self._open.set()

    def watch(self, steps: Any) -> Any:
        """Yield the steps of a fit, held while the gate is closed."""
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                return end.value
            self.events.append(progress)
            if progress.stage == self._stage:
                self._stage = None
                self._reached.set()
                assert self._open.wait(20), "the gate was never opened"
            yield progress


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Yield a gate for all fits; open at first."""
    gate, fit_object = Gate(), boxfit.session.object_fit.fit_object
    monkeypatch.setattr("boxfit.session.object_fit.fit_object", lambda *args: gate.watch(fit_object(*args)))
    yield gate
    gate.open()
