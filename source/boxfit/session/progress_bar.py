"""Bars that show the progress of a fit, in a terminal or a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import escape
from typing import TYPE_CHECKING, Any

from boxfit.session.results import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


_REFRESH = 0.1
"""Least time in [s] between two states of a notebook's bar within a stage."""


class ProgressBar:
    """Bar for each object in a terminal, with its current stage; removed at the end."""

    def __init__(self, stderr: bool = False) -> None:
        """Prepare the bar.

        Args:
            stderr: True to write to standard error, else to standard output.
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


class NotebookBar:
    """Bar for each object in the cell of a notebook, with its last stage; stays, as a cell's output is kept.

    It is plain HTML: rich's bar needs the package ipywidgets, and leaves nothing in a saved notebook.
    """

    def __init__(self) -> None:
        self._shown: dict[str, tuple[Any, Progress]] = {}
        self._time = 0.0

    def __enter__(self) -> NotebookBar:
        return self

    def __exit__(self, *_: object) -> None:
        for handle, progress in self._shown.values():
            handle.update(_content(progress), raw=True)

    def show(self, progress: Progress) -> None:
        """Show a progress event."""
        from IPython.display import display

        handle, _ = self._shown.get(progress.name, (None, None))
        if handle is None:
            handle = display(_content(progress), raw=True, display_id=True)
        elif progress.step == progress.total or time.monotonic() > self._time + _REFRESH:
            handle.update(_content(progress), raw=True)
            self._time = time.monotonic()
        self._shown[progress.name] = handle, progress


def _content(progress: Progress) -> dict[str, str]:
    """Return a state of a notebook's bar by media type."""
    steps = f", {progress.step} of {progress.total}" if progress.total else ""  # The result of a choice has none.
    loss = "" if progress.loss is None else f", loss {progress.loss:.4g}"
    text = f"{progress.name}: {progress.stage}{steps}{loss}"
    done = progress.step / progress.total if progress.total else 1
    bar = f'<progress value="{done:.3f}"></progress>'
    return {"text/plain": text, "text/html": f"<div>{bar} {escape(text)}</div>"}


def in_notebook() -> bool:
    """Return True in a cell of Jupyter, Colab or an editor, whose outputs are shown by a kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def follow(steps: Iterator[Progress], progress: bool | Callable[[Progress], Any]) -> None:
    """Run a fit to its end.

    Args:
        steps: The fit.
        progress: True shows a bar; a function is called with each event; False shows nothing.
    """
    with ExitStack() as stack:
        if progress is True:
            progress = stack.enter_context(NotebookBar() if in_notebook() else ProgressBar()).show
        show = progress or (lambda _: None)
        for step in steps:
            show(step)
