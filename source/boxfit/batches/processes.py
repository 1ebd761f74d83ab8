"""Executor of worker processes on this machine: each imports once, has one thread, and may die without ending the run.

A worker is a fresh interpreter that reads pickled tasks from its standard input and writes pickled records to its
standard output; a thread of the driver waits for each.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from boxfit.batches.job import LOG, Job, Record, Task
from boxfit.batches.worker import crash_record, fit_one
from boxfit.errors import RequirementError
from boxfit.remote.ending import describe_exit

_IN_FLIGHT = 2
"""Tasks taken for each worker: the one that it fits, and the next one."""

_STARTS = 3
"""Number of times that a worker may die while it starts, one after another, before the run is given up."""

_TRIES = 2
"""Number of times that a task may end its worker before it counts as failed."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_START = "import sys; sys.path[:] = {path!r}; from boxfit.batches.processes import serve; serve()"


class Processes:
    """Executor of worker processes; see `boxfit.batches.job.Executor`.

    Attributes:
        count: Number of processes.
    """

    def __init__(self, count: int | None = None) -> None:
        """Initialise without starting anything.

        Args:
            count: Number of processes; None takes that of the processor cores that this process may use.
        """
        self.count = count or usable_cores()

    def run(self, tasks: Iterable[Task], job: Job) -> Iterator[tuple[Task, list[Record]]]:
        """Implement `boxfit.batches.job.Executor.run`.

        Raises:
            RequirementError: If workers cannot be started.
        """
        workers = [_Worker(job) for _ in range(self.count)]
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in workers:
            idle.put(worker)

        def fit(task: Task) -> tuple[Task, list[Record]]:
            worker = idle.get()
            try:
                return task, worker.fit(task)
            finally:
                idle.put(worker)

        finished: SimpleQueue[Future[tuple[Task, list[Record]]]] = SimpleQueue()
        pool, in_flight = ThreadPoolExecutor(self.count), 0
        try:
            for task in tasks:
                pool.submit(fit, task).add_done_callback(finished.put)
                in_flight += 1
                while in_flight >= _IN_FLIGHT * self.count:
                    yield finished.get().result()
                    in_flight -= 1
            for _ in range(in_flight):
                yield finished.get().result()
        finally:
            for worker in workers:
                worker.stop()
            pool.shutdown(cancel_futures=True)
            for worker in workers:
                worker.close()


class _Worker:
    """A worker process, started when a task needs it and replaced when it has died; used by one thread at a time."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def fit(self, task: Task) -> list[Record]:
        """Fit a source; the task of a worker that dies is tried again in a fresh process."""
        reason = ""
        for _ in range(_TRIES):
            process = self._process or self._start()
            try:
                return _ask(process, task)
            except (OSError, EOFError, pickle.UnpicklingError):
                reason = self._reason(process)
        text = f"the process that fitted it died twice: {reason}; run fewer at once (jobs) if memory ran out; see {LOG}"
        return [crash_record(task, self._job, text)]

    def stop(self) -> None:
        """Kill the process; another thread may be waiting for it."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Wait for the end of the process, once no thread uses it."""
        if self._process is not None:
            self._end(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process, and wait until it has imported everything."""
        reason = ""
        for _ in range(_STARTS):
            if self._stopped:
                raise _StoppedError
            with (self._job.output / LOG).open("ab") as log:
                process = self._process = subprocess.Popen(
                    [sys.executable, "-c", _START.format(path=sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=os.environ | ONE_THREAD,
                    # Ctrl+C shall reach the driver only.
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            try:
                _ask(process, self._job)
                return process
            except (OSError, EOFError, pickle.UnpicklingError):
                reason = self._reason(process)
        raise RequirementError(f"worker processes cannot be started: {reason}; see {self._job.output / LOG}")

    def _reason(self, process: subprocess.Popen[bytes]) -> str:
        """Describe the end of a process that has closed its output."""
        code = self._end(process)
        if self._stopped:
            raise _StoppedError
        return describe_exit(code)

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """End a process, and return its exit code."""
        self._process = None
        process.kill()
        assert process.stdin and process.stdout
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        return process.wait()


class _StoppedError(Exception):
    """Error that ends a thread of an executor that was closed."""


def usable_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ask(process: subprocess.Popen[bytes], message: Any) -> Any:
    """Send a message, and wait for the answer.

    Raises:
        OSError: Or EOFError or UnpicklingError, if the process has died.
    """
    assert process.stdin and process.stdout
    pickle.dump(message, process.stdin)
    process.stdin.flush()
    return pickle.load(process.stdout)


def serve() -> None:
    """Answer a driver, in a worker process: take the job, then fit one task after another until the driver ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Schedulers send it to all: it is for the driver.
        signal.signal(number, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What libraries print goes to the log.
    faulthandler.enable()
    job: Job = pickle.load(requests)
    answer: Any = None
    with suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump(answer, replies)
            replies.flush()
            answer = fit_one(pickle.load(requests), job)
