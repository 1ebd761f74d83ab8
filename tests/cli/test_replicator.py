"""The commands on a folder of Replicator's BasicWriter."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pxr import Usd, UsdGeom

from tests.basic_writer import PAIR, SECOND, Prim, write_box_frames
from tests.cli.conftest import Run
from tests.stages import generator_stage


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    write_box_frames(tmp_path / "frames", 8, PAIR, instance="colour", boxes=True)
    return tmp_path / "frames"


def test_inspect_frames_shows_labels_unit_and_sensors(frames: Path, run: Run) -> None:
    outcome = run("inspect", frames)
    assert outcome.code == 0, outcome.err
    words = ("0.01", "second", "from the dataset's labels", "semantic (8), instance (8)", "not stated (--source-up)")
    for text in words:
        assert text in outcome.out, text


def test_fit_frames_compares_with_the_renderers_boxes(frames: Path, run: Run) -> None:
    report = json.loads(run("fit", frames, "--output", frames.parent / "box.usda", "--method", "contact", "--json").out)
    assert report["world"] == {"up_axis": None, "meters_per_unit": 0.01}
    assert [entry["name"] for entry in report["objects"]] == ["box", "second"]
    for entry in report["objects"]:
        (comparison,) = entry["comparisons"]
        assert comparison["reference"] == "bbox_3d" and comparison["iou"] > 0.75


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (("--label", "box", "--label", "second"), ["box", "second"]),
        (("--label", "second,box"), ["box", "second"]),
        (("--label", "/World/Second"), ["second"]),
        (("--skip", "box"), ["second"]),
        (("--skip", "shelf", "--skip", "second"), ["box"]),
        (("--source-up", "z"), ["box", "second"]),
    ],
)
def test_fit_frames_takes_labels_and_axes_as_they_are_typed(
    frames: Path, run: Run, flags: tuple[str, ...], names: list[str]
) -> None:
    outcome = run("fit", frames, "--method", "contact", "--json", *flags)
    assert outcome.code == 0
    assert [entry["name"] for entry in json.loads(outcome.out)["objects"]] == names
    assert ("label shelf: it was not found to be left out (--skip)" in outcome.err) == ("shelf" in flags)


def test_exclude_with_a_label_names_the_flag_for_it(frames: Path, run: Run) -> None:
    outcome = run("fit", frames, "--json", "--exclude", "second")
    assert outcome.code == 1 and "second is a label: leave that out (--skip second)" in outcome.err


def test_fit_over_a_file_of_the_frames_is_refused(frames: Path, run: Run) -> None:
    mask = frames / "semantic_segmentation_0003.png"
    before = mask.read_bytes()
    outcome = run("fit", frames, "--output", frames.parent / "box.usda", "--overlay", mask, "--force")
    assert outcome.code == 1 and "is the semantic_segmentation of view 0003" in outcome.err
    assert mask.read_bytes() == before


def test_import_frames_puts_masks_beside_the_stage_and_fit_accepts_it(frames: Path, run: Run) -> None:
    stage = frames.parent / "views.usda"
    assert run("import", frames, "--output", stage).code == 0
    assert len(list((frames.parent / "views_masks").iterdir())) == 16
    # The stage has the up axis that the import assumed.
    flags = ("--method", "contact", "--source-up", "Y")
    expected, report = (
        json.loads(run("fit", source, "--output", stage.with_name(name), *flags, "--json").out)
        for source, name in ((frames, "a.usda"), (stage, "b.usda"))
    )
    for entry, other in zip(report["objects"], expected["objects"], strict=True):
        assert entry["label"] == other["label"]
        assert entry["box"]["size"] == pytest.approx(other["box"]["size"], rel=1e-4)
        assert entry["comparisons"][0]["iou"] == pytest.approx(other["comparisons"][0]["iou"], rel=1e-3)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_import_again_with_force_replaces_the_masks_too(frames: Path, run: Run) -> None:
    stage, masks = frames.parent / "views.usda", frames.parent / "views_masks"
    assert run("import", frames, "--output", stage).code == 0
    before = names(masks)
    (masks / before[0]).write_bytes(b"spoilt")
    (masks / ".DS_Store").write_bytes(b"")
    stage.unlink()
    refused = run("import", frames, "--output", stage)
    assert refused.code == 1 and "views_masks is there already" in refused.err and "--force replaces it" in refused.err
    (frames / "camera_params_0007.json").unlink()
    assert run("import", frames, "--output", stage, "--force").code == 0
    assert names(masks) == before[:-2] and len((masks / before[0]).read_bytes()) > 100
    assert names(frames.parent) == ["frames", "views.usda", "views_masks"]


def test_import_with_force_leaves_a_folder_alone_that_holds_anything_else(frames: Path, run: Run) -> None:
    masks = frames.parent / "views_masks"
    masks.mkdir()
    (masks / "0_metadata.json").write_text("{}")
    outcome = run("import", frames, "--output", frames.parent / "views.usda", "--force")
    assert outcome.code == 1 and "views_masks is there already" in outcome.err and "move it away" in outcome.err
    assert names(frames.parent) == ["frames", "views_masks"] and names(masks) == ["0_metadata.json"]


def up_axis(stage: Path) -> str:
    return str(UsdGeom.GetStageUpAxis(Usd.Stage.Open(str(stage))))


def test_up_axis_that_is_not_stated_is_assumed_with_a_warning(frames: Path, run: Run) -> None:
    stage, box = frames.parent / "views.usda", frames.parent / "box.usda"
    for outcome in (
        run("import", frames, "--output", stage),
        run("fit", frames, "--output", box, "--method", "contact"),
    ):
        assert outcome.code == 0 and "states no up axis: Y is assumed" in outcome.err
    assert up_axis(stage) == up_axis(box) == "Y"
    outcome = run("import", frames, "--output", stage, "--force", "--source-up", "Z")
    assert outcome.code == 0 and "assumed" not in outcome.err and up_axis(stage) == "Z"
    outcome = run("fit", stage, "--output", box, "--force", "--method", "contact")
    assert "assumed" not in outcome.err and up_axis(box) == "Z"
    assert "Z" in run("inspect", frames, "--source-up", "Z").out


def test_up_axis_that_is_not_stated_is_taken_from_the_stage_with_a_warning(frames: Path, scene: Path, run: Run) -> None:
    outcome = run("fit", frames, "--into", scene, "--method", "contact")
    assert (
        outcome.code == 0
        and "states no up axis: taken from scene.usda (Y up); state its own where they differ (--source-up)"
        in outcome.err
    )
    outcome = run("fit", frames, "--into", scene, "--method", "contact", "--source-up", "Z")
    assert outcome.code == 0 and "up axis" not in outcome.err


def test_upright_box_where_nothing_states_the_up_axis_asks_for_it(frames: Path, run: Run) -> None:
    flags = ("fit", frames, "--output", frames.parent / "box.usda", "--method", "contact", "--align", "up")
    outcome = run(*flags)
    assert outcome.code == 1 and "states no up axis, along which the box is to stand" in outcome.err
    assert run(*flags, "--source-up", "Z").code == 0


def test_fit_into_a_stage_stands_the_box_along_its_up_axis(frames: Path, scene: Path, run: Run) -> None:
    flags = ("--method", "contact", "--json")
    alone = json.loads(run("fit", frames, *flags).out)["objects"][0]
    placed = json.loads(run("fit", frames, "--into", scene, *flags).out)["objects"][0]
    assert [sorted(each["alignment"]["volumes"]) for each in (alone, placed)] == [["free"], ["axes", "free", "up"]]


def test_instances_are_chosen_and_called_by_the_last_part_of_their_path(tmp_path: Path, run: Run) -> None:
    prims = (Prim(path="/World/Left/Crate"), replace(SECOND, path="/World/Right/Crate", labels={"class": "box"}))
    write_box_frames(tmp_path / "frames", 8, prims, semantic=None, instance="uint16")
    box = tmp_path / "box.usda"
    assert run("fit", tmp_path / "frames", "--output", box, "--method", "contact", "--label", "Crate").code == 0
    stage = Usd.Stage.Open(str(box))
    assert stage.GetPrimAtPath("/World/Crate") and stage.GetPrimAtPath("/World/Crate_2")


def test_preset_whose_folder_holds_frames_is_read(frames: Path, run: Run) -> None:
    generator_stage(frames.parent, "frames")
    outcome = run("inspect", frames.parent / "scene.usda")
    assert outcome.code == 0 and "second" in outcome.out
