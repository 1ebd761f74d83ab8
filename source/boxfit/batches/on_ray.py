"""Executor on a Ray cluster: chunks of sources as tasks of one core each, whose workers and nodes may die."""

from __future__ import annotations

import logging
import os
import platform
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from boxfit._version import __version__
from boxfit.batches.job import Job, Record, Task
from boxfit.batches.processes import ONE_THREAD, usable_cores
from boxfit.batches.worker import crash_record, fit_one
from boxfit.errors import RequirementError, one_line

_CHUNK_SECONDS = 2.0
"""Time that a chunk should take: far longer than Ray's work for it, and short enough to lose."""

_LARGEST_CHUNK = 100

_IN_FLIGHT = 2
"""Chunks for each core of the cluster: the one that it fits, and the next one."""

_RETRIES = 1
"""Number of times that Ray starts a task again whose worker, or node, has died."""


class RayExecutor:
    """Executor on a Ray cluster; see `boxfit.batches.job.Executor`.

    Folders are named to the workers, not sent: those of the sources and of the results must have the same paths on all
    nodes, as on a shared file system, or be addresses of a store. Only the driver writes records.
    """

    def __init__(self, address: str = "auto") -> None:
        """Connect to a cluster, unless this program is connected already.

        Args:
            address: Address of the cluster; "auto" takes the running one, or that of RAY_ADDRESS, and "local" starts
                one on this machine, which ends with the run.

        Raises:
            RequirementError: If Ray is not installed, or there is no cluster.
        """
        try:
            import ray
        except ImportError as error:
            raise RequirementError('--ray needs the package ray: pip install "usd-boxfit[ray]"') from error
        self._ray: Any = ray
        self._is_own = not ray.is_initialized()
        if not self._is_own:
            return
        options = {"include_dashboard": False, "num_cpus": usable_cores()} if address == "local" else {}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            _check_reachable(address)
            ray.init(address, logging_level=logging.WARNING, log_to_driver=False, **options)
        except (OSError, OverflowError, RuntimeError, ValueError) as error:
            raise RequirementError(
                f"no Ray cluster can be reached at {address} ({one_line(str(error))}): start one with ray start "
                "--head, or give --ray local"
            ) from error

    def run(self, tasks: Iterable[Task], job: Job) -> Iterator[tuple[Task, list[Record]]]:
        """Implement `boxfit.batches.job.Executor.run`.

        A task whose worker has died is tried again by Ray, then each of its sources alone.

        Raises:
            RequirementError: If workers cannot run boxfit or see the folders, or the cluster fails.
        """
        ray = self._ray
        fit = ray.remote(num_cpus=1, max_retries=_RETRIES, runtime_env={"env_vars": ONE_THREAD})(_fit_chunk)
        left, alone, size = iter(tasks), deque[Task](), 1
        in_flight: dict[Any, list[Task]] = {}
        try:
            while True:
                # The cluster may grow and shrink.
                most = _IN_FLIGHT * max(1, int(ray.cluster_resources().get("CPU", 1)))
                while len(in_flight) < most and (chunk := [alone.popleft()] if alone else list(islice(left, size))):
                    in_flight[fit.remote(chunk, job, __version__)] = chunk
                if not in_flight:
                    return
                (done,), _ = ray.wait(list(in_flight))
                chunk = in_flight.pop(done)
                try:
                    results, seconds = ray.get(done)
                except _deaths(ray) as error:
                    if len(chunk) > 1:
                        alone.extend(chunk)
                        continue
                    text = f"each worker of Ray that fitted it died: {_brief(error)}"
                    yield chunk[0], [crash_record(chunk[0], job, text)]
                    continue
                except ray.exceptions.RayError as error:
                    reason = getattr(error, "cause", None) or error
                    raise RequirementError(f"workers of Ray cannot fit: {one_line(str(reason))}") from error
                size = max(1, min(_LARGEST_CHUNK, 2 * size, round(len(chunk) * _CHUNK_SECONDS / max(seconds, 1e-3))))
                yield from zip(chunk, results, strict=True)
        finally:
            for each in in_flight:
                ray.cancel(each, force=True)
            if self._is_own:
                ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise OSError if nothing answers at a host and port: Ray itself would try for minutes."""
    host, separator, port = address.rpartition(":")
    if separator and port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def _deaths(ray: Any) -> tuple[type[Exception], ...]:
    """Return the errors of a task whose worker or node has died, or whose result was lost with it."""
    errors = ray.exceptions
    return errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError


def _brief(error: Exception) -> str:
    """Return the first sentence of an error of Ray, which is followed by advice."""
    return one_line(str(error)).partition(". ")[0] or type(error).__name__


def _fit_chunk(tasks: Sequence[Task], job: Job, version: str) -> tuple[list[list[Record]], float]:
    """Fit sources in a worker; return their records and the seconds of all.

    Raises:
        RequirementError: If the node has another version of boxfit, or not the folders.
    """
    node = platform.node()
    if version != __version__:
        raise RequirementError(f"node {node} has boxfit {__version__} and the driver {version}: install the same one")
    for folder, url in ((job.root, job.root_url), (job.output, job.output_url)):
        if not url and not folder.is_dir():
            raise RequirementError(f"node {node} has no folder {folder}: name one that all nodes see by this path")
    begin = time.perf_counter()
    return [fit_one(task, job) for task in tasks], time.perf_counter() - begin
