"""Progress of threads that read files and views, and their end at the next one if it is no longer wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable

_thread = threading.local()


class UnwantedError(BaseException):
    """Error that ends a thread whose result nobody awaits; not an `Exception`, which readers turn into messages."""


def read_while(wanted: Callable[[], bool] | None) -> None:
    """Let this thread read files and views only as long as a function returns True; see `check_wanted`."""
    _thread.wanted = wanted


def report_reads(report: Callable[[int, int], object] | None) -> None:
    """Call a function with the numbers of read and of all views whenever this thread has read one."""
    _thread.report = report


def views_read(done: int, total: int) -> None:
    """Report the progress of reading in this thread; see `report_reads`."""
    report = getattr(_thread, "report", None)
    if report is not None:
        report(done, total)


def wanted_here() -> Callable[[], bool] | None:
    """Return the function of this thread, for the threads that it starts."""
    return getattr(_thread, "wanted", None)


def check_wanted() -> None:
    """Check that what this thread reads is still wanted.

    Raises:
        UnwantedError: If it is not; see `read_while`.
    """
    wanted = wanted_here()
    if wanted is not None and not wanted():
        raise UnwantedError
