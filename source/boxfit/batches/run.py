"""Driver of a batch: lists the sources, leaves out what is done, hands the rest to workers, and keeps the records."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from boxfit._version import __version__
from boxfit.batches.collect import check_collection, collect_stages
from boxfit.batches.job import Executor, Job, Record, Summary, Task
from boxfit.batches.processes import Processes
from boxfit.batches.records import Known, RecordFile, read_known, results_file, results_files
from boxfit.batches.remote_files import names_of_files
from boxfit.batches.renewal import Renewal
from boxfit.batches.results import Results, open_results
from boxfit.batches.sources import list_tasks, shard
from boxfit.batches.store import folder_or_url, open_store
from boxfit.errors import DatasetError, OutputError
from boxfit.exports.formats import EXPORTS
from boxfit.files.locks import locked


def run_batch(
    root: Path | str,
    output: Path | str,
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
        root: Folder that holds the datasets at any depth, or the address of one in a store, such as s3://bucket/data.
        output: Folder of the results, new or that of an earlier run, or an address.
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
    settings, exports = settings or {}, _checked_exports(exports)
    root, output = folder_or_url(root), folder_or_url(output)
    name = results_file(Path(), part).name
    with open_results(output, name) as held, ExitStack() as stack:
        job = _job(root, held, exports, thumbnails)
        if collect is not None:
            _check_collection(collect, held)
        results = job.output / name
        stack.enter_context(locked(results, timeout=0))
        tasks, known = shard(_list_tasks(job, settings, manifest), *part), read_known(job.output)
        summary, begin = Summary(output, len(tasks)), time.monotonic()
        todo = [_resumed(task, job, known.get(task.source), retry_failed, summary) for task in tasks]
        callback(summary, ())
        with RecordFile(results) as file, Renewal(held.publish) as renewal, _interruptible(summary):
            for task, records in (executor or Processes()).run(_until_stopped(todo, summary), job):
                if records:
                    file.append(records)
                    summary.add(task.source, records)
                    renewal.renew_if_due()
                else:
                    summary.add_unchanged(known[task.source].fitted, known[task.source].failed)
                summary.seconds = time.monotonic() - begin
                callback(summary, records)
        summary.stopped = summary.done < summary.sources
        held.publish()
        if collect is not None and not summary.stopped:
            collect_stages(job.output, collect)
    return summary


def summarise_batch(output: Path | str, collect: Path | None = None) -> None:
    """Write the summary of a batch, as at the end of a run, from the records that there are; a run may be going on.

    Args:
        output: Folder of the results, or its address.
        collect: Stage with a reference to the stage of each source, to write too.

    Raises:
        BoxfitError: If there are no records, or a file cannot be written.
    """
    with open_results(folder_or_url(output), "") as held:
        if not results_files(held.folder):
            raise OutputError(f"{output} holds no records (results.jsonl): name the folder of a batch's results")
        if collect is not None:
            _check_collection(collect, held)
        held.publish()
        if collect is not None:
            collect_stages(held.folder, collect)


def _check_collection(collect: Path, held: Results) -> None:
    check_collection(collect)
    if held.url:
        raise OutputError(f"{collect} cannot refer to stages in {held.url}: copy the results, and collect those")


def _job(root: Path | str, held: Results, exports: tuple[str, ...], thumbnails: bool) -> Job:
    """Check the folders of input and output, and make the latter."""
    if isinstance(root, Path):
        _make_folder(root, held.folder)
        return Job(root.absolute(), held.folder.absolute(), exports, thumbnails, output_url=held.url)
    if root == held.url:
        raise OutputError(f"{root} holds the datasets too: name another place for the results")
    name = Path(open_store(root).name)
    _make_folder(None, held.folder)
    return Job(name, held.folder.absolute(), exports, thumbnails, root, held.url)


def _list_tasks(job: Job, settings: Mapping[str, Any], manifest: Path | None) -> list[Task]:
    """List the sources; those of a store by the names of its files, if there is no manifest."""
    if job.root_url and manifest is None:
        with names_of_files(job) as folder:
            return list_tasks(folder, job.output, settings)
    return list_tasks(job.root, job.output, settings, manifest)


def _make_folder(root: Path | None, output: Path) -> None:
    """Check the folders of input and output, and make the latter."""
    if root is not None and not root.is_dir():
        fault = "is a file: fit it with boxfit fit, or list it in a manifest" if root.exists() else "does not exist"
        raise DatasetError(f"{root} {fault}")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {output} cannot be made ({error.strerror or error})") from error
    if root is not None and output.samefile(root):
        raise OutputError(f"{output} is the folder of the datasets too: name another one for the results")


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
