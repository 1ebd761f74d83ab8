"""What the tests of the panel's models share."""

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
    """A host whose stage names eight views of a box."""
    return HostInMemory(box_stage(tmp_path))


class Gate:
    """Holds a fit where it tells of a stage for the first time, until it is opened.

    Attributes:
        told: Events that the fit came to tell, whether anyone listened or not.
    """

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self._stage: str | None = None
        self._reached, self._open = threading.Event(), threading.Event()

    def close(self, stage: str) -> None:
        """Hold the next fit just before it tells of a stage."""
        self._stage = stage
        self._reached.clear()
        self._open.clear()

    @property
    def reached(self) -> bool:
        """Whether the fit is held."""
        return self._reached.is_set()

    def open(self) -> None:
        """Let the fit go on."""
        self._open.set()

    def watch(self, steps: Any) -> Any:
        """The steps of a fit, held where the gate is closed."""
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                return end.value
            self.told.append(progress)
            if progress.stage == self._stage:
                self._stage = None
                self._reached.set()
                assert self._open.wait(20), "the gate was never opened"
            yield progress


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A gate that every fit goes through; open at first."""
    gate, fit_object = Gate(), boxfit.session.object_fit.fit_object
    monkeypatch.setattr("boxfit.session.object_fit.fit_object", lambda *args: gate.watch(fit_object(*args)))
    yield gate
    gate.open()
