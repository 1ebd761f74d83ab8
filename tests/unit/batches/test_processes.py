"""Worker processes that die, do not start, or print."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from boxfit.batches import processes
from boxfit.batches.job import LOG, Job, Task
from boxfit.batches.processes import Processes
from boxfit.errors import BoxfitError

from tests.unit.batches.conftest import QUICK

BROKEN = """
import os, sys; sys.path[:] = {path!r}
from pathlib import Path
from boxfit.batches import processes
fit = processes.fit_one
def broken(task, job):
    print("printed by", task.source, flush=True)
    mark = Path(job.output) / "tried"
    if task.source == "e" or (task.source == "a" and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), 9) if os.name == "posix" else os._exit(9)
    return fit(task, job)
processes.fit_one = broken
processes.serve()
"""
"""Dies of source e, and once of source a."""


def tasks(*sources: str) -> list[Task]:
    return [Task(source, QUICK) for source in sources]


def test_worker_that_dies_is_replaced_and_its_task_tried_once_more(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_START", BROKEN)
    done = {task.source: records for task, records in Processes(2).run(tasks("a", "b/c", "e", "b/d"), job)}
    assert [done[source][0]["status"] for source in ("a", "b/c", "b/d")] == ["fitted"] * 3
    (crash,) = done["e"]
    assert crash["kind"] == "Crash" and "died twice: it was killed by SIGKILL" in crash["error"]
    assert "printed by b/d" in (job.output / LOG).read_text(encoding="utf-8")


def test_workers_that_cannot_start_end_the_run_with_their_reason(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_START", "import sys; sys.exit('no scipy here')  # {path!r}")
    with pytest.raises(BoxfitError, match="worker processes cannot be started: it ended with exit code 1"):
        list(Processes(2).run(tasks("a", "e"), job))
    assert "no scipy here" in (job.output / LOG).read_text(encoding="utf-8")


def test_tasks_are_taken_as_workers_become_free(job: Job) -> None:
    taken = []

    def endless() -> Iterator[Task]:
        while True:
            taken.append(Task("a", QUICK))
            yield taken[-1]

    running = Processes(1).run(endless(), replace(job, thumbnails=False))
    for number in range(1, 4):
        next(running)
        assert len(taken) <= number + 1
    running.close()  # type: ignore[attr-defined]


def test_file_of_a_worker_process_is_the_same_as_of_this_one(job: Job, tmp_path: Path) -> None:
    from boxfit.batches.worker import fit_one

    (expected,) = fit_one(Task("a", QUICK), job)
    ((_, (record,)),) = Processes(1).run(tasks("a"), job)
    assert {**record, "seconds": None} == {**expected, "seconds": None}
