"""Progress on stderr: a bar on a terminal, otherwise a line for each stage."""

from __future__ import annotations

import sys
from contextlib import suppress

from boxfit.cli.output import printable
from boxfit.session.progress_bar import ProgressBar
from boxfit.session.results import Progress as FitProgress


def progress_display(quiet: bool) -> Display:
    """Return the display for stderr."""
    if quiet:
        return Display()
    return _Bar() if sys.stderr.isatty() else _Lines()


class Display:
    """Progress display, a context manager; this base class shows nothing."""

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, progress: FitProgress) -> None:
        """Show a progress event."""


class _Lines(Display):
    """Display of a line at the end of each stage, for logs."""

    def show(self, progress: FitProgress) -> None:
        if progress.step == progress.total:
            steps = f" after {progress.total} steps" if progress.total > 1 else ""
            loss = "" if progress.loss is None else f", loss {progress.loss:.5g}"
            with suppress(OSError):
                print(printable(f"{progress.name}: {progress.stage}{steps}{loss}"), file=sys.stderr, flush=True)


class _Bar(Display):
    """Display of a bar for each object."""

    def __init__(self) -> None:
        self._bar = ProgressBar(stderr=True)

    def __enter__(self) -> _Bar:
        self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.__exit__()

    def show(self, progress: FitProgress) -> None:
        self._bar.show(progress, printable(progress.name))
