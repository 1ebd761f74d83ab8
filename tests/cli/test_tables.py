"""Tables of `boxfit fit`, and their layout without a terminal."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from boxfit.cli.tables import print_tables, report_tables
from boxfit.settings.naming import as_flags
from pxr import Usd

from tests.cli.conftest import Run
from tests.folders import box_mask, cameras_around, metadata_of, write_view


def test_tables_piped_have_titles_on_one_line_no_wide_line_and_no_trailing_spaces(
    views: Path, tmp_path: Path, run: Run
) -> None:
    fitted = run("fit", "--verbose", views, "--output", tmp_path / "box.usda").out.splitlines()
    for lines in (fitted, run("inspect", views).out.splitlines()):
        # Names of files and the verdict are on lines of their own.
        lines = [line for line in lines if str(tmp_path) not in line and "masks covered" not in line]
        assert lines and max(map(len, lines)) <= 80
        assert [line for line in lines if line != line.rstrip()] == []
    assert "Faces: distance from the centre, and its bounds" in fitted
    assert "What each figure means: docs/report.md" in fitted


def test_tables_of_masks_that_are_covered_list_no_views(
    views: Path, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.loads(run("fit", "--verbose", views, "--output", tmp_path / "box.usda", "--json").out)
    for view in report["objects"][0]["views"]:
        view["coverage"] = 0.9999
    print_tables(report_tables(report))
    assert "edges not used" not in capsys.readouterr().out


def test_tables_list_the_views_whose_masks_are_not_covered(views: Path, tmp_path: Path, run: Run) -> None:
    flags = ["--method", "notebook", "--epochs", 1, "--notebook-half-extent", 0.1]
    out = run("fit", "--verbose", views, "--output", tmp_path / "box.usda", *flags).out
    assert "Masks not covered whole in 8 of 8 views, the least covered first" in out.splitlines()


def test_tables_name_the_frame_and_its_unit(views: Path, tmp_path: Path, run: Run) -> None:
    def table(name: str, *flags: object) -> str:
        return " ".join(run("fit", "--verbose", views, "--output", tmp_path / name, *flags).out.split())

    unknown = table("a.usda")
    assert "frame the dataset's world, unit not stated, up axis not stated size" in unknown
    assert "prim's frame" not in unknown
    known = table("b.usda", "--source-units", 0.01, "--source-up", "Z")
    assert "frame the dataset's world, 1 unit = 0.01 m, Z up size" in known


@pytest.mark.parametrize("rotation", ["orient", "xyz"])
def test_report_shows_the_prims_values_if_the_units_differ(
    rotation: str, views: Path, scene: Path, tmp_path: Path, run: Run
) -> None:
    flags = ["--source-units", 0.01, "--source-up", "Z", "--prim", "/World/Box", "--rotation", rotation]
    outcome = run("fit", "--verbose", views, "--into", scene, *flags, "--report", tmp_path / "r.json")
    (entry,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["objects"]
    stage = Usd.Stage.Open(str(scene))
    prim = stage.GetPrimAtPath("/World/Box")
    written = entry["prim"]
    assert written["path"] == "/World/Box"
    assert np.allclose(written["translate"], prim.GetAttribute("xformOp:translate").Get())
    assert np.allclose(np.sort(written["scale"]), np.sort(entry["box"]["size"]) * 0.01)
    if rotation == "orient":
        orient = prim.GetAttribute("xformOp:orient").Get()
        assert np.allclose(written["orient"], [orient.real, *orient.imaginary]) and written["rotate_xyz"] is None
    else:
        assert np.allclose(written["rotate_xyz"], prim.GetAttribute("xformOp:rotateXYZ").Get())
        assert written["orient"] is None
    assert "world has 1 unit = 1 m, Y up" in " ".join(outcome.out.split())
    assert "  ".join(f"{value:.5g}" for value in written["scale"]) in outcome.out


def test_report_warns_of_units_that_were_taken_from_the_stage(
    views: Path, scene: Path, tmp_path: Path, run: Run
) -> None:
    outcome = run("fit", "--verbose", views, "--into", scene, "--prim", "/World/Box", "--report", tmp_path / "r.json")
    (entry,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["objects"]
    (warning,) = (warning for warning in entry["warnings"] if "states no units" in warning)
    assert as_flags(warning) in outcome.err and "states no units" in outcome.out


def test_views_that_could_not_be_read_are_counted_and_named_in_table_and_report(
    views: Path, tmp_path: Path, run: Run
) -> None:
    for index in (1, 4):
        np.save(views / f"{index}_semantic.npy", np.ones((7, 7), np.int32))
    report = tmp_path / "report.json"
    outcome = run("fit", "--verbose", views, "--output", tmp_path / "b.usda", "--report", report, "--method", "contact")
    assert "6 used, 2 left out" in outcome.out
    assert all(f"view {index}: {index}_semantic.npy is 7 x 7" in outcome.out for index in (1, 4))
    (entry,) = json.loads(report.read_text(encoding="utf-8"))["objects"]
    assert [problem["where"] for problem in entry["views_left_out"]] == ["view 1", "view 4"]
    # It is told once for the dataset, and not again for each object.
    assert not any("left out" in warning for warning in entry["warnings"])
    assert [line for line in outcome.err.splitlines() if "semantic.npy" in line] == [
        f"boxfit: warning: view {index}: {index}_semantic.npy is 7 x 7 (height x width), but the view's metadata says "
        "72 x 128"
        for index in (1, 4)
    ]
    inspected = json.loads(run("inspect", views, "--json").out)["objects"][0]
    assert [problem["where"] for problem in inspected["views_left_out"]] == ["view 1", "view 4"]


def test_tables_lead_with_the_range_of_a_side_that_nothing_sees(tmp_path: Path, run: Run) -> None:
    for index, camera in enumerate(camera for camera in cameras_around(24) if camera.forward[1] < -0.7):
        write_view(tmp_path / "views", index, metadata_of(camera), semantic=box_mask(camera))
    flags = ["--align", "axes", "--source-up", "Y", "--source-units", 0.01, "--report", tmp_path / "r.json"]
    outcome = run("fit", "--verbose", tmp_path / "views", "--output", tmp_path / "box.usda", *flags)
    (entry,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["objects"]
    texts = entry["ranges"]
    assert any(text.endswith(" cm along y: nothing sees it from below") for text in texts)
    # Long texts are on several lines.
    table = " ".join(outcome.out.split())
    assert table.startswith(" ".join(["box.usd/1", *(f"range {text}" for text in texts), "frame"]))
    # The verdict tells it, so that no warning does.
    assert "nothing sees it from below" not in outcome.err
    (verdict,) = (line for line in outcome.out.splitlines() if line.startswith("box.usd/1: "))
    assert verdict.count("nothing sees it from below") == 1 and "masks covered: open" in verdict
    quiet = run("fit", "--quiet", tmp_path / "views", "--output", tmp_path / "quiet.usda", *flags[:-2])
    assert quiet.out == "" and "cm along y: nothing sees it from below" in quiet.err


def test_tables_name_extent_and_alignment_with_the_flags_of_their_alternatives(
    views: Path, tmp_path: Path, run: Run
) -> None:
    def rows(*flags: object) -> list[str]:
        lines = " ".join(run("fit", "--verbose", views, "--output", tmp_path / "b.usda", "--force", *flags).out.split())
        found = [lines.partition(f" {name} ")[2] for name in ("extent", "alignment")]
        return [text[:80] for text in found if text]

    extent, alignment = rows("--method", "contact")
    assert extent.startswith("likely; the certain box would be ") and "% larger: --extent certain" in extent
    assert alignment.startswith("free; upright would be ") and "times as large: --align up" in alignment
    extent, alignment = rows("--method", "contact", "--extent", "proven", "--align", "up")
    assert extent.startswith("proven; the likely box would be ") and "--extent likely" in extent
    assert alignment.startswith("upright prim ")
    assert rows("--method", "notebook", "--epochs", 1) == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], r"taken: its silhouettes are 0\.\d+ px from the masks' outlines, those of the start box 0\.\d+ px"),
        (
            ["--align", "axes"],
            r"not tried: the object does not fill its box, whose silhouettes reach \d+\.\d px beyond",
        ),
        (["--align", "axes", "--method", "tight"], "not taken: the object does not fill its box"),
    ],
)
def test_tables_tell_whether_the_differentiable_fit_was_taken_and_why_not(
    flags: list[str], words: str, views: Path, tmp_path: Path, run: Run
) -> None:
    out = " ".join(run("fit", "--verbose", views, "--output", tmp_path / "b.usda", *flags).out.split())
    assert re.search(f" fit {words} ", out), out


def test_tables_of_a_method_without_choice_have_no_row_for_it(views: Path, tmp_path: Path, run: Run) -> None:
    assert " fit  " not in run("fit", "--verbose", views, "--output", tmp_path / "b.usda", "--method", "contact").out
