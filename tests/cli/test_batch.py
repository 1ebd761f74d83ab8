"""`boxfit batch` from the command line: its output, exit codes and flags."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from boxfit.batches.job import Summary
from boxfit.cli.batch_display import batch_display, duration_text
from rich.console import Console

from tests.cli.conftest import Run
from tests.folders import write_box_views
from tests.unit.batches.conftest import write_two_objects

QUICK = ("--method", "contact", "--jobs", 1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make two datasets that can be fitted, and one that cannot."""
    for name in ("a", "b", "damaged"):
        (tmp_path / "tree" / name).mkdir(parents=True)
        write_box_views(tmp_path / "tree" / name)
    for path in (tmp_path / "tree" / "damaged").glob("*.npy"):
        path.write_bytes(b"damaged")
    return tmp_path / "tree"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_batch_writes_records_boxes_and_a_summary_and_names_failures(tree: Path, tmp_path: Path, run: Run) -> None:
    out, stage = tmp_path / "out", tmp_path / "all.usda"
    arguments = ("batch", tree, "--output", out, "--collect", stage, "--export", "json", *QUICK)
    outcome = run(*arguments)
    assert outcome.code == 0
    assert {record["source"]: record["status"] for record in lines(out / "results.jsonl")} == {
        "a": "fitted",
        "b": "fitted",
        "damaged": "failed",
    }
    for name in ("boxes/a.usda", "thumbnails/b.1.jpg", "exports/json/a.json", "summary.csv", "index.html"):
        assert (out / name).is_file()
    assert stage.is_file()
    assert "boxfit: warning: damaged: " in outcome.err and "Traceback" not in outcome.err
    assert "3 of 3 sources, 2 fitted, 1 failed, " in outcome.err
    (grade,) = {record["verdict"]["grade"] for record in lines(out / "results.jsonl") if record["status"] == "fitted"}
    assert f"2 {grade}" in outcome.out
    assert "2 objects in" in outcome.out and "1 (1 DatasetError)" in outcome.out
    assert outcome.err.rstrip().endswith("; --retry failed tries again")
    again = run(*arguments)
    assert again.code == 0 and "all 3 are on record: nothing to do" in again.out and "1 before" in again.out
    assert again.err.endswith("sources on record, nothing to do; 1 failed before: --retry failed tries again\n")
    assert len(lines(out / "results.jsonl")) == 3


def test_batch_names_the_source_of_an_object_that_fails(tmp_path: Path, run: Run) -> None:
    (tmp_path / "tree").mkdir()
    write_two_objects(tmp_path / "tree" / "pair")
    outcome = run("batch", tmp_path / "tree", "--output", tmp_path / "out", *QUICK)
    assert outcome.code == 0 and "boxfit: warning: pair, box.usd/2: " in outcome.err


def test_summary_alone_is_written_from_the_records(tree: Path, tmp_path: Path, run: Run) -> None:
    out, stage = tmp_path / "out", tmp_path / "all.usda"
    run("batch", tree, "--output", out, *QUICK)
    before = (out / "results.jsonl").read_bytes()
    for path in (out / "index.html", out / "summary.csv", *(tree / "a").iterdir()):
        path.unlink()
    outcome = run("batch", tree, "--output", out, "--summary-only", "--collect", stage)
    assert outcome.code == 0 and stage.is_file() and (out / "results.jsonl").read_bytes() == before
    assert (out / "index.html").is_file() and (out / "summary.csv").read_text("utf-8").count("\n") == 4


def test_summary_of_a_folder_without_records_is_refused(tree: Path, run: Run) -> None:
    outcome = run("batch", tree, "--output", tree / "a", "--summary-only")
    assert outcome.code == 1 and "holds no records (results.jsonl)" in outcome.err
    assert not (tree / "a" / "index.html").exists()


def test_batch_whose_sources_all_fail_exits_with_1(tree: Path, tmp_path: Path, run: Run) -> None:
    manifest = tmp_path / "list.txt"
    manifest.write_text("damaged\n", encoding="utf-8")
    arguments = ("batch", tree, "--output", tmp_path / "out", "--manifest", manifest, *QUICK)
    assert run(*arguments).code == run(*arguments, "--retry", "failed").code == 1
    assert [record["attempt"] for record in lines(tmp_path / "out" / "results.jsonl")] == [1, 2]


def test_batch_of_a_shard_writes_records_of_its_own(tree: Path, tmp_path: Path, run: Run) -> None:
    outcome = run("batch", tree, "--output", tmp_path / "out", "--shard", "2/3", "--no-thumbnails", "--quiet", *QUICK)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    (record,) = lines(tmp_path / "out" / "results-2-of-3.jsonl")
    assert record["source"] == "b" and record["thumbnail"] is None and not (tmp_path / "out" / "thumbnails").exists()


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (("--shard", "3/2"), "--shard is 3/2: give the number"),
        (("--shard", "x"), "--shard is x: give the number"),
        (("--jobs", 0), "--jobs is 0: give at least 1"),
        (("--export", "obj"), "--export is obj: formats are json"),
        (("--jobs", 1, "--ray", "auto"), "give one of them"),
        (("--jobs", 1, "--summary-only"), "--summary-only fits nothing: leave out"),
        (("--align", "sideways"), "sideways"),
    ],
)
def test_batch_with_wrong_flags_exits_with_2(
    tree: Path, tmp_path: Path, run: Run, flags: tuple[Any, ...], found: str
) -> None:
    outcome = run("batch", tree, "--output", tmp_path / "out", *flags)
    assert outcome.code == 2 and found in outcome.err and not (tmp_path / "out").exists()


def test_batch_of_a_tree_without_datasets_exits_with_1_and_one_line(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    outcome = run("batch", tmp_path / "empty", "--output", tmp_path / "out")
    assert outcome.code == 1 and outcome.err.startswith("boxfit: error: ") and outcome.err.count("\n") == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_live_table_shows_rate_time_left_failures_and_slowest(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = Summary(Path("out"), sources=10, expected=2, done=4, unchanged=1, fitted=2, failed=1, seconds=30.0)
    summary.kinds, summary.slowest, summary.stopped = {"FitError": 1}, {"b/[c]": 12.345}, True
    terminal, picture = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stderr", terminal)
    with batch_display(quiet=False) as display:
        display.show(summary, ())
        Console(file=picture, width=100).print(display._table())  # type: ignore[attr-defined]
    text = picture.getvalue()
    for words in ("4 of 10 sources (1 before)", "0.1 objects a second", "50 s left", "1 FitError", "12.35 s  b/[c]"):
        assert words in text or words.replace("12.35", "12.34") in text
    assert "Ctrl+C again ends at once" in text and "FitError" in terminal.getvalue()


def test_duration_has_its_two_largest_units() -> None:
    assert [duration_text(each) for each in (0, 59.6, 61, 3600, 90061, 86400)] == [
        "0 s",
        "1 min 0 s",
        "1 min 1 s",
        "1 h",
        "1 d 1 h",
        "1 d",
    ]
