"""Bar that shows the progress of a fit, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from boxfit.session.results import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


class ProgressBar:
    """Bar for each object, with its current stage; removed at the end."""

    def __init__(self, stderr: bool = False) -> None:
        """Prepare the bar.

        Args:
            stderr: True to write to standard error; else to standard output, or the notebook's cell.
        """
        from rich.console import Console  # Takes a tenth of a second, which only a bar needs.
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.fields[name]}", markup=False),
            TextColumn("[cyan]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            console=Console(stderr=stderr),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: Progress, name: str | None = None) -> None:
        """Show a progress event.

        Args:
            progress: The event.
            name: Name of the object as the terminal can print it; None for the event's own.
        """
        if progress.name not in self._tasks:
            self._tasks[progress.name] = self._bar.add_task(progress.stage, name=name or progress.name, loss="")
        self._bar.update(
            self._tasks[progress.name],
            description=progress.stage,
            completed=progress.step,
            total=progress.total,
            loss="" if progress.loss is None else f"loss {progress.loss:.4g}",
        )


def follow(steps: Iterator[Progress], progress: bool | Callable[[Progress], Any]) -> None:
    """Run a fit to its end.

    Args:
        steps: The fit.
        progress: True shows a bar; a function is called with each event; False shows nothing.
    """
    with ExitStack() as stack:
        show = stack.enter_context(ProgressBar()).show if progress is True else progress or (lambda _: None)
        for step in steps:
            show(step)
