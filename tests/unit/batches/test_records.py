"""Records: lines that survive a kill, and those that count."""

import json
from pathlib import Path
from typing import Any

import pytest
from boxfit.batches.records import RecordFile, read_known, read_records, results_file
from boxfit.errors import OutputError


def record(source: str, name: str | None = "box", attempt: int = 1, **others: Any) -> dict[str, Any]:
    values = {"status": "fitted", "settings": {}, "boxfit": "1", "inputs": "hash", "elsewhere": [], "objects": 1}
    return {"source": source, "object": name, "attempt": attempt, **values, **others}


def write(output: Path, *groups: list[dict[str, Any]], part: tuple[int, int] = (1, 1)) -> Path:
    with RecordFile(results_file(output, part)) as file:
        for group in groups:
            file.append(group)
    return file.path


def test_results_file_of_a_shard_names_it(tmp_path: Path) -> None:
    assert results_file(tmp_path, (2, 8)).name == "results-2-of-8.jsonl"
    assert results_file(tmp_path, (1, 1)).name == "results.jsonl"


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_torn_last_line_is_skipped_and_then_cut_off(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, [record("a")], [record("b" * 70_000)])
    path.write_bytes(path.read_bytes()[:-cut])
    assert [each["source"] for each in read_records(tmp_path)] == ["a"]
    write(tmp_path, [record("c")])
    assert [json.loads(line)["source"] for line in path.read_text(encoding="utf-8").splitlines()] == ["a", "c"]


def test_file_of_a_torn_line_alone_becomes_empty(tmp_path: Path) -> None:
    results_file(tmp_path, (1, 1)).write_bytes(b'{"source": "a')
    assert write(tmp_path).read_bytes() == b""


def test_records_of_the_last_attempt_count_whatever_the_file(tmp_path: Path) -> None:
    write(tmp_path, [record("a", "old", objects=2), record("a", "gone", objects=2)], [record("b")])
    write(tmp_path, [record("a", "new", attempt=2)], part=(1, 2))
    assert [(each["source"], each["object"]) for each in read_records(tmp_path)] == [("a", "new"), ("b", "box")]
    known = read_known(tmp_path)
    assert known["a"].attempt == 2 and known["a"].is_whole and known["a"].fitted == 1


def test_records_of_two_shards_and_one_attempt_count_once(tmp_path: Path) -> None:
    for part in ((1, 2), (1, 3)):
        write(tmp_path, [record("a", str(part))], part=part)
    assert len(list(read_records(tmp_path))) == 1


def test_known_source_with_lines_cut_off_is_not_whole(tmp_path: Path) -> None:
    group = [record("a", str(number), objects=3) for number in range(3)]
    path = write(tmp_path, group)
    path.write_bytes(path.read_bytes()[:-10])
    assert not read_known(tmp_path)["a"].is_whole


def test_record_with_a_surrogate_is_read_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, [record("a\udcff", "Würfel")])
    (found,) = read_records(tmp_path)
    assert found["source"] == "a\udcff" and "Würfel" in results_file(tmp_path, (1, 1)).read_text(encoding="utf-8")


@pytest.mark.parametrize("line", ["{", "[]", '{"source": "a"}', "NaN", "\x00"])
def test_line_that_is_no_record_is_refused_with_the_file(tmp_path: Path, line: str) -> None:
    results_file(tmp_path, (1, 1)).write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(OutputError, match=r"results\.jsonl"):
        list(read_records(tmp_path))


def test_record_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    results_file(tmp_path, (1, 1)).mkdir()
    with pytest.raises(OutputError, match=r"results\.jsonl cannot be written"):
        write(tmp_path)
