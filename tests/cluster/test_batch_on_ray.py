"""A batch on a Ray cluster of two workers on this machine: equal to one in processes, whoever is killed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boxfit
import pytest
from boxfit.batches.job import Job, Task
from boxfit.batches.on_ray import RayExecutor
from boxfit.batches.processes import Processes
from boxfit.batches.records import read_records
from boxfit.batches.run import run_batch
from boxfit.errors import RequirementError

from tests.conftest import skip_or_fail
from tests.faults.conftest import end, start
from tests.folders import write_box_views

if find_spec("ray") is None:
    skip_or_fail("ray", 'Ray is not installed: pip install "usd-boxfit[ray]"', whole_file=True)

SOURCES, WITHIN = 16, 60.0
QUICK = {"method": "contact"}

SLOW = """
import functools, ray
def make_slow():
    import time
    from boxfit.batches import on_ray
    fit = on_ray.fit_one
    on_ray.fit_one = lambda *given: (time.sleep(0.2), fit(*given))[1]
ray.init = functools.partial(ray.init, runtime_env={"worker_process_setup_hook": make_slow})
"""
"""Makes the workers of a command so slow that the work outlasts its driver."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start a cluster of two workers, slow ones, who die of a source if a file beside the results says so."""
    import ray

    def arm() -> None:
        from boxfit.batches import on_ray

        fit = on_ray.fit_one  # type: ignore[attr-defined]

        def fit_or_die(task: Any, job: Any) -> Any:
            time.sleep(0.1)
            if (job.output / "deadly").exists() and task.source == "0005":
                os.kill(os.getpid(), signal.SIGKILL)
            return fit(task, job)

        on_ray.fit_one = fit_or_die  # type: ignore[attr-defined]

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    hook = {"worker_process_setup_hook": arm}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=hook)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make datasets of different numbers of views, of which one cannot be read."""
    root = tmp_path_factory.mktemp("data")
    for number in range(SOURCES):
        (root / f"{number:04d}").mkdir()
        write_box_views(root / f"{number:04d}", 4 + number % 5)
    for path in (root / "0003").glob("*.npy"):
        path.write_bytes(b"damaged")
    return root


@pytest.fixture(scope="module")
def expected(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Fit the datasets in two processes."""
    output = tmp_path_factory.mktemp("processes")
    run_batch(tree, output, QUICK, executor=Processes(2))
    return untimed(output)


def untimed(output: Path) -> list[dict[str, Any]]:
    """Read the records, without the only figures that differ from run to run."""
    text = (output / "results.jsonl").read_text(encoding="utf-8")
    found = sorted(read_records(output), key=lambda record: record["source"])
    assert text.count("\n") == len(found), "a source is on record twice"
    return [{**record, "seconds": None} for record in found]


