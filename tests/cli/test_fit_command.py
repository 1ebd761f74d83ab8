"""Output of `boxfit fit` for good data, for odd data, and after an interruption."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from boxfit.__main__ import main
from boxfit.session.report import SCHEMA
from boxfit.usd.boxes import read_figures
from boxfit.usd.cube import find_boxes
from PIL import Image
from pxr import Usd, UsdGeom

from tests.cli.conftest import Run, contents
from tests.colmap_files import write_box_project
from tests.folders import RESOLUTION, box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.plain_files import write_plain_boxes
from tests.scenes import BOX


def check_report(text: str) -> dict:
    report = json.loads(text)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(report)
    return report


def world_matrix(stage: Path, path: str) -> np.ndarray:
    """The matrix of a prim to its stage's world, for row vectors."""
    opened = Usd.Stage.Open(str(stage))
    return np.array(UsdGeom.XformCache().GetLocalToWorldTransform(opened.GetPrimAtPath(path)))


def sizes(matrix: np.ndarray) -> np.ndarray:
    """Edge lengths of the unit cube that a matrix makes, shortest first."""
    return np.sort(np.linalg.norm(matrix[:3, :3], axis=1))


def test_fit_writes_every_file_that_is_asked_for(views: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    out.mkdir()
    names = {"report": "report.json", "overlay": "overlay.png", "curve": "curve.png", "gif": "fit.gif"}
    files = {kind: out / name for kind, name in names.items()}
    flags = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    outcome = run("fit", views, "--output", out / "box.usda", *flags)
    assert outcome.code == 0, outcome.err
    assert set(contents(out)) == {path.name for path in files.values()} | {"box.usda"}
    report = check_report(files["report"].read_text(encoding="utf-8"))
    (entry,) = report["objects"]
    assert entry["prim"]["path"] in outcome.out
    assert f"wrote {out / 'box.usda'}: {entry['prim']['path']}\n" in outcome.out
    assert np.allclose(np.sort(entry["box"]["size"]), np.sort(BOX.size), rtol=0.05)
    matrix = world_matrix(out / "box.usda", entry["prim"]["path"])
    assert np.allclose(sizes(matrix), np.sort(BOX.size), rtol=0.05)
    for kind in ("overlay", "curve", "gif"):
        with Image.open(files[kind]) as picture:
            assert picture.width > 400
            assert getattr(picture, "n_frames", 1) > 1 or kind != "gif"


def test_fit_not_on_a_terminal_prints_a_line_for_each_object_and_every_path(tmp_path: Path, run: Run) -> None:
    names = [f"thing{number:02}" for number in range(12)]
    for index, camera in enumerate(cameras_around(3)):
        for number, name in enumerate(names):
            metadata = metadata_of(camera, f"{name}.usd")
            write_view(tmp_path / "views", 3 * number + index, metadata, semantic=box_mask(camera))
    outcome = run("fit", tmp_path / "views", "--output", tmp_path / "box.usda", "--method", "contact")
    assert [line for line in outcome.err.splitlines() if "warning" not in line] == [
        f"fitting {name}.usd/1" for name in names
    ]
    *verdicts, _, written = outcome.out.splitlines()
    assert [line.partition(": ")[0] for line in verdicts] == [f"{name}.usd/1" for name in names]
    assert written == f"wrote {tmp_path / 'box.usda'}: " + ", ".join(f"/World/{name}_1" for name in names)


def test_fit_contact_shows_the_search_for_its_box(views: Path, tmp_path: Path, run: Run) -> None:
    pictures = ["--gif", tmp_path / "fit.gif", "--curve", tmp_path / "loss.png"]
    outcome = run("fit", views, "--output", tmp_path / "box.usda", "--method", "contact", *pictures, "--json")
    assert [stage["name"] for stage in check_report(outcome.out)["objects"][0]["stages"]] == ["start"]
    assert (tmp_path / "fit.gif").is_file() and (tmp_path / "loss.png").is_file()


def test_fit_quiet_prints_warnings_alone(views: Path, tmp_path: Path, run: Run) -> None:
    outcome = run("fit", views, "--output", tmp_path / "box.usda", "--quiet")
    assert (outcome.code, outcome.out) == (0, "")
    assert all(line.startswith("boxfit: warning: ") for line in outcome.err.splitlines())


@pytest.mark.parametrize("method", ["auto", "contact", "tight", "notebook"])
def test_fit_json_prints_a_valid_report_alone(method: str, views: Path, tmp_path: Path, run: Run) -> None:
    flags = ["--method", method, "--epochs", 2, "--json"]
    report = check_report(run("fit", views, "--output", tmp_path / "box.usda", *flags).out)
    (entry,) = report["objects"]
    assert entry["method"] == method
    assert entry["renderer"] == (None if method == "contact" else "area")
    if method in ("contact", "notebook"):
        assert entry["choice"] is None
    else:
        assert entry["choice"]["chosen"] == "fit" and entry["choice"]["reason"] == ""
        assert 0 < entry["choice"]["fit"] < entry["choice"]["start"] < 1


@pytest.mark.parametrize("method", ["auto", "tight"])
def test_fit_of_what_does_not_fill_its_box_reports_why_the_start_box_was_taken(
    method: str, views: Path, tmp_path: Path, run: Run
) -> None:
    flags = ["--method", method, "--align", "axes", "--json"]
    (entry,) = check_report(run("fit", views, "--output", tmp_path / "box.usda", *flags).out)["objects"]
    choice = entry["choice"]
    assert choice["chosen"] == "start" and "does not fill its box" in choice["reason"] and choice["start"] > 1
    tried = method == "tight"
    assert (choice["fit"] is not None) == tried and entry["renderer"] == ("area" if tried else None)
    assert [stage["name"] for stage in entry["stages"]] == ["start", *(["tight", "result"] if tried else [])]


def test_fit_twice_with_one_seed_gives_the_same_stage(views: Path, tmp_path: Path, run: Run) -> None:
    stages = [tmp_path / name for name in ("a.usda", "b.usda")]
    for stage in stages:
        assert run("fit", views, "--output", stage).code == 0
    assert stages[0].read_bytes() == stages[1].read_bytes()


def test_fit_into_a_stage_updates_its_own_box_and_keeps_the_rest(views: Path, scene: Path, run: Run) -> None:
    for _ in range(2):
        assert run("fit", views, "--into", scene, "--prim", "/World/Box", "--method", "contact").code == 0
    stage = Usd.Stage.Open(str(scene))
    assert [str(prim.GetPath()) for prim in stage.Traverse()] == ["/World", "/World/Box"]
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1


def test_fit_force_replaces_an_existing_stage_and_report(views: Path, scene: Path, tmp_path: Path, run: Run) -> None:
    report = tmp_path / "report.json"
    report.write_text("old", encoding="utf-8")
    assert run("fit", views, "--output", scene, "--report", report, "--force").code == 0
    check_report(report.read_text(encoding="utf-8"))
    assert "Cube" in scene.read_text(encoding="utf-8")


def test_fit_source_units_and_up_are_converted_to_those_of_the_stage(views: Path, scene: Path, run: Run) -> None:
    flags = ["--source-up", "Z", "--source-units", 0.01, "--prim", "/World/Box"]
    report = check_report(run("fit", views, "--into", scene, *flags, "--json").out)
    x, y, z = report["objects"][0]["box"]["centre"]
    assert np.allclose(world_matrix(scene, "/World/Box")[3, :3], [0.01 * x, 0.01 * z, -0.01 * y])


def test_camera_to_world_matrices_are_named_and_then_fitted_inspected_and_imported_with_the_flag(
    tmp_path: Path, run: Run
) -> None:
    folder, box, flag = tmp_path / "views", tmp_path / "box.usda", ["--camera-convention", "opengl-c2w"]
    for index, camera in enumerate(cameras_around(8)):
        metadata = metadata_of(camera)
        metadata["camera_properties"]["tf_mat"] = camera.world_from_camera.T.tolist()
        write_view(folder, index, metadata, semantic=box_mask(camera))
    for outcome in (run("fit", folder, "--output", box), run("inspect", folder)):
        assert " ".join(flag) in " ".join((outcome.out + outcome.err).split())

    report = check_report(run("fit", folder, "--output", box, *flag, "--json").out)
    assert np.allclose(np.sort(report["objects"][0]["box"]["size"]), np.sort(BOX.size), rtol=0.05)
    assert "contradict" not in run("inspect", folder, *flag).out
    assert run("import", folder, "--output", tmp_path / "views.usda", *flag).code == 0
    assert run("fit", tmp_path / "views.usda", "--output", box, "--force").code == 0


def test_fit_asset_frame_stands_where_the_world_frame_does(views: Path, tmp_path: Path, run: Run) -> None:
    matrices = []
    for frame in ("world", "asset"):
        flags = ["--frame", frame, "--prim", "/World/Found", "--json"]
        report = check_report(run("fit", views, "--output", tmp_path / f"{frame}.usda", *flags).out)
        matrices.append(world_matrix(tmp_path / f"{frame}.usda", report["objects"][0]["prim"]["path"]))
    assert np.allclose(matrices[0][3], matrices[1][3], atol=1e-5)
    assert np.allclose(*map(sizes, matrices), rtol=1e-5)


def test_fit_animation_writes_a_history_that_a_fit_without_it_removes(views: Path, tmp_path: Path, run: Run) -> None:
    assert run("fit", views, "--output", tmp_path / "box.usda", "--animation", "--prim", "/World/Box").code == 0
    assert [entry.name for entry in tmp_path.glob("box*")] == ["box.usda"]
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    assert UsdGeom.Xformable(stage.GetPrimAtPath("/World/Box_history")).GetTimeSamples()
    other, contact = ("fit", views, "--into", tmp_path / "box.usda", "--prim"), ("--method", "contact")
    assert run(*other, "/World/Other", *contact, "--animation").code == 0
    assert run(*other, "/World/Box", *contact).code == 0
    stage = None
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    assert [prim.GetName() for prim in stage.GetPrimAtPath("/World").GetChildren()] == ["Box", "Other", "Other_history"]


def test_fit_several_objects_writes_a_scope_and_a_picture_each_or_those_of_one_asset(tmp_path: Path, run: Run) -> None:
    for index, camera in enumerate(cameras_around(8)):
        for number, asset in enumerate(("one.usd", "two.usd")):
            write_view(tmp_path / "views", index + 8 * number, metadata_of(camera, asset), semantic=box_mask(camera))
    out = tmp_path / "out"
    out.mkdir()
    flags = ["--prim", "/World/Boxes", "--overlay", out / "o.png", "--json"]
    report = check_report(run("fit", tmp_path / "views", "--output", out / "box.usda", *flags).out)
    assert [entry["prim"]["path"] for entry in report["objects"]] == ["/World/Boxes/one_1", "/World/Boxes/two_1"]
    assert set(contents(out)) == {"box.usda", "o_one_1.png", "o_two_1.png"}
    flags = ["--asset", "two", "--json"]
    report = check_report(run("fit", tmp_path / "views", "--output", tmp_path / "two.usda", *flags).out)
    assert [entry["asset"] for entry in report["objects"]] == ["two.usd"]


@pytest.fixture
def one_that_fails(tmp_path: Path) -> Path:
    """Make a dataset of three objects, the second of which covers its images."""
    for number, asset in enumerate(("box.usd", "full.usd", "other.usd")):
        for index, camera in enumerate(cameras_around(8)):
            mask = np.ones((*camera.resolution, 1), np.int32) if asset == "full.usd" else box_mask(camera)
            write_view(tmp_path / "views", 8 * number + index, metadata_of(camera, asset), semantic=mask)
    return tmp_path / "views"


def test_fit_of_which_one_object_fails_says_so_in_its_place_writes_the_others_and_exits_with_1(
    one_that_fails: Path, tmp_path: Path, run: Run
) -> None:
    box, report = tmp_path / "box.usda", tmp_path / "r.json"
    outcome = run("fit", one_that_fails, "--output", box, "--method", "contact", "--report", report)
    assert outcome.code == 1
    first, failed, other, wrote, _ = outcome.out.splitlines()
    assert first.startswith("box.usd/1: ") and other.startswith("other.usd/1: ")
    assert failed.startswith("full.usd/1: no box: label 1 of full.usd covers the whole image in all 8 views: ")
    assert wrote == f"wrote {box}: /World/box_1, /World/other_1" and box.is_file()
    assert outcome.err.splitlines()[-1] == "boxfit: error: 1 of 3 objects has no box: full.usd/1"
    assert "covers the whole image" not in outcome.err
    (failure,) = check_report(report.read_text(encoding="utf-8"))["failures"]
    assert failure["where"] == "full.usd/1" and failure["what"] in failed


def test_fit_of_many_objects_ends_with_a_line_that_counts_them_by_grade_and_names_what_needs_a_look(
    tmp_path: Path, run: Run
) -> None:
    assets = ["one.usd", "two.usd", "three.usd", "four.usd", "full.usd", "open.usd"]
    for number, asset in enumerate(assets):
        for index, camera in enumerate(cameras_around(8)[: 2 if asset == "open.usd" else 8]):
            mask = np.ones((*camera.resolution, 1), np.int32) if asset == "full.usd" else box_mask(camera)
            write_view(tmp_path / "views", 8 * number + index, metadata_of(camera, asset), semantic=mask)
    outcome = run("fit", tmp_path / "views", "--output", tmp_path / "box.usda", "--method", "contact")
    *verdicts, summary, wrote = outcome.out.splitlines()
    found = [re.search(r": (good|fair|open|doubtful)(;|$)", line) for line in verdicts]
    grades = [each[1] if each else "failed" for each in found]
    wanting = [line.partition(": ")[0] for line, grade in zip(verdicts, grades, strict=True) if grade == "open"]
    assert wanting and grades.count("failed") == 1
    counts = [f"{grades.count(grade)} {grade}" for grade in ("good", "fair") if grade in grades]
    more = f" and {len(wanting) - 4} more" if len(wanting) > 4 else ""
    counts += [f"{len(wanting)} open ({', '.join(wanting[:4])}{more})", "1 without a box (full.usd/1)"]
    assert summary == f"6 objects: {', '.join(counts)}"
    assert wrote.startswith("wrote ")


@pytest.mark.parametrize(("grade", "code"), [("fair", 1), ("open", 1), ("doubtful", 0)])
def test_fit_fail_on_a_grade_ends_with_1_after_everything_is_written(
    grade: str, code: int, tmp_path: Path, run: Run
) -> None:
    for index, camera in enumerate(cameras_around(8)[:2]):
        write_view(tmp_path / "views", index, metadata_of(camera, "open.usd"), semantic=box_mask(camera))
    stage = tmp_path / "box.usda"
    outcome = run("fit", tmp_path / "views", "--output", stage, "--method", "contact", "--fail-on", grade)
    assert outcome.code == code and stage.exists() and ": open; " in outcome.out
    error = f"boxfit: error: 1 of 1 boxes are no better than {grade}: open.usd/1"
    assert (error in outcome.err) == bool(code)


def test_flags_that_contradict_what_the_dataset_states_of_its_world_are_told(tmp_path: Path, run: Run) -> None:
    write_plain_boxes(tmp_path / "stated", 6, up_axis="Z")
    flags = ["fit", tmp_path / "stated", "--json", "--method", "contact"]
    assert "is taken" not in run(*flags, "--source-up", "Z").err
    assert "the dataset states Z, and Y is taken (--source-up)" in run(*flags, "--source-up", "Y").err


def test_depth_images_that_cannot_be_read_contradict_nothing(tmp_path: Path, run: Run) -> None:
    write_plain_boxes(tmp_path / "plain", 10, (144, 144), depth=True)
    depths = list((tmp_path / "plain" / "depth").iterdir())
    assert len(depths) == 10
    for path in depths:
        path.write_bytes(b"damaged")
    outcome = run("fit", tmp_path / "plain", "--json", "--method", "contact")
    (entry,) = json.loads(outcome.out)["objects"]
    assert not entry["uses_depth"] and "contradicted" not in entry["verdict"]["text"], entry["verdict"]


@pytest.mark.parametrize("flag", ["--json", "--quiet"])
def test_fit_of_which_one_object_fails_warns_where_no_line_tells_it(
    flag: str, one_that_fails: Path, tmp_path: Path, run: Run
) -> None:
    outcome = run("fit", one_that_fails, "--output", tmp_path / "box.usda", "--method", "contact", flag)
    assert outcome.code == 1 and (tmp_path / "box.usda").is_file()
    warning, error = outcome.err.splitlines()[-2:]
    assert warning.startswith("boxfit: warning: full.usd/1: no box: label 1 of full.usd covers the whole image in")
    assert error == "boxfit: error: 1 of 3 objects has no box: full.usd/1"
    if flag == "--json":
        assert [entry["asset"] for entry in check_report(outcome.out)["objects"]] == ["box.usd", "other.usd"]


def test_fit_without_the_object_that_fails_exits_with_0(one_that_fails: Path, tmp_path: Path, run: Run) -> None:
    flags = ["--method", "contact", "--asset", "box"]
    assert run("fit", one_that_fails, "--output", tmp_path / "box.usda", *flags).code == 0


def one_sided(folder: Path) -> None:
    cameras = [camera for camera in cameras_around(48) if camera.forward[2] < -0.85]
    for index, camera in enumerate(cameras):
        write_view(folder, index, metadata_of(camera), semantic=box_mask(camera))


def cut_by_the_border(folder: Path) -> None:
    for index, camera in enumerate(cameras_around(12)):
        matrix = camera.camera_from_world.copy()
        if index % 4 == 0:
            matrix[0, 3] += 2.5
        moved = type(camera)(matrix, camera.focal, camera.principal, camera.resolution)
        write_view(folder, index, metadata_of(moved), semantic=box_mask(moved))


def one_bad_view(folder: Path) -> None:
    write_box_views(folder, 8)
    np.save(folder / "3_semantic.npy", np.ones((*RESOLUTION, 1), np.int32))


WARNINGS = {one_sided: "one side", cut_by_the_border: "border", one_bad_view: "view 3"}


@pytest.mark.parametrize("make", WARNINGS, ids=lambda make: make.__name__)
def test_fit_odd_dataset_warns_in_table_report_and_prim(make, tmp_path: Path, run: Run) -> None:
    make(tmp_path / "views")
    flags = ["--report", tmp_path / "r.json", "--prim", "/World/Box", "--verbose"]
    outcome = run("fit", tmp_path / "views", "--output", tmp_path / "box.usda", *flags)
    assert outcome.code == 0, outcome.err
    report = check_report((tmp_path / "r.json").read_text(encoding="utf-8"))
    (warning,) = (text for text in report["objects"][0]["warnings"] if WARNINGS[make] in text)
    assert f"{warning}\n" in outcome.err
    assert warning.split()[0] in outcome.out and WARNINGS[make] in " ".join(outcome.out.split())
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    assert warning in stage.GetPrimAtPath("/World/Box").GetAttribute("boxfit:warnings").Get()


@pytest.mark.parametrize(
    "place", ["session.object_fit.fit_object", "draw.pictures.overlay_picture", "usd.saving._export"]
)
def test_fit_interrupted_exits_with_130_and_writes_nothing(
    place: str, views: Path, scene: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"boxfit.{place}", interrupt)
    before = contents(scene.parent)
    flags = ["--overlay", scene.with_name("o.png"), "--report", scene.with_name("r.json")]
    outcome = run("fit", views, "--into", scene, *flags)
    assert outcome.code == 130
    assert contents(scene.parent) == before


def test_fit_stage_that_carries_its_views_equals_fit_of_the_folder_and_both_may_be_moved(
    views: Path, tmp_path: Path, run: Run
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    shutil.move(views, here / "views")
    assert run("import", here / "views", "--output", here / "carrier.usda").code == 0
    here.rename(there)
    folder, stage = (
        check_report(run("fit", source, "--output", tmp_path / name, "--json").out)["objects"][0]["box"]
        for source, name in ((there / "views", "a.usda"), (there / "carrier.usda", "b.usda"))
    )
    assert np.allclose(folder["world_from_unit"], stage["world_from_unit"], rtol=1e-4, atol=1e-4)


def test_fit_other_rotation_op_on_an_existing_prim_warns(views: Path, scene: Path, run: Run) -> None:
    flags = ["--prim", "/World/Box", "--method", "contact"]
    assert run("fit", views, "--into", scene, *flags).code == 0
    outcome = run("fit", views, "--into", scene, *flags, "--rotation", "xyz", "--quiet")
    assert "/World/Box keeps its rotation op orient" in outcome.err


def test_fit_prim_names_its_source_as_seen_from_the_stage(
    views: Path, scene: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("fit", views.name, "--into", scene, "--prim", "/World/Box", "--method", "contact").code == 0
    assert Usd.Stage.Open(str(scene)).GetPrimAtPath("/World/Box").GetAttribute("boxfit:source").Get() == "../views"


def test_fit_source_that_lacks_a_layer_but_carries_views_warns(
    views: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    carrier = tmp_path / "carrier.usda"
    assert main(["import", str(views), "--output", str(carrier)]) == 0
    text = carrier.read_text(encoding="utf-8").replace("(\n", "(\n    subLayers = [@./gone.usda@]\n", 1)
    carrier.write_text(text, encoding="utf-8")
    capfd.readouterr()
    assert main(["fit", str(carrier), "--output", str(tmp_path / "b.usda"), "--quiet"]) == 0
    lines = capfd.readouterr().err.splitlines()  # USD's C++ code bypasses Python's stderr.
    assert all(line.startswith("boxfit: warning: ") for line in lines)
    assert sum("./gone.usda" in line for line in lines) == 1


def test_fit_with_other_files_alone_writes_and_lists_them(views: Path, tmp_path: Path, run: Run) -> None:
    report, overlay = tmp_path / "r.json", tmp_path / "o.png"
    outcome = run("fit", views, "--report", report, "--overlay", overlay)
    assert outcome.code == 0 and report.is_file() and overlay.is_file()
    assert outcome.out.splitlines()[1:] == [f"wrote {report}", f"wrote {overlay}"]


def test_unit_that_is_not_stated_is_assumed_with_a_warning(run: Run, tmp_path: Path) -> None:
    write_box_project(tmp_path / "model")
    box = tmp_path / "box.usda"
    flags = ("fit", tmp_path / "model", "--output", box, "--method", "contact", "--force")
    assert "states no up axis and no unit: Y and 0.01 m are assumed (--source-up, --source-units)" in run(*flags).err
    assert "states no unit: 0.01 m is assumed (--source-units)" in run(*flags, "--source-up", "Y").err
    (path,) = find_boxes(stage := Usd.Stage.Open(str(box)))
    figures = read_figures(stage, path)
    assert not figures["size"].endswith("m") and "0.01 m is assumed" in " ".join(figures["warnings"])
    assert "assumed" not in run(*flags, "--source-up", "Y", "--source-units", "4.9cm").err
    assert UsdGeom.GetStageMetersPerUnit(Usd.Stage.Open(str(box))) == 0.049
