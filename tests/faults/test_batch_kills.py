"""A batch that is killed at random moments, driver and workers, and goes on: nothing is lost, nothing done twice."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage

from tests.faults.conftest import WITHIN, end, posix_only, start
from tests.folders import write_box_views

pytestmark = [
    posix_only,
    pytest.mark.skipif(not list(Path("/proc/self/task").glob("*/children")), reason="/proc lists no child processes"),
]

SOURCES, KILLS = 50, 20

SLOW = """
import boxfit.batches.processes as driver
driver._START = driver._START.replace("; serve()", "", 1) + (
    "; import time; from boxfit.batches import processes; fit = processes.fit_one; "
    "processes.fit_one = lambda *given: (time.sleep(0.1), fit(*given))[1]; serve()"
)
"""
"""Makes workers so slow that the work outlasts the kills on any machine."""


def make_tree(root: Path, count: int) -> Path:
    """Make many datasets of the same files."""
    for number in range(count):
        folder = root / f"{number:04d}"
        folder.mkdir(parents=True)
        if number == 0:
            write_box_views(folder, 4)
        for path in (root / "0000").iterdir() if number else ():
            os.link(path, folder / path.name)
    return root


def run(tree: Path, output: Path, code: str = SLOW) -> "subprocess.Popen[str]":
    return start("batch", tree, "--output", output, "--jobs", 2, "--method", "contact", "--quiet", code=code)


def workers(process: "subprocess.Popen[str]") -> list[int]:
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(word) for path in found for word in path.read_text(encoding="utf-8").split()]


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def whole_lines(output: Path) -> bytes:
    """Return the whole lines of the records, without a last one that was cut off."""
    path = output / "results.jsonl"
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def records(content: bytes) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, content.splitlines())


def wait_for_records(process: "subprocess.Popen[str]", output: Path, count: int) -> None:
    """Wait until there are so many records, or the process has ended."""
    limit = time.monotonic() + WITHIN
    while whole_lines(output).count(b"\n") < count and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_batch_killed_at_random_moments_loses_nothing_and_redoes_nothing(tmp_path: Path) -> None:
    tree, output = make_tree(tmp_path / "tree", SOURCES), tmp_path / "out"
    moments, killed = random.Random(15), 0
    while killed < KILLS:
        before = whole_lines(output)
        done = {record["source"] for record in records(before)}
        process = run(tree, output)
        if killed % 5:  # Else it is killed while it starts.
            wait_for_records(process, output, len(done) + moments.randint(0, 3))
        time.sleep(moments.uniform(0, 0.15))
        for _ in range(2):
            if victims := workers(process):
                os.kill(moments.choice(victims), signal.SIGKILL)
                killed += 1
                time.sleep(moments.uniform(0, 0.15))
        orphans = workers(process)
        process.kill()
        killed += 1
        end(process)
        after = whole_lines(output)
        assert after.startswith(before)
        assert not done & {record["source"] for record in records(after[len(before) :])}
        limit = time.monotonic() + WITHIN
        while any(map(is_alive, orphans)):
            assert time.monotonic() < limit
            time.sleep(0.01)
    assert 0 < whole_lines(output).count(b"\n") < SOURCES, "the kills came before or after all the work"
    before = whole_lines(output)
    result, _, error = end(run(tree, output, code=""))
    assert result == 0, error
    after = whole_lines(output)
    assert after == (output / "results.jsonl").read_bytes() and after.startswith(before)
    found = list(records(after))
    assert sorted(record["source"] for record in found) == sorted(path.name for path in tree.iterdir())
    for record in found:
        assert record["status"] == "fitted" and record["box"] == found[0]["box"], record
        assert find_boxes(open_stage(output / record["stage"]["path"])) == [record["prim"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_batch_that_is_interrupted_ends_cleanly_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    tree, output = make_tree(tmp_path / "tree", 20), tmp_path / "out"
    process = run(tree, output)
    wait_for_records(process, output, 3)
    children = workers(process)
    process.send_signal(number)
    result, _, error = end(process)
    assert result == 130 and "sources left: the same command goes on" in error, error
    assert not any(map(is_alive, children))
    before = (output / "results.jsonl").read_bytes()
    assert 3 <= before.count(b"\n") < 20 and before.endswith(b"\n")
    assert end(run(tree, output, code=""))[0] == 0
    assert (output / "results.jsonl").read_bytes().startswith(before) and whole_lines(output).count(b"\n") == 20


def test_batch_interrupted_twice_ends_at_once(tmp_path: Path) -> None:
    process = run(make_tree(tmp_path / "tree", 20), tmp_path / "out")
    wait_for_records(process, tmp_path / "out", 1)
    children = workers(process)
    os.kill(children[0], signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 130 and not any(map(is_alive, children))
