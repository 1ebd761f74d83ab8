"""Fit of one source: its records, its files, and failures of every kind as records."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boxfit
import jsonschema
import numpy as np
import pytest
from boxfit.batches.job import LOG, Job, Task
from boxfit.batches.records import SCHEMA
from boxfit.batches.worker import crash_record, fit_one
from boxfit.errors import FitError
from boxfit.sample import make_sample
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage
from boxfit.views.data_generator import read_data_generator
from boxfit.views.writers.plain import write_plain
from PIL import Image

from tests.unit.batches.conftest import QUICK, write_two_objects

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def fit(task: Task, job: Job) -> list[dict[str, Any]]:
    records = fit_one(task, job)
    for record in records:
        VALIDATOR.validate(record)
        assert record["objects"] == len(records)
    return records


def test_fitted_source_has_the_box_of_a_fit_by_itself(tree: Path, job: Job) -> None:
    job = replace(job, thumbnails=True, exports=("json", "replicator"))
    (record,) = fit(Task("b/c", QUICK, attempt=3), job)
    (expected,) = boxfit.fit(tree / "b/c", method="contact")
    assert record["box"]["corners"] == expected.box.corners.tolist() and record["volume"] == expected.box.volume
    assert record["bounds"][3] == {
        "face": "+y",
        "inner": expected.bounds.inner[1, 1],
        "outer": expected.bounds.outer[1, 1],
    }
    assert record["bound_width"] == pytest.approx((expected.bounds.widths / expected.box.size[:, None]).max())
    assert record["format"] == "data-generator" and record["warnings"] == [*expected.warnings]
    assert record["attempt"] == 3 and record["object"] == expected.name and record["views"] == 4
    assert record["settings"] == {**QUICK, "export": ["json", "replicator"]}
    assert record["stage"]["path"] == "boxes/b/c.usda" and record["thumbnail"] == "thumbnails/b/c.1.jpg"
    assert find_boxes(open_stage(job.output / record["stage"]["path"])) == [record["prim"]]
    with Image.open(job.output / record["thumbnail"]) as picture:
        assert picture.size == (256, 256)
    assert (job.output / "exports/json/b/c.json").is_file()
    assert (job.output / "exports/replicator/b/c/bounding_box_3d_0000.npy").is_file()


def test_source_with_the_files_of_its_records_is_left_alone(tree: Path, job: Job) -> None:
    (record,) = fit(Task("a", QUICK), job)
    stage = (job.output / "boxes/a.usda").stat()
    again = Task("a", QUICK, 2, record["inputs"], tuple(record["elsewhere"]))
    assert fit(again, job) == [] and (job.output / "boxes/a.usda").stat() == stage
    (tree / "a" / "new").touch()
    assert fit(again, job)[0]["attempt"] == 2 and (job.output / "boxes/a.usda").stat() != stage


def test_view_that_cannot_be_read_is_a_warning_of_each_object(tree: Path, job: Job) -> None:
    for index in (1, 2):
        (tree / "b/c" / f"{index}_semantic.npy").write_bytes(b"")
    (record,) = fit(Task("b/c", QUICK), job)
    assert record["views_left_out"] == 2
    assert [text.partition(":")[0] for text in record["warnings"] if "npy" in text] == ["view 1", "view 2"]


def test_stage_is_done_again_when_a_view_elsewhere_has_changed(tmp_path: Path, job: Job) -> None:
    scene = make_sample(job.root / "sample")
    (record,) = fit(Task("sample/scene.usda", QUICK), job)
    assert record["status"] == "fitted" and "sample/views" in record["elsewhere"]
    again = Task("sample/scene.usda", QUICK, 2, record["inputs"], tuple(record["elsewhere"]))
    assert fit(again, job) == []
    (scene.parent / "views" / "new").touch()
    assert len(fit(again, job)) == 1


def test_what_holds_for_the_whole_dataset_is_a_remark_and_no_warning(tree: Path, job: Job) -> None:
    write_plain(read_data_generator(tree / "a"), tree / "plain")
    (record,) = fit(Task("plain", QUICK), job)
    assert record["format"] == "plain" and not any("up axis" in text for text in record["warnings"])
    assert len(record["remarks"]) == 1 and "states no up axis" in record["remarks"][0]
    (stated,) = fit(Task("plain", {**QUICK, "source_up": "Z", "source_units": 0.01}), job)
    assert stated["remarks"] == []


def test_object_that_cannot_be_fitted_leaves_the_others_their_boxes(job: Job) -> None:
    write_two_objects(job.root / "two")
    fitted, failed = fit(Task("two", QUICK), job)
    assert (fitted["status"], failed["status"]) == ("fitted", "failed")
    assert failed["object"] == "box.usd/2" and failed["kind"].endswith("Error") and failed["error"]
    assert len(find_boxes(open_stage(job.output / "boxes/two.usda"))) == 1


@pytest.mark.parametrize("source", ["gone", "empty", "a/0_metadata.json", "../gone"])
def test_source_that_cannot_be_read_is_one_failed_record(job: Job, source: str) -> None:
    (job.root / "empty").mkdir()
    (record,) = fit(Task(source, QUICK), job)
    assert record["object"] is None and record["kind"].endswith("Error") and record["source"] == source
    assert not (job.output / LOG).exists()


def test_setting_that_no_object_meets_is_a_failed_record(job: Job) -> None:
    (record,) = fit(Task("a", {"label": "chair"}), job)
    assert record["kind"] == "DatasetError" and "has no label 'chair'" in record["error"]


def test_unexpected_error_is_a_record_and_its_traceback_in_the_log(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by\nchance")

    monkeypatch.setattr("boxfit.batches.worker.Session", broken)
    (record,) = fit(Task("a", QUICK), job)
    assert record["kind"] == "ZeroDivisionError"
    assert record["error"] == "unexpected ZeroDivisionError: by chance (traceback in log.txt)"
    log = (job.output / LOG).read_text(encoding="utf-8")
    assert log.startswith("a, as a whole:\nTraceback") and "in broken" in log


def test_number_that_json_does_not_have_is_a_failed_record(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxfit.batches.worker._share", lambda values: {"mean": np.nan, "least": 0})
    (record,) = fit(Task("a", QUICK), job)
    assert record["kind"] == "ValueError"


def test_failed_write_keeps_the_stage_from_before(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    fit(Task("a", QUICK), job)
    before = (job.output / "boxes/a.usda").read_bytes()

    def broken(*_: object) -> None:
        raise FitError("no picture")

    monkeypatch.setattr("boxfit.batches.worker._draw", broken)
    (record,) = fit(Task("a", {**QUICK, "align": "free"}), replace(job, thumbnails=True))
    assert record["error"] == "no picture" and (job.output / "boxes/a.usda").read_bytes() == before


def test_metric_export_of_a_dataset_without_unit_is_a_failed_record(job: Job) -> None:
    (record,) = fit(Task("a", QUICK), replace(job, exports=("bop",)))
    assert record["kind"] == "OutputError" and "the unit is unknown" in record["error"]
    assert not (job.output / "boxes/a.usda").exists()


def test_crash_record_has_the_hash_by_which_the_source_is_left_alone(job: Job) -> None:
    record = crash_record(Task("a", QUICK), job, "it died")
    VALIDATOR.validate(record)
    assert (record["kind"], record["error"]) == ("Crash", "it died")
    assert fit(Task("a", QUICK, 2, record["inputs"]), job) == []


def test_masks_are_named_relative_to_the_source(job: Job) -> None:
    (record,) = fit(Task("a", {"masks": "masks"}), job)
    assert "state nothing of them (masks)" in record["error"]
    (record,) = fit(Task("a/0_metadata.json", {"format": "transforms", "masks": "masks"}), job)
    assert record["kind"] == "DatasetError"
