"""Work in threads, awaited frame by frame so that Kit and the desktop window keep drawing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from boxfit.views.cancellation import read_while, report_reads

T = TypeVar("T")

_jobs: WeakSet[Job[Any]] = WeakSet()


class Frames(Protocol):
    """Source of frames; every `Host` is one."""

    async def next_frame(self) -> None:
        """Wait until another frame has been drawn."""
        ...


class Job(Generic[T]):
    """Function that runs in a daemon thread of its own.

    Attributes:
        cancelled: Set to True when nobody awaits the result any more: the thread ends before the next file or view that
            it would read.
        read: Numbers of views that have been read, and of all; (0, 0) while unknown. Of several passes over the same
            views, the farthest counts.
    """

    def __init__(self, name: str, work: Callable[[], T]) -> None:
        """Start the thread.

        Args:
            name: Name of the thread.
            work: Function on plain values and arrays only.
        """
        self.cancelled = False
        self.read = (0, 0)
        self._work = work
        self._value: T
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"boxfit {name}", daemon=True)
        _jobs.add(self)
        self._thread.start()

    def _run(self) -> None:
        read_while(lambda: not self.cancelled)
        report_reads(self._count)
        try:
            self._value = self._work()
        except BaseException as error:  # `result` raises it again.
            self._error = error

    def _count(self, done: int, total: int) -> None:
        self.read = max(self.read, (done, total))

    @property
    def done(self) -> bool:
        """True if the function has returned or raised."""
        return not self._thread.is_alive()

    def result(self) -> T:
        """Return the function's result, or raise its exception; the job must be done."""
        assert self.done
        if self._error is not None:
            raise self._error
        return self._value

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, at most for the given time."""
        self._thread.join(seconds)


def join_jobs(seconds: float) -> bool:
    """Wait for the end of every running job, before the modules that they use are unloaded.

    Args:
        seconds: Longest time to wait.

    Returns:
        True if all have ended.
    """
    end = time.monotonic() + seconds
    for job in list(_jobs):
        job.join(max(0.0, end - time.monotonic()))
    return all(job.done for job in list(_jobs))


async def in_background(
    host: Frames, name: str, work: Callable[[], T], on_read: Callable[[int, int], object] | None = None
) -> T:
    """Run a function in a thread while the host keeps drawing.

    If the awaiting task is cancelled, the function ends before the next file or view that it would read, or else at its
    end, and its result is dropped.

    Args:
        host: Source of frames.
        name: Name of the thread.
        work: Function on plain values and arrays only.
        on_read: Called between the frames with the numbers of read and of all views, when they have changed.
    """
    job, shown = Job(name, work), (0, 0)
    try:
        while not job.done:
            await host.next_frame()
            if on_read is not None and job.read != shown:
                shown = job.read
                on_read(*shown)
    finally:
        job.cancelled = True
    return job.result()


async def import_alone(host: Frames, module: str, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Import a package on the main thread while no job runs; jobs start on the main thread, so none begins meanwhile.

    SciPy looks up PyTorch in `sys.modules` in every call, and fails if another thread is still importing it. A failing
    import is ignored here: it fails again where the package is used.

    Args:
        host: Source of frames.
        module: Name of the package.
        cancelled: Returns True if the package is no longer needed; nothing is imported then.
    """
    while not cancelled() and module not in sys.modules and any(not job.done for job in _jobs):
        await host.next_frame()
    if cancelled() or module in sys.modules:
        return
    with suppress(Exception):
        import_module(module)
