"""Progress of a batch on stderr: a live table on a terminal, otherwise lines for failures and every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from rich import box
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from boxfit.batches.job import Record, Summary
from boxfit.cli.output import printable, tell

_PAUSE = 10.0
"""Least time between two lines, in [s]."""


def batch_display(quiet: bool) -> BatchDisplay:
    """Return the display for stderr."""
    if quiet:
        return BatchDisplay()
    return _LiveTable() if sys.stderr.isatty() else _Lines()


class BatchDisplay:
    """Progress display, a context manager; this base class shows nothing."""

    def __enter__(self) -> BatchDisplay:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, summary: Summary, records: Sequence[Record]) -> None:
        """Show the state after a source, or at the start without records."""


class _Lines(BatchDisplay):
    """Display for logs: a line for each failure, and one with the state every few seconds."""

    def __init__(self) -> None:
        self._next = 0.0

    def show(self, summary: Summary, records: Sequence[Record]) -> None:
        if not summary.done and summary.outdated:
            tell("note", outdated_text(summary))
        for record in records:
            if record["error"]:
                named = f", {record['object']}" if record["object"] else ""
                tell("warning", f"{record['source']}{named}: {record['error']}")
        if time.monotonic() >= self._next or summary.done == summary.sources:
            self._next = time.monotonic() + _PAUSE
            state = ", ".join(text for _, text in state_rows(summary))
            if summary.done == summary.sources and (retry := retry_text(summary)):
                state += f"; {retry}"
            with suppress(OSError):
                print(printable(state), file=sys.stderr, flush=True)


class _LiveTable(BatchDisplay):
    """Display of a table that is drawn again a few times a second, and removed at the end."""

    def __init__(self) -> None:
        self._summary: Summary | None = None
        self._live = Live(
            get_renderable=self._table, console=Console(stderr=True), refresh_per_second=4, transient=True
        )

    def __enter__(self) -> _LiveTable:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, summary: Summary, records: Sequence[Record]) -> None:
        self._summary = summary

    def _table(self) -> Table | Text:
        summary = self._summary
        if summary is None:
            return Text("listing the sources and reading the records")
        table = Table(box=box.SIMPLE_HEAD, show_header=False)
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row("", ProgressBar(max(summary.sources, 1), summary.done, width=40))
        rows = state_rows(summary)
        rows += [
            ("failures", f"{count} {kind}") for kind, count in sorted(summary.kinds.items(), key=lambda item: -item[1])
        ]
        rows += [("slowest", f"{seconds:.2f} s  {source}") for source, seconds in summary.slowest.items()]
        if summary.outdated:
            rows.append(("note", outdated_text(summary)))
        if summary.stopped:
            rows.append(("stopping", "the sources that have begun are finished; Ctrl+C again ends at once"))
        for name, text in rows:
            table.add_row(name, Text(printable(text)))
        return table


def state_rows(summary: Summary) -> list[tuple[str, str]]:
    """Describe the state of a batch, as names and texts."""
    if summary.sources == summary.unchanged:
        return [("sources", f"{summary.done} of {summary.sources} sources on record, nothing to do")]
    before = f" ({summary.unchanged} before)" if summary.unchanged else ""
    rows = [
        ("sources", f"{summary.done} of {summary.sources} sources{before}"),
        ("objects", f"{summary.fitted} fitted, {summary.failed} failed"),
    ]
    if summary.seconds and summary.done > summary.unchanged:
        rows.append(("rate", f"{(summary.fitted + summary.failed) / summary.seconds:.3g} objects a second"))
    if (left := summary.seconds_left) is not None and summary.done < summary.sources:
        rows.append(("time left", f"{duration_text(left)} left"))
    return rows


def retry_text(summary: Summary) -> str:
    """Say how sources that have failed are tried again, with the number of those before this run; or ""."""
    if not (summary.failed or summary.failed_before):
        return ""
    before = f"{summary.failed_before} failed before: " if summary.failed_before else ""
    return f"{before}--retry failed tries again"


def duration_text(seconds: float) -> str:
    """Format a duration with its two largest units: "2 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (value, _) in enumerate(parts) if value), len(parts) - 1)
    return " ".join(f"{value} {unit}" for value, unit in parts[first : first + 2] if value or unit == "s")


def outdated_text(summary: Summary) -> str:
    """Tell why records are made anew although nothing has changed."""
    return f"sources that boxfit {summary.outdated} has fitted are fitted again, as this is another version"
