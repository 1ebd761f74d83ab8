"""The driver: what it leaves out, what it does again, and what it refuses."""

import json
import os
from pathlib import Path
from typing import Any

import boxfit
import pytest
from boxfit.batches.records import read_records, results_file
from boxfit.batches.run import run_batch
from boxfit.errors import BoxfitError, OutputError
from boxfit.files.locks import locked
from boxfit.geometry.units import WorldUnits
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.settings.by_name import SettingsByName
from boxfit.usd.stage import new_stage, open_stage
from pxr import Usd, UsdGeom

from tests.folders import write_box_views
from tests.unit.batches.conftest import QUICK, Inline, write_two_objects

ALL = ["a", "b/c", "b/d", "e"]


@pytest.fixture
def again(tree: Path, tmp_path: Path, inline: Inline) -> Any:
    """Function that runs the batch, and returns the sources that were fitted with the summary."""

    def call(settings: Any = QUICK, **options: Any) -> tuple[list[str], Any]:
        summary = run_batch(tree, tmp_path / "out", settings, executor=inline, **options)
        return inline.fitted, summary

    return call


def test_second_run_leaves_everything_alone(again: Any, tmp_path: Path) -> None:
    fitted, summary = again()
    assert fitted == ALL and (summary.fitted, summary.done, summary.on_record) == (4, 4, 4)
    assert sum(summary.grades.values()) == 4
    before = results_file(tmp_path / "out", (1, 1)).read_bytes()
    fitted, summary = again()
    assert fitted == [] and (summary.unchanged, summary.fitted, summary.on_record) == (4, 0, 4)
    assert results_file(tmp_path / "out", (1, 1)).read_bytes() == before


def test_changed_settings_files_and_versions_are_done_again(
    again: Any, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again()
    assert again({**QUICK, "align": "free"})[0] == ALL and again(thumbnails=False)[0] == ALL
    assert again(thumbnails=False, exports=["json"])[0] == ALL
    metadata = tree / "b/c/0_metadata.json"
    os.utime(metadata, ns=(0, metadata.stat().st_mtime_ns + 1))
    write_box_views(tree / "f")
    assert again(thumbnails=False, exports=["json"])[0] == ["b/c", "f"]
    for module in ("worker", "run"):
        monkeypatch.setattr(f"boxfit.batches.{module}.__version__", "later")
    fitted, summary = again(thumbnails=False, exports=["json"])
    assert fitted == [*ALL, "f"] and summary.outdated == boxfit.__version__
    records = list(read_records(tmp_path / "out"))
    assert [record["attempt"] for record in sorted(records, key=lambda each: each["source"])] == [5, 6, 5, 5, 2]


def test_failed_sources_are_tried_again_on_demand_alone(again: Any, tree: Path) -> None:
    for path in (tree / "e").glob("*.npy"):
        path.write_bytes(b"damaged")
    _, summary = again()
    assert summary.failed == 1 and summary.kinds == {"DatasetError": 1} and summary.on_record == 3
    assert again()[1].failed_before == 1
    assert again()[0] == [] and again(retry_failed=True)[0] == ["e"]
    write_box_views(tree / "e")
    assert again()[0] == ["e"] and again(retry_failed=True)[0] == []


def test_records_whose_write_was_cut_off_are_done_again(again: Any, tmp_path: Path) -> None:
    again()
    path = results_file(tmp_path / "out", (1, 1))
    path.write_bytes(path.read_bytes()[:-1])
    assert again()[0] == ["e"]
    assert sorted(record["source"] for record in read_records(tmp_path / "out")) == ALL


def test_source_of_which_only_some_records_were_written_is_done_again(again: Any, tree: Path, tmp_path: Path) -> None:
    write_two_objects(tree / "z")
    again()
    path = results_file(tmp_path / "out", (1, 1))
    path.write_bytes(path.read_bytes()[:-1])
    assert again()[0] == ["z"]
    records = [record for record in read_records(tmp_path / "out") if record["source"] == "z"]
    assert [(record["attempt"], record["status"]) for record in records] == [(2, "fitted"), (2, "failed")]


def test_shards_together_do_everything_once_and_a_run_without_finds_it_done(again: Any, tmp_path: Path) -> None:
    assert again(part=(1, 3))[0] == ["a", "e"]
    assert again(part=(2, 3))[0] == ["b/c"] and again(part=(3, 3))[0] == ["b/d"]
    assert again()[0] == [] and again(part=(1, 2))[0] == []
    assert len(list(read_records(tmp_path / "out"))) == 4


def test_manifest_gives_sources_settings_of_their_own(again: Any, tree: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "list.txt"
    manifest.write_text('b/d\n{"source": "a", "align": "free"}\n', encoding="utf-8")
    assert again(manifest=manifest)[0] == ["a", "b/d"]
    settings = {record["source"]: record["settings"] for record in read_records(tmp_path / "out")}
    assert settings == {"a": {**QUICK, "align": "free"}, "b/d": QUICK}
    manifest.write_text('b/d\n{"source": "a", "align": "up"}\n', encoding="utf-8")
    assert again(manifest=manifest)[0] == ["a"]


def test_results_within_the_tree_are_no_sources_and_no_inputs(tree: Path, inline: Inline) -> None:
    for _ in range(2):
        run_batch(tree, tree / "results", QUICK, executor=inline)
    assert inline.fitted == []
    run_batch(tree / "a", tree / "a" / "results", QUICK, executor=inline)
    assert inline.fitted == ["."]
    run_batch(tree / "a", tree / "a" / "results", QUICK, executor=inline)
    assert inline.fitted == []


def test_callback_gets_the_start_and_the_records_of_each_source(again: Any) -> None:
    seen: list[Any] = []
    again(callback=lambda summary, records: seen.append((summary.done, [record["source"] for record in records])))
    assert seen == [(0, []), *((number, [source]) for number, source in enumerate(ALL, 1))]


def test_run_that_is_stopped_finishes_what_it_has_begun(again: Any) -> None:
    def stop(summary: Any, records: Any) -> None:
        summary.stopped = summary.done == 2

    fitted, summary = again(callback=stop)
    assert fitted == ALL[:2] and summary.stopped and summary.done == 2
    assert again()[0] == ALL[2:]


def test_second_run_at_the_same_time_is_refused(again: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with locked(results_file(tmp_path / "out", (1, 1))):
        with pytest.raises(OutputError, match=r"results\.jsonl is being written by another program"):
            again()
        assert again(part=(1, 4))[0] == ["a"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"settings": {"align": "sideways"}}, "align is 'sideways'"),
        ({"exports": ["obj"]}, "'obj' is no format of boxes"),
        ({"root": "gone"}, "gone does not exist"),
        ({"root": "a/0_metadata.json"}, "is a file: fit it with boxfit fit"),
        ({"root": "omniverse://server/data"}, r"omniverse://server/data (cannot be opened|needs the package fsspec)"),
        ({"output": "."}, "is the folder of the datasets too"),
        ({"output": "a/0_metadata.json"}, "cannot be made"),
        ({"manifest": Path("gone.txt")}, "gone.txt cannot be read"),
        ({"collect": Path("all.txt")}, "all.txt cannot be written"),
    ],
)
def test_run_that_cannot_begin_says_why(
    tree: Path, inline: Inline, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], found: str
) -> None:
    monkeypatch.chdir(tree)
    root, output = (Path(options.pop(name, default)) for name, default in (("root", "."), ("output", "out")))
    with pytest.raises(BoxfitError, match=found):
        run_batch(root, output, executor=inline, **options)
    assert inline.fitted == []


