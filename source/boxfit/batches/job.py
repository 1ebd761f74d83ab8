"""The values that the driver, the workers and the executors of a batch exchange; all can be pickled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Record: TypeAlias = dict[str, Any]
"""Plain values of an object, or of a source that failed as a whole, as `record.schema.json` describes them."""


@dataclass(frozen=True)
class Task:
    """A source to fit.

    Attributes:
        source: Folder, JSON file or stage, relative to the batch's root where possible, with forward slashes; "." is
            the root itself.
        settings: Settings of input, fit and prim by name, the batch's and the source's own, that are not the defaults;
            plain values, paths as text.
        attempt: Number of times that the source has been begun, from 1, for its records.
        inputs: Hash of the files that its last records were made from, if these records count as long as the files
            are the same; None fits in any case.
        elsewhere: Folders and files outside the source that this hash includes; see `boxfit.batches.inputs`.
    """

    source: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 1
    inputs: str | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """Root, results folder and settings of a batch, the same for all of its sources.

    Attributes:
        root: Folder that the sources are relative to.
        output: Folder of the results.
        exports: Formats of the exports, keys of `boxfit.exports.formats.EXPORTS`.
        thumbnails: True to draw a thumbnail of each object.
        root_url: Address of the root, if it is in a store: each source is fetched from there; else "".
        output_url: Address of the results, likewise: the files of each source are put there.
    """

    root: Path
    output: Path
    exports: tuple[str, ...] = ()
    thumbnails: bool = True
    root_url: str = ""
    output_url: str = ""

    def recorded(self, task: Task) -> dict[str, Any]:
        """Return the settings of a source as its records state them."""
        recorded = dict(task.settings)
        if self.exports:
            recorded["export"] = list(self.exports)
        if not self.thumbnails:
            recorded["thumbnails"] = False
        return recorded


class Executor(Protocol):
    """Workers that run `boxfit.batches.worker.fit_one`: processes of this machine, or a cluster."""

    def run(self, tasks: Iterable[Task], job: Job) -> Iterator[tuple[Task, list[Record]]]:
        """Fit sources, each once; a task is taken from the iterable when a worker is nearly free for it.

        The iterable may end early, after which those that were taken are still fitted. Closing the iterator ends the
        workers at once.

        Args:
            tasks: The sources, in no need of a length.
            job: What they have in common.

        Yields:
            Each task with its records, in the order in which they are ready; without records if its inputs are those
            of `Task.inputs`. A task whose worker has died twice has the record of `boxfit.batches.worker.crash_record`.
        """
        ...


@dataclass
class Summary:
    """Figures of a batch, which grow while it runs.

    Attributes:
        output: Folder of the results, or its address.
        sources: Number of sources of this run (of its shard).
        expected: Number of those whose records from an earlier run count, unless their files have changed.
        done: Number of those that are done.
        unchanged: Number of those that were done in an earlier run.
        fitted: Number of objects that this run has fitted.
        grades: Number of those by the grade of their box, such as "good".
        failed: Number of objects, and of sources as a whole, that this run could not fit.
        on_record: Number of fitted objects of the sources that are done, those of earlier runs included.
        failed_before: Number of failures of earlier runs among the sources that were left alone.
        kinds: Number of failures of this run by kind, such as "FitError".
        slowest: Seconds of the sources that took longest, at most `SLOWEST`, longest first.
        seconds: Time from the start to the last record.
        stopped: True if the run was interrupted: what has begun is fitted, and the rest left to another run.
        outdated: Version of boxfit that made records which are made anew, or "".
    """

    output: Path | str
    sources: int = 0
    expected: int = 0
    done: int = 0
    unchanged: int = 0
    fitted: int = 0
    grades: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    on_record: int = 0
    failed_before: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: bool = False
    outdated: str = ""

    def add(self, source: str, records: Sequence[Record]) -> None:
        """Count a source that was fitted."""
        self.done += 1
        fitted = sum(record["status"] == "fitted" for record in records)
        self.fitted += fitted
        self.on_record += fitted
        self.failed += len(records) - fitted
        for record in records:
            if record["kind"] is not None:
                self.kinds[record["kind"]] = self.kinds.get(record["kind"], 0) + 1
            else:
                grade = record["verdict"]["grade"]
                self.grades[grade] = self.grades.get(grade, 0) + 1
        times = {**self.slowest, source: records[0]["seconds"].get("total", 0.0)}
        self.slowest = dict(sorted(times.items(), key=lambda item: -item[1])[:SLOWEST])

    def add_unchanged(self, fitted: int, failed: int) -> None:
        """Count a source that was left alone, with the numbers of its records."""
        self.done += 1
        self.unchanged += 1
        self.on_record += fitted
        self.failed_before += failed

    @property
    def seconds_left(self) -> float | None:
        """Time for the sources that are left, at the rate so far; None before the first."""
        begun = self.done - self.unchanged
        return self.seconds / begun * max(0, self.sources - self.expected - begun) if begun else None


LOG = "log.txt"
"""File in the folder of the results with the tracebacks of unexpected errors, and with what workers print."""

SLOWEST = 5
"""Number of slow sources to name."""
