"""Progress on stderr: a bar on a terminal, otherwise a line for each stage."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from boxfit.cli.output import printable
from boxfit.session.progress_bar import ProgressBar
from boxfit.session.results import Progress as FitProgress
from boxfit.views.cancellation import report_reads

_SILENCE = 5.0
"""Time in [s] between two lines about the reading of views in a log."""


def progress_display(quiet: bool = False) -> Display:
    """Return the display for stderr, a context manager; it also shows the reading of views."""
    if quiet:
        return Display()
    return _Bar() if sys.stderr.isatty() else _Lines()


class Display:
    """Progress display, a context manager in which views are read, too; this base class shows nothing."""

    def __enter__(self) -> Display:
        report_reads(self.count)
        return self

    def __exit__(self, *_: object) -> None:
        report_reads(None)

    def count(self, done: int, total: int) -> None:
        """Show the numbers of views that have been read, and of all."""

    def show(self, progress: FitProgress) -> None:
        """Show a progress event."""


class _Lines(Display):
    """Display of a line at the end of each stage, for logs, and of one now and then while views are read."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def count(self, done: int, total: int) -> None:
        if time.monotonic() > self._told + _SILENCE:
            self._told = time.monotonic()
            _print(f"reading: {done} of {total} views")

    def show(self, progress: FitProgress) -> None:
        if progress.step == progress.total:
            steps = f" after {progress.total} steps" if progress.total > 1 else ""
            self._told = time.monotonic()
            _print(printable(f"{progress.name}: {progress.stage}{steps}"))


def _print(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


class _Bar(Display):
    """Display of a bar for the reading of views, and one for each object."""

    def __init__(self) -> None:
        self._bar = ProgressBar(stderr=True)

    def __enter__(self) -> _Bar:
        self._bar.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._bar.__exit__()

    def count(self, done: int, total: int) -> None:
        self._bar.show(FitProgress("views", "reading", done, total))

    def show(self, progress: FitProgress) -> None:
        self._bar.show(progress, printable(progress.name))
