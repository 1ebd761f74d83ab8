"""`boxfit fit --export` and `--json`, with a stage and without one."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from boxfit.exports.formats import EXPORTS
from boxfit.session.report import SCHEMA
from pxr import Usd

from tests import box_readers as readers
from tests.cli.conftest import Run, contents

UNITS = ("--source-units", 0.01)


def corners_of(text: str) -> np.ndarray:
    report = json.loads(text)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(report)
    return np.array(report["objects"][0]["box"]["corners"])


def test_fit_json_without_a_stage_prints_a_report_with_the_corners(views: Path, tmp_path: Path, run: Run) -> None:
    before = contents(tmp_path)
    outcome = run("fit", views, "--json")
    assert outcome.code == 0 and contents(tmp_path) == before
    report = json.loads(outcome.out)
    assert report["stage"] is None and report["objects"][0]["prim"] is None
    box = report["objects"][0]["box"]
    made = np.array(box["centre"]) + readers.UNIT * box["size"] @ np.array(box["rotation"]).T
    assert readers.corner_error(corners_of(outcome.out), made) < 1e-9


def test_fit_several_exports_and_a_stage_hold_one_box(views: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    out.mkdir()
    exports = ["--export", f"json:{out / 'b.json'}", "--export", f"replicator:{out / 'replicator'}"]
    outcome = run("fit", views, "--output", out / "box.usda", "--report", out / "r.json", *exports)
    assert outcome.code == 0, outcome.err
    assert f"wrote {out / 'b.json'}\n" in outcome.out and "bounding_box_3d_0000.npy\n" in outcome.out
    corners = corners_of((out / "r.json").read_text(encoding="utf-8"))
    assert np.allclose(readers.load(out / "b.json")["objects"][0]["corners"], corners)
    (path,) = readers.replicator(out / "replicator")
    assert Usd.Stage.Open(str(out / "box.usda")).GetPrimAtPath(path).GetTypeName() == "Cube"
    assert readers.corner_error(readers.replicator(out / "replicator")[path], corners) < 1e-6


def test_fit_with_exports_alone_writes_them_and_prints_notes(views: Path, tmp_path: Path, run: Run) -> None:
    outcome = run(
        "fit", views, *UNITS, "--export", f"bop:{tmp_path / 'bop'}", "--export", f"nerfstudio:{tmp_path / 'n.json'}"
    )
    assert outcome.code == 0 and f"wrote {tmp_path / 'n.json'}" in outcome.out
    assert "boxfit: note: nerfstudio: no dataparser_transforms.json" in outcome.err
    assert set(readers.bop(tmp_path / "bop")) == set(range(8))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--export", "obj:box.obj"], "formats are json, "),
        (["--json", "--prim", "/World/Box"], "no stage is written"),
        (["--export", "json:b.json", "--animation"], "no stage is written"),
        (["--verbose"], "--export"),
    ],
)
def test_fit_with_flags_that_contradict_each_other_exits_with_2(flags: list[str], words: str, run: Run) -> None:
    outcome = run("fit", "views", *flags)
    assert outcome.code == 2 and words in outcome.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--export", "bop:out"], "state it (--source-units)"),
        (["--export", "json:out/a.txt"], "it is a .json file"),
        (["--export", "json:r.json", "--report", "r.json"], "named twice"),
        (["--export", "bop:out", *UNITS, "--export", "json:out/scene_gt.json"], "named twice"),
        (["--export", "json:views/0_metadata.json", "--force"], "name another file"),
        (["--export", "kitti:out", *UNITS], "degrees of pitch and roll"),
    ],
)
def test_fit_whose_exports_cannot_be_written_writes_nothing(
    flags: list[str], words: str, views: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    before = contents(tmp_path)
    outcome = run("fit", views, "--output", "box.usda", *flags)
    assert outcome.code == 1 and words in outcome.err, outcome.err
    assert contents(tmp_path) == before


def test_help_of_fit_names_every_format(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = " ".join(run("fit", "--help").out.replace("│", " ").split())
    assert "--export FORMAT:PATH" in text
    assert all(f"{name} ({each.summary})" in text for name, each in EXPORTS.items())
