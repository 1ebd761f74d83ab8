"""Invalid inputs: message, exit code, and no files written."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.__main__ import main
from boxfit.sample import make_sample

from tests.cli.conftest import Outcome, Run, contents
from tests.folders import box_mask, cameras_around, metadata_of, write_box_views, write_view


def edit_cameras(folder: Path, change: Callable[[dict[str, Any], int], None]) -> None:
    """Change the camera properties of every view."""
    for index, path in enumerate(sorted(folder.glob("*_metadata.json"))):
        metadata = json.loads(path.read_text(encoding="utf-8"))
        change(metadata["camera_properties"], index)
        path.write_text(json.dumps(metadata), encoding="utf-8")


def no_files(folder: Path) -> None:
    folder.mkdir()


def one_view(folder: Path) -> None:
    write_box_views(folder, 1)


def truncated_npy(folder: Path) -> None:
    write_box_views(folder, 4)
    for path in sorted(folder.glob("*.npy"))[1:]:
        path.write_bytes(path.read_bytes()[:300])


def missing_key(folder: Path) -> None:
    write_box_views(folder, 4)
    edit_cameras(folder, lambda properties, _: properties.pop("tf_mat"))


def saturated_masks(folder: Path) -> None:
    for index, camera in enumerate(cameras_around(8)):
        write_view(folder, index, metadata_of(camera), semantic=np.ones((*camera.resolution, 1), np.int32))


def contradicting_cameras(folder: Path) -> None:
    write_box_views(folder, 8)

    def scale(properties: dict[str, Any], index: int) -> None:
        if index % 2:
            properties["tf_mat"][3][:3] = [100 * value + 1000 for value in properties["tf_mat"][3][:3]]

    edit_cameras(folder, scale)


def labels_of_one_view_each(folder: Path) -> None:
    for index, camera in enumerate(cameras_around(3)):
        write_view(folder, index, metadata_of(camera), semantic=(index + 4) * box_mask(camera))


def masks_of_another_size(folder: Path) -> None:
    for index, camera in enumerate(cameras_around(3)):
        write_view(folder, index, metadata_of(camera), semantic=np.ones((7, 7), np.int32))


BAD_DATASETS = {
    labels_of_one_view_each: ("3 labels (4-6)", "seen in fewer than two of its 3 views"),
    masks_of_another_size: ("0_semantic.npy is 7 x 7", "and 2 more"),
    no_files: ("bad", "0_metadata.json", "out_dir"),
    one_view: ("fewer than two views",),
    truncated_npy: ("1_semantic.npy", "npy file that can be read (it is truncated)"),
    missing_key: ("0_metadata.json", "tf_mat", "generate the view again"),
    saturated_masks: ("covers the whole image in all 8 views", "same label"),
    contradicting_cameras: ("contradict|disagree", "view"),
}


def expect_refusal(outcome: Outcome, words: tuple[str, ...]) -> None:
    """Assert a single line that names all of the words (alternatives by |), exit code 1, nothing on stdout."""
    assert outcome.code == 1, outcome
    errors = [line for line in outcome.err.splitlines() if line.startswith("boxfit: error: ")]
    assert len(errors) == 1 and outcome.err.splitlines()[-1] == errors[0], outcome.err
    for word in words:
        assert any(choice in errors[0] for choice in word.split("|")), (word, errors[0])
    assert outcome.out == ""


@pytest.mark.parametrize("make", BAD_DATASETS, ids=lambda make: make.__name__)
def test_fit_bad_dataset_gives_the_reason_and_writes_nothing(make, tmp_path: Path, scene: Path, run: Run) -> None:
    make(tmp_path / "bad")
    before = contents(tmp_path)
    outputs = ["--report", scene.with_name("r.json"), "--overlay", scene.with_name("o.png")]
    expect_refusal(run("fit", tmp_path / "bad", "--into", scene, *outputs, "--quiet"), BAD_DATASETS[make])
    assert contents(tmp_path) == before


FIT = ["fit", "{views}", "--output", "{tmp}/b.usda"]
BAD_REQUESTS = {
    "source missing": (["fit", "{tmp}/nowhere", "--output", "{tmp}/b.usda"], ("nowhere", "does not exist")),
    "source no stage": (["fit", "{tmp}/text.usda", "--output", "{tmp}/b.usda"], ("text.usda", "not a USD stage")),
    "source no dataset": (["fit", "{scene}", "--output", "{tmp}/b.usda"], ("names no dataset", "(--data)")),
    "overlay as JPEG": ([*FIT, "--overlay", "{tmp}/a.jpg"], ("a.jpg", "--overlay writes a .png file")),
    "report as a stage": ([*FIT, "--report", "{tmp}/b.usda", "--force"], ("b.usda", "--report writes a .json file")),
    "label": ([*FIT, "--label", "lamp"], ("'lamp'", "id 1")),
    "asset": ([*FIT, "--asset", "lamp.usd"], ("'lamp.usd'", "box.usd")),
    "views": ([*FIT, "--views", "90-99"], ("90-99", "0-7")),
    "output folder": (["fit", "{views}", "--output", "{tmp}/no/b.usda"], ("no/b.usda|no\\b.usda", "does not exist")),
    "output suffix": (["fit", "{views}", "--output", "{tmp}/b.obj"], ("b.obj", ".usda")),
    "output exists": (["fit", "{views}", "--output", "{scene}"], ("scene.usda exists", "(--force)")),
    "output is the source": (["fit", "{scene}", "--output", "{scene}", "--force"], ("--output", "is the source")),
    "output is a folder": (["fit", "{views}", "--output", "{tmp}/folder.usda"], ("it is a folder",)),
    "into missing": (["fit", "{views}", "--into", "{tmp}/no.usda"], ("no.usda", "does not exist")),
    "into no stage": (["fit", "{views}", "--into", "{tmp}/text.usda"], ("text.usda", "not a USD stage")),
    "into taken prim": (["fit", "{views}", "--into", "{scene}", "--prim", "/World"], ("/World", "did not write")),
    "into bad path": (["fit", "{views}", "--into", "{scene}", "--prim", "World"], ("'World'", "like /World/Box")),
    "into an attribute": (["fit", "{views}", "--into", "{scene}", "--prim", "/World/Box.size"], ("/World/Box.size",)),
    "report folder": ([*FIT, "--report", "{tmp}/no/r.json"], ("r.json", "does not exist")),
    "report exists": ([*FIT, "--report", "{views}/0_metadata.json"], ("0_metadata.json exists", "(--force)")),
    "one file twice": (
        [*FIT, "--overlay", "{tmp}/a.png", "--curve", "{tmp}/a.png"],
        ("--overlay and --curve", "a.png"),
    ),
    "inspect": (["inspect", "{tmp}/nowhere"], ("nowhere", "does not exist")),
    "import exists": (["import", "{views}", "--output", "{scene}"], ("scene.usda exists", "name another stage")),
    "sample into a full folder": (["sample", "{views}"], ("views", "empty folder")),
}


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_run_bad_request_gives_the_reason_before_the_fit_and_writes_nothing(
    case: str, tmp_path: Path, views: Path, scene: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("boxfit.session.session.Session.fit")
    (tmp_path / "text.usda").write_text("no stage at all", encoding="utf-8")
    (tmp_path / "folder.usda").mkdir()
    before = contents(tmp_path)
    arguments, words = BAD_REQUESTS[case]
    filled = [argument.format(tmp=tmp_path, views=views, scene=scene) for argument in arguments]
    expect_refusal(run(*filled), words)
    assert contents(tmp_path) == before


def test_fit_into_unwritable_stage_is_refused_before_the_fit(
    views: Path, scene: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by chmod: root, as in a container, can write every file.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != scene)
    expect_refusal(run("fit", views, "--into", scene), ("scene.usda", "read-only"))


def test_fit_renderer_that_is_missing_is_refused_with_its_remedy(
    views: Path, scene: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boxfit.render.registry.unavailable_reason", lambda name: f"{name} is missing: install it")
    before = contents(scene.parent)
    outcome = run("fit", views, "--into", scene, "--renderer", "dibr", "--quiet")
    expect_refusal(outcome, ("'dibr'", "install it"))
    assert contents(scene.parent) == before


def test_fit_over_files_of_the_dataset_is_refused(views: Path, scene: Path, run: Run) -> None:
    before = contents(views)
    for flag, name in (("--report", "0_metadata.json"), ("--overlay", "2_rgb.png")):
        (views / "2_rgb.png").touch()
        outcome = run("fit", views, "--into", scene, flag, views / name, "--force")
        expect_refusal(outcome, (name, flag, f"of view {name[0]}"))
    assert contents(views) == before | {"2_rgb.png": b""}


@pytest.mark.parametrize("command", ["fit", "import"])
def test_new_stage_over_a_layer_of_the_source_is_refused(command: str, tmp_path: Path, run: Run) -> None:
    source = make_sample(tmp_path / "sample", views=4, resolution=(64, 64))
    before = contents(tmp_path)
    outcome = run(command, source, "--output", source.with_name("preset.usda"), "--force")
    expect_refusal(outcome, ("preset.usda", "output", "a layer of the source"))
    assert contents(tmp_path) == before


def test_fit_source_without_its_sublayer_names_it_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    source = make_sample(tmp_path / "sample", views=4, resolution=(64, 64))
    source.with_name("preset.usda").unlink()
    assert main(["fit", str(source), "--output", str(tmp_path / "b.usda")]) == 1
    err = capfd.readouterr().err  # USD's C++ code bypasses Python's stderr.
    assert err.count("\n") == 1 and "preset.usda" in err and "(--data)" in err


def test_fit_imported_stage_without_its_masks_points_to_data(views: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "a").mkdir()
    assert run("import", views, "--output", tmp_path / "a" / "carrier.usda").code == 0
    views.rename(tmp_path / "gone")
    expect_refusal(run("fit", tmp_path / "a" / "carrier.usda", "--output", tmp_path / "b.usda"), ("mask", "(--data)"))
    moved = ("--data", tmp_path / "gone")
    assert run("fit", tmp_path / "a" / "carrier.usda", "--output", tmp_path / "b.usda", *moved).code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names without an encoding")
def test_folder_whose_name_has_no_encoding_is_fitted_and_not_imported(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / os.fsdecode(b"views\xff")
    write_box_views(folder, 4)
    assert run("fit", folder, "--output", tmp_path / "b.usda", "--method", "contact").code == 0
    expect_refusal(run("import", folder, "--output", tmp_path / "c.usda"), ("not UTF-8", "rename it"))
    assert not (tmp_path / "c.usda").exists()
