"""Work off the main thread, waited for frame by frame: Kit and the desktop window both draw on meanwhile."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_jobs: WeakSet[Job[Any]] = WeakSet()


class Frames(Protocol):
    """Who draws; every `Host` does."""

    async def next_frame(self) -> None:
        """Wait until another frame has been drawn."""
        ...


class Job(Generic[T]):
    """A function that runs in a thread of its own; the process does not wait for it to exit."""

    def __init__(self, name: str, work: Callable[[], T]) -> None:
        """Start it.

        Args:
            name: Of the thread.
            work: What to do, on plain values and arrays alone.
        """
        self._work = work
        self._value: T
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"boxfit {name}", daemon=True)
        _jobs.add(self)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:  # Whoever waits for the result raises it again.
            self._error = error

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return not self._thread.is_alive()

    def result(self) -> T:
        """What it gave, once it is done; what it raised is raised here."""
        assert self.done
        if self._error is not None:
            raise self._error
        return self._value

    def join(self, seconds: float) -> None:
        """Wait for its end, but no longer than this."""
        self._thread.join(seconds)


def join_jobs(seconds: float) -> bool:
    """Wait for the end of every job that runs, before the modules that they use are taken away.

    Args:
        seconds: How long to wait at most.

    Returns:
        Whether all have ended.
    """
    end = time.monotonic() + seconds
    for job in list(_jobs):
        job.join(max(0.0, end - time.monotonic()))
    return all(job.done for job in list(_jobs))


async def in_background(host: Frames, name: str, work: Callable[[], T]) -> T:
    """Run a function in a thread, while the host goes on drawing.

    Whoever waits may be cancelled; the function then runs on to its end, and what it gave is dropped.

    Args:
        host: Whose frames to wait for.
        name: Of the thread.
        work: What to do, on plain values and arrays alone.
    """
    job = Job(name, work)
    while not job.done:
        await host.next_frame()
    return job.result()


async def import_alone(host: Frames, module: str, given_up: Callable[[], bool] = lambda: False) -> None:
    """Import a package on the main thread while no job runs; jobs are started on the main thread, so none begins.

    SciPy looks for PyTorch in `sys.modules` whenever it is called, and fails on one that another thread is still
    importing. A package that cannot be imported is left to whoever needs it.

    Args:
        host: Whose frames to wait for.
        module: Name of the package.
        given_up: Whether it is not needed any more: nothing is imported then.
    """
    while not given_up() and module not in sys.modules and any(not job.done for job in _jobs):
        await host.next_frame()
    if given_up() or module in sys.modules:
        return
    with suppress(Exception):
        import_module(module)