def ray_workers() -> list[int]:
    """List the processes below this one that fit for Ray."""
    found, parents = [], [os.getpid()]
    while parents:
        lists = Path(f"/proc/{parents.pop()}/task").glob("*/children")
        children = [int(word) for path in lists for word in path.read_text(encoding="utf-8").split()]
        parents += children
        found += [child for child in children if b"_fit_chunk" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return found


def wait_for(condition: Callable[[], Any]) -> Any:
    limit = time.monotonic() + WITHIN
    while not (found := condition()):
        assert time.monotonic() < limit
        time.sleep(0.01)
    return found


def test_records_and_files_on_ray_are_those_of_processes(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    summary = run_batch(tree, tmp_path, QUICK, executor=RayExecutor())
    assert (summary.done, summary.fitted, summary.failed) == (SOURCES, SOURCES - 1, 1)
    assert untimed(tmp_path) == expected
    for record in expected:
        assert record["status"] == "failed" or (tmp_path / record["stage"]["path"]).is_file()
    again = run_batch(tree, tmp_path, QUICK, executor=RayExecutor())
    assert again.unchanged == SOURCES and untimed(tmp_path) == expected


def test_batch_in_python_fits_on_the_cluster(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    summary = boxfit.batch(tree, tmp_path, ray=True, method="contact")
    assert summary.fitted == SOURCES - 1 and untimed(tmp_path) == expected


def test_workers_fetch_sources_from_a_store_and_put_results_there(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    if find_spec("fsspec") is None:
        skip_or_fail("fsspec", "fsspec is not installed")
    data, out = (path.as_uri().replace("file:", "local:") for path in (tree, tmp_path))
    summary = run_batch(data, out, QUICK, executor=RayExecutor())
    assert (summary.fitted, summary.failed) == (SOURCES - 1, 1)
    for found, record in zip(untimed(tmp_path), expected, strict=True):
        assert record["status"] == "failed" or (tmp_path / record["stage"]["path"]).is_file()
        same = found.keys() - {"inputs", "error"}
        assert {name: found[name] for name in same} == {name: record[name] for name in same}
    again = run_batch(data, out, QUICK, executor=RayExecutor())
    assert again.unchanged == SOURCES


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found in /proc")
def test_worker_killed_midway_changes_nothing(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    killed: list[int] = []

    def kill(summary: Any, records: Any) -> None:
        if summary.done >= 4 and not killed:
            killed.extend(wait_for(ray_workers)[:1])
            os.kill(killed[0], signal.SIGKILL)

    run_batch(tree, tmp_path, QUICK, executor=RayExecutor(), callback=kill)
    assert killed and untimed(tmp_path) == expected


def test_source_that_kills_every_worker_is_a_failure_and_its_chunk_is_not(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    (tmp_path / "deadly").touch()
    run_batch(tree, tmp_path, QUICK, executor=RayExecutor())
    found = untimed(tmp_path)
    (crash,) = (record for record in found if record["source"] == "0005")
    assert crash["kind"] == "Crash" and "each worker of Ray that fitted it died" in crash["error"]
    assert [each for each in found if each is not crash] == [each for each in expected if each["source"] != "0005"]


def test_driver_killed_and_resumed_redoes_nothing(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    command = ("batch", tree, "--output", tmp_path / "out", "--ray", address, "--method", "contact", "--quiet")
    driver, results = start(*command, code=SLOW), tmp_path / "out" / "results.jsonl"
    wait_for(lambda: driver.poll() is not None or (results.exists() and results.read_bytes().count(b"\n") >= 4))
    driver.kill()
    _, _, error = end(driver)
    before = results.read_bytes()
    assert 4 <= before.count(b"\n") < SOURCES, error
    code, _, error = end(start(*command))
    assert code == 0 and "Traceback" not in error, error
    whole = before[: before.rfind(b"\n") + 1]
    assert results.read_bytes().startswith(whole) and untimed(tmp_path / "out") == expected


def test_interrupted_driver_ends_cleanly_and_goes_on(
    address: str, tree: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    command = ("batch", tree, "--output", tmp_path / "out", "--ray", address, "--method", "contact", "--quiet")
    driver, results = start(*command, code=SLOW.replace("0.2", "1")), tmp_path / "out" / "results.jsonl"
    wait_for(lambda: driver.poll() is not None or (results.exists() and results.read_bytes().count(b"\n") >= 2))
    driver.send_signal(signal.SIGTERM)
    code, _, error = end(driver)
    assert code == 130 and "sources left: the same command goes on" in error, error
    assert end(start(*command))[0] == 0 and untimed(tmp_path / "out") == expected


def test_chunks_in_flight_are_bounded(address: str, tree: Path, tmp_path: Path) -> None:
    taken: list[Task] = []

    def endless() -> Iterator[Task]:
        while True:
            taken.append(Task("0001", QUICK))
            yield taken[-1]

    running = RayExecutor().run(endless(), Job(tree, tmp_path, thumbnails=False))
    for _ in range(4):
        next(running)
    running.close()  # type: ignore[attr-defined]
    assert len(taken) <= 4 + 4 * 8  # Four chunks are in flight, and each is at most twice as large as the last one.


def test_folder_that_a_node_does_not_see_is_named(address: str, tree: Path, tmp_path: Path) -> None:
    job = Job(tree, tmp_path / "elsewhere")
    with pytest.raises(RequirementError, match=r"no folder .*elsewhere: name one that all nodes see"):
        list(RayExecutor().run([Task("0001", QUICK)], job))


def test_command_without_a_cluster_ends_with_one_line(address: str, tree: Path, tmp_path: Path) -> None:
    code, _, error = end(start("batch", tree, "--output", tmp_path / "out", "--ray", "nowhere:1"))
    assert code == 1 and error.startswith("boxfit: error: no Ray cluster can be reached at nowhere:1"), error
    assert error.count("\n") == 1 and not (tmp_path / "out").exists()
