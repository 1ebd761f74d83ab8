"""Progress on stderr: a bar on a terminal, otherwise a line for each stage."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from boxfit.cli.output import printable
from boxfit.session.results import Progress as FitProgress

if TYPE_CHECKING:
    from rich.progress import TaskID


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
    """Display of a bar for each object, with its current stage; removed at the end."""

    def __init__(self) -> None:
        from rich.console import Console  # Takes a tenth of a second, which only a terminal needs.
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.fields[name]}", markup=False),
            TextColumn("[cyan]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: FitProgress) -> None:
        if progress.name not in self._tasks:
            self._tasks[progress.name] = self._bar.add_task(progress.stage, name=printable(progress.name), loss="")
        self._bar.update(
            self._tasks[progress.name],
            description=progress.stage,
            completed=progress.step,
            total=progress.total,
            loss="" if progress.loss is None else f"loss {progress.loss:.4g}",
        )
