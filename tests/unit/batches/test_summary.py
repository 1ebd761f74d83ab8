"""Summary of a batch: its table, and the data of its page."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from boxfit.batches import summary
from boxfit.batches.look import RULES, look_points
from boxfit.batches.page_data import page_text
from boxfit.batches.records import SCHEMA
from boxfit.batches.summary import CSV, write_summary
from boxfit.errors import OutputError

from tests.batch_records import cut, failed, fitted, wide, write_batch

NASTY = '</script><img src=x onerror="alert(1)">, "quoted"\nsecond line\u2028 \ud800 ${name}'


def table(output: Path) -> list[dict[str, str]]:
    with (output / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def called(script: Path) -> list[Any]:
    """Return the arguments of the call that a script of data is."""
    text = script.read_text("ascii").strip().removesuffix(");").split("(", 1)[1]
    return [
        json.loads(json.loads(part.removesuffix(")")))
        for part in text.removeprefix("JSON.parse(").split(", JSON.parse(")
    ]


def objects(output: Path) -> dict[str, Any]:
    (content,) = called(output / "page" / "objects.js")
    return content


def files(output: Path) -> set[str]:
    return {path.name for path in (output / "page").iterdir()}


def test_made_records_are_as_the_schema_says(tmp_path: Path) -> None:
    write_batch(tmp_path, [fitted("a", "mug"), wide("a", "pot"), cut("a", "cup"), failed("b"), failed("c", "mug")])
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for line in (tmp_path / "results.jsonl").read_text("utf-8").splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_table_has_a_row_for_each_object_in_the_order_of_numbers(tmp_path: Path) -> None:
    write_batch(
        tmp_path, [fitted("scan10", "mug"), failed("scan9"), fitted("scan9b", "part10"), fitted("scan9b", "part9")]
    )
    write_summary(tmp_path)
    rows = table(tmp_path)
    names = [("scan9", ""), ("scan9b", "part9"), ("scan9b", "part10"), ("scan10", "mug")]
    assert [(row["source"], row["object"]) for row in rows] == names
    assert [row["status"] for row in rows] == ["failed", "fitted", "fitted", "fitted"]


def test_row_has_the_figures_of_the_record(tmp_path: Path) -> None:
    record = fitted("scan", "mug", warnings=["one", "two"], undetermined_axes=["x", "z"])
    write_batch(tmp_path, [record])
    write_summary(tmp_path)
    (row,) = table(tmp_path)
    assert list(row) == list(CSV)
    assert [float(row[f"size_{axis}"]) for axis in "xyz"] == record["box"]["size"]
    assert [float(row[f"centre_{axis}"]) for axis in "xyz"] == record["box"]["centre"]
    assert [float(row[f"quaternion_{axis}"]) for axis in "wxyz"] == record["box"]["quaternion_wxyz"]
    assert float(row["coverage_least"]) == record["coverage"]["least"]
    assert float(row["seconds"]) == record["seconds"]["total"]
    assert (row["stage"], row["prim"]) == ("boxes/scan.usda", "/Boxes/mug")
    assert (row["warnings"], row["undetermined_axes"], row["error"]) == ("one | two", "x | z", "")
    assert int(row["look_first"]) == sum(look_points(record).values())


def test_row_of_a_failure_says_why_and_has_no_figures(tmp_path: Path) -> None:
    write_batch(tmp_path, [failed("scan", None, "it is empty", "DatasetError")])
    write_summary(tmp_path)
    (row,) = table(tmp_path)
    assert (row["kind"], row["error"], row["look_first"]) == ("DatasetError", "it is empty", "100")
    assert not any(row[name] for name in ("size_x", "volume", "coverage_mean", "views", "prim", "stage", "warnings"))


def test_all_shards_count_and_only_the_last_attempt_of_a_source(tmp_path: Path) -> None:
    write_batch(tmp_path, [failed("a"), fitted("b", "mug")], shard="-1-of-2")
    write_batch(tmp_path, [fitted("c", "mug")], shard="-2-of-2")
    write_batch(tmp_path, [fitted("a", "mug", attempt=2), fitted("a", "pot", attempt=2)], shard="-1-of-2")
    write_summary(tmp_path)
    assert [(row["source"], row["object"]) for row in table(tmp_path)] == [
        ("a", "mug"),
        ("a", "pot"),
        ("b", "mug"),
        ("c", "mug"),
    ]


@pytest.mark.parametrize(
    ("record", "points"),
    [
        (failed("a"), {"failure": 100}),
        (fitted("a", "mug", bound_width=0.2, coverage={"mean": 1.0, "least": 0.991}), [0, 0, 0]),
        (fitted("a", "mug", bound_width=0.25, coverage={"mean": 1.0, "least": 0.95}), [20, 20, 0]),
        (fitted("a", "mug", bound_width=9.0, coverage={"mean": 0.2, "least": 0.0}, warnings=["w"] * 5), [40, 40, 20]),
        (fitted("a", "mug", bound_width=0.0, coverage={"mean": 1.0, "least": 1.0}, warnings=["w"]), [0, 0, 10]),
    ],
)
def test_points_follow_the_rules(record: dict[str, Any], points: Any) -> None:
    names = ("bounds", "coverage", "warnings")
    assert look_points(record) == (points if isinstance(points, dict) else dict(zip(names, points, strict=True)))


def test_points_of_anything_fitted_are_at_most_those_of_a_failure() -> None:
    most = RULES["bounds"]["points"] + RULES["coverage"]["points"] + RULES["warnings"]["most"]
    assert most == RULES["failed"] == 100


def test_page_finds_the_details_of_each_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "CHUNK", 2)
    monkeypatch.setattr("boxfit.batches.page_data.CHUNK", 2)
    records = [fitted("b", "z"), fitted("b", "a"), failed("a"), wide("c", "x"), fitted("c", "y")]
    write_batch(tmp_path, records)
    write_summary(tmp_path)
    content = objects(tmp_path)
    assert content["chunk"] == 2
    assert files(tmp_path) == {"objects.js", "details-0.js", "details-1.js", "details-2.js"}
    for index, record in enumerate(records):
        chunk, details = called(tmp_path / "page" / f"details-{index // 2}.js")
        assert chunk == index // 2
        found = details[index % 2]
        assert {name: found["record"][name] for name in record} == record
        assert sum(found["points"].values()) == content["look"][index]
        assert (content["sources"][content["source"][index]], content["name"][index]) == (
            record["source"],
            record["object"],
        )
    assert content["rank"] == [2, 1, 0, 3, 4]


def test_details_of_a_larger_batch_before_are_deleted(tmp_path: Path) -> None:
    write_batch(tmp_path, [fitted("a", "mug")])
    (tmp_path / "page").mkdir()
    for name in ("details-0.js", "details-1.js", "details-17.js", "details-mine.js"):
        (tmp_path / "page" / name).touch()
    write_summary(tmp_path)
    assert files(tmp_path) == {"objects.js", "details-0.js", "details-mine.js"}


def test_columns_of_the_page_have_all_objects_and_volumes_of_one_unit(tmp_path: Path) -> None:
    litre = {"volume": 1000.0}
    metres = {"volume": 0.001, "world": {"up_axis": "Z", "meters_per_unit": 1.0}}
    write_batch(tmp_path, [fitted("a", "mug", **litre), fitted("b", "mug", **metres), failed("c")])
    write_summary(tmp_path)
    content = objects(tmp_path)
    columns = (
        "source",
        "failed",
        "unit",
        "volume",
        "notes",
        "look",
        "name",
        "kind",
        "bounds",
        "size",
        "picture",
        "rank",
    )
    assert {len(content[name]) for name in columns} == {3}
    assert content["volume"] == [pytest.approx(0.001), pytest.approx(0.001), None]
    assert [content["units"][unit] for unit in content["unit"]] == ["cm", "m", ""]
    assert (content["failed"], content["picture"][2]) == ([0, 0, 1], None)


def test_names_that_are_code_stay_text(tmp_path: Path) -> None:
    write_batch(tmp_path, [fitted("scan", NASTY, warnings=[NASTY], thumbnail=None)], pictures=False)
    write_summary(tmp_path)
    assert objects(tmp_path)["name"] == [NASTY]
    assert called(tmp_path / "page" / "details-0.js")[1][0]["record"]["warnings"] == [NASTY]
    (row,) = table(tmp_path)
    assert row["object"] == NASTY.replace("\ud800", "\\ud800")


def test_page_holds_no_data_and_names_no_server(tmp_path: Path) -> None:
    text = page_text()
    assert "/* page" not in text and "http" not in text.replace("http-equiv", "")
    assert "--row: 56px" in text and "const ROW = 56;" in text
    write_batch(tmp_path, [fitted("scan", "mug")])
    write_summary(tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == text


def test_batch_without_records_has_an_empty_summary(tmp_path: Path) -> None:
    write_summary(tmp_path)
    assert table(tmp_path) == []
    assert objects(tmp_path)["name"] == []
    assert files(tmp_path) == {"objects.js"}


def test_summary_that_holds_all_records_is_left_as_it_is(tmp_path: Path) -> None:
    write_batch(tmp_path, [fitted("a", "mug")])
    os.utime(tmp_path / "results.jsonl", (1e9, 1e9))
    write_summary(tmp_path)
    before = (tmp_path / "page" / "objects.js").stat()
    write_summary(tmp_path)
    assert (tmp_path / "page" / "objects.js").stat().st_ino == before.st_ino
    write_batch(tmp_path, [fitted("b", "mug")])
    os.utime(tmp_path / "results.jsonl", (4e9, 4e9))
    write_summary(tmp_path)
    assert len(table(tmp_path)) == 2


@pytest.mark.parametrize("lost", ["index.html", "summary.csv", "page/objects.js"])
def test_lost_or_older_file_of_the_summary_is_written_again(tmp_path: Path, lost: str) -> None:
    write_batch(tmp_path, [fitted("a", "mug")])
    os.utime(tmp_path / "results.jsonl", (1e9, 1e9))
    write_summary(tmp_path)
    (tmp_path / lost).unlink()
    write_summary(tmp_path)
    assert (tmp_path / lost).is_file()
    (tmp_path / "index.html").write_text("an older page")
    write_summary(tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == page_text()


@pytest.mark.parametrize("name", ["bound_width", "coverage", "warnings"])
def test_incomplete_record_is_an_error_and_leaves_the_summary(tmp_path: Path, name: str) -> None:
    write_batch(tmp_path, [fitted("a", "mug")])
    write_summary(tmp_path)
    before = (tmp_path / "summary.csv").read_bytes()
    write_batch(tmp_path, [fitted("b", "mug", **{name: None})], pictures=False)
    os.utime(tmp_path / "results.jsonl", (4e9, 4e9))
    with pytest.raises(OutputError, match="incomplete record"):
        write_summary(tmp_path)
    assert (tmp_path / "summary.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".boxfit")) == []
