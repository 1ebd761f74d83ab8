"""Fixtures for the tests of the panel's models."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boxfit.session.object_fit
import pytest
from boxfit.session.results import Progress

from tests.hosts import HostInMemory
from tests.stages import box_stage


@pytest.fixture
def host(tmp_path: Path) -> HostInMemory:
    """Return a host whose stage names eight views of a box."""
    return HostInMemory(box_stage(tmp_path))


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