def test_collected_stage_holds_every_box_in_its_units(again: Any, tree: Path, tmp_path: Path) -> None:
    manifest, stage = tmp_path / "list.txt", tmp_path / "all.usda"
    manifest.write_text('{"source": "a", "source_units": 1}\n{"source": "e", "source_units": 0.01}\n', encoding="utf-8")
    for _ in range(2):
        again(manifest=manifest, collect=stage)
    opened = open_stage(stage)
    assert UsdGeom.GetStageMetersPerUnit(opened) == 1 and opened.GetDefaultPrim().GetPath() == "/World"
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"])
    sizes = [
        cache.ComputeWorldBound(opened.GetPrimAtPath(f"/World/boxes_{name}")).ComputeAlignedRange().GetSize()
        for name in ("a", "e")
    ]
    assert max(sizes[0]) > 0 and list(sizes[0]) == pytest.approx([100 * length for length in sizes[1]])


def test_collected_stage_replaces_no_other_stage(again: Any, tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "mine.usda", WorldUnits())
    stage.GetRootLayer().Save()
    with pytest.raises(BoxfitError, match=r"mine\.usda exists, and is no stage of an earlier collection"):
        again(collect=tmp_path / "mine.usda")


def test_batch_takes_every_setting_of_fit() -> None:
    hints = {name for kind in (InputSettings, FitSettings, PrimSettings) for name in kind.__dataclass_fields__}
    assert SettingsByName.__annotations__.keys() == hints


def test_batch_in_python_fits_in_processes(tree: Path, tmp_path: Path) -> None:
    seen: list[Any] = []
    summary = boxfit.batch(
        tree, tmp_path / "out", jobs=1, export="json", callback=lambda *each: seen.append(each), method="contact"
    )
    assert summary.fitted == 4 and len(seen) == 5
    assert {json.dumps(record["settings"]) for record in read_records(tmp_path / "out")} == {
        '{"method": "contact", "export": ["json"]}'
    }
    with pytest.raises(TypeError, match="jobs, ray and executor name different workers"):
        boxfit.batch(tree, tmp_path / "out", jobs=1, ray=True)
    with pytest.raises(TypeError, match="no setting is called alignment"):
        boxfit.batch(tree, tmp_path / "out", alignment="up")  # type: ignore[call-arg]
