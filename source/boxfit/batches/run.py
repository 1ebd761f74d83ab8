"""Driver of a batch: lists the sources, leaves out what is done, hands the rest to workers, and keeps the records."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from boxfit._version import __version__
from boxfit.batches.collect import check_collection, collect_stages
from boxfit.batches.job import Executor, Job, Record, Summary, Task
from boxfit.batches.processes import Processes
from boxfit.batches.records import Known, RecordFile, read_known, results_file
from boxfit.batches.sources import list_tasks, shard
from boxfit.batches.summary import write_summary
from boxfit.errors import DatasetError, OutputError
from boxfit.exports.formats import EXPORTS
from boxfit.files.locks import locked
from boxfit.files.paths import server_address


def run_batch(
    root: Path,
    output: Path,
    settings: Mapping[str, Any] | None = None,
    *,
    executor: Executor | None = None,
    part: tuple[int, int] = (1, 1),
    manifest: Path | None = None,
    retry_failed: bool = False,
    collect: Path | None = None,
    exports: Sequence[str] = (),
    thumbnails: bool = True,
    callback: Callable[[Summary, Sequence[Record]], object] = lambda summary, records: None,
) -> Summary:
    """Fit every dataset of a tree, with a record of each object in `results.jsonl`.

    A source is left out if its records are of this version of boxfit and of the same settings, and its files have the
    same names, sizes and times. Ctrl+C and termination end the run when the sources that have begun are fitted; a
    second Ctrl+C ends it at once.

    Args:
        root: Folder that holds the datasets at any depth.
        output: Folder of the results, new or that of an earlier run.
        settings: Settings of input, fit and prim by name, as for `boxfit.fit`.
        executor: Workers; by default processes, one for each processor core.
        part: Shard and number of shards: (2, 8) fits every eighth source from the second on.
        manifest: File that lists the sources; None searches the root.
        retry_failed: Fit sources again of which an object, or all, failed.
        collect: Stage with a reference to the stage of each source, to write at the end.
        exports: Formats of the exports.
        thumbnails: Draw a thumbnail of each object.
        callback: Called once at the start without records, and with the records of each source that is done.

    Raises:
        BoxfitError: If there is nothing to fit, a setting is invalid, workers cannot be started, or the results cannot
            be written.
    """
    job = Job(root.absolute(), _output_folder(root, output).absolute(), _checked_exports(exports), thumbnails)
    if collect is not None:
        check_collection(collect)
    results = results_file(job.output, part)
    with locked(results, timeout=0):
        tasks, known = shard(list_tasks(root, job.output, settings or {}, manifest), *part), read_known(job.output)
        summary, begin = Summary(output, len(tasks)), time.monotonic()
        todo = [_resumed(task, job, known.get(task.source), retry_failed, summary) for task in tasks]
        on_record = {task.source: known[task.source].fitted for task in todo if task.inputs is not None}
        callback(summary, ())
        with RecordFile(results) as file, _interruptible(summary):
            for task, records in (executor or Processes()).run(_until_stopped(todo, summary), job):
                if records:
                    file.append(records)
                    summary.add(task.source, records)
                else:
                    summary.done, summary.unchanged = summary.done + 1, summary.unchanged + 1
                    summary.on_record += on_record[task.source]
                summary.seconds = time.monotonic() - begin
                callback(summary, records)
        summary.stopped = summary.done < summary.sources
        write_summary(job.output)
        if collect is not None and not summary.stopped:
            collect_stages(job.output, collect)
    return summary


def _output_folder(root: Path, output: Path) -> Path:
    """Check the folders of input and output, and make the latter."""
    for path in (root, output):
        if address := server_address(path):
            raise DatasetError(f"{address} is on a server: name a folder on this machine, or one that is mounted")
    if not root.is_dir():
        fault = "is a file: fit it with boxfit fit, or list it in a manifest" if root.exists() else "does not exist"
        raise DatasetError(f"{root} {fault}")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {output} cannot be made ({error.strerror or error})") from error
    if output.samefile(root):
        raise OutputError(f"{output} is the folder of the datasets too: name another one for the results")
    return output


def _checked_exports(exports: Sequence[str]) -> tuple[str, ...]:
    for name in exports:
        if name not in EXPORTS:
            raise OutputError(f"{name!r} is no format of boxes: formats are {', '.join(EXPORTS)}")
    return tuple(dict.fromkeys(exports))


def _resumed(task: Task, job: Job, known: Known | None, retry_failed: bool, summary: Summary) -> Task:
    """Return a task with what is known of its source."""
    if known is None:
        return task
    task = replace(task, attempt=known.attempt + 1, elsewhere=known.elsewhere)
    if not known.is_whole or known.settings != job.recorded(task) or (retry_failed and known.failed):
        return task
    if known.boxfit != __version__:
        summary.outdated = known.boxfit
        return task
    summary.expected += known.inputs is not None
    return replace(task, inputs=known.inputs)


def _until_stopped(tasks: Sequence[Task], summary: Summary) -> Iterator[Task]:
    for task in tasks:
        if summary.stopped:
            return
        yield task


@contextmanager
def _interruptible(summary: Summary) -> Iterator[None]:
    """Take the first Ctrl+C, or the first termination, as a wish to stop; the next one raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        if summary.stopped:
            raise KeyboardInterrupt
        summary.stopped = True

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
