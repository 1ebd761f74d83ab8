"""Progress on stderr: a bar on a terminal, otherwise a line for each object."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from boxfit.cli.output import printable
from boxfit.session.progress_bar import ProgressBar
from boxfit.session.results import Progress as FitProgress
from boxfit.views.cancellation import report_reads

_SILENCE = 5.0
"""Time in [s] after which a log gets another line about views that are read, or an object that is fitted."""


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
    """Display of a line for each object, for logs, and of one now and then while views are read or a fit takes long."""

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._name: str | None = None

    def count(self, done: int, total: int) -> None:
        if time.monotonic() > self._told + _SILENCE:
            self._print(f"reading: {done} of {total} views")

    def show(self, progress: FitProgress) -> None:
        if progress.name != self._name:
            self._name = progress.name
            self._print(f"fitting {progress.name}")
        elif time.monotonic() > self._told + _SILENCE:
            steps = f", step {progress.step} of {progress.total}" if progress.total > 1 else ""
            self._print(f"fitting {progress.name}: {progress.stage}{steps}")

    def _print(self, line: str) -> None:
        self._told = time.monotonic()
        with suppress(OSError):
            print(printable(line), file=sys.stderr, flush=True)


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
