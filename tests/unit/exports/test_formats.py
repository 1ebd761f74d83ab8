"""Exports: names of formats, places of files, refusals, and files that appear together or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import OutputError
from boxfit.exports.formats import EXPORTS, export_boxes, parse_export, write_exports
from boxfit.files.drafts import Drafts
from boxfit.geometry.lens import Lens
from boxfit.geometry.silhouette import DistortedMask
from boxfit.session.results import ObjectResult

from tests import box_readers as readers
from tests.cli.conftest import contents
from tests.unit.exports.conftest import BOXES, Make, in_opencv, wide_cameras

METRIC = [name for name, each in EXPORTS.items() if each.is_metric]
CAMERAS = [name for name in METRIC if name != "kitti"]


def place(name: str, folder: Path) -> Path:
    return folder / (name if EXPORTS[name].names is not None else f"{name}.json")


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        ("json:boxes.json", "json", "boxes.json"),
        ("json:C:\\x\\y.json", "json", "C:\\x\\y.json"),
        ("bop:out/folder", "bop", "out/folder"),
    ],
)
def test_parse_export_splits_at_the_first_colon(text: str, name: str, path: str) -> None:
    assert parse_export(text) == (name, Path(path))


@pytest.mark.parametrize("text", ["boxes.json", "obj:boxes.obj", "json:", "C:\\boxes.json", ""])
def test_parse_export_without_a_known_format_and_a_path_lists_the_formats(text: str) -> None:
    with pytest.raises(OutputError, match=r"no FORMAT:PATH.*json, replicator, bop"):
        parse_export(text)


@pytest.mark.parametrize("name", [name for name in EXPORTS if name != "kitti"])
def test_export_to_files_that_exist_is_refused_and_force_replaces_them(name: str, make: Make, tmp_path: Path) -> None:
    path = place(name, tmp_path)
    export_boxes(make(), name, path)
    before = contents(tmp_path)
    moved = make(boxes=BOXES[::-1])
    with pytest.raises(OutputError, match="exists"):
        export_boxes(moved, name, path)
    assert contents(tmp_path) == before
    export_boxes(moved, name, path, force=True)
    after = contents(tmp_path)
    assert set(after) == set(before) and after != before


def test_exports_are_put_in_place_together_or_not_at_all(make: Make, tmp_path: Path) -> None:
    requests = [(name, place(name, tmp_path)) for name in EXPORTS]
    with pytest.raises(OutputError, match=r"kitti.* cannot be written in the format kitti"), Drafts() as drafts:
        write_exports(requests, make(), drafts, force=False)
    assert list(tmp_path.iterdir()) == []
    with Drafts() as drafts:
        written, _ = write_exports(requests[:-1], make(), drafts, force=False)
    assert set(contents(tmp_path)) == {str(path.relative_to(tmp_path)) for path in written.values()}
    assert f"--export bop:{tmp_path / 'bop'} (scene_gt.json)" in written


def test_export_to_a_file_that_appears_meanwhile_is_refused_and_keeps_it(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    with pytest.raises(OutputError, match="made by another program"), Drafts() as drafts:
        write_exports([("json", path)], make(), drafts, force=False)
        path.write_text("theirs", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "theirs"


def test_export_to_a_folder_keeps_its_other_files(make: Make, tmp_path: Path) -> None:
    (tmp_path / "scene_gt_info.json").write_text("{}", encoding="utf-8")
    export_boxes(make(), "bop", tmp_path)
    assert len(contents(tmp_path)) == 4


def test_export_of_a_folder_over_files_of_the_dataset_is_refused_with_force_too(make: Make, tmp_path: Path) -> None:
    (tmp_path / "scene_gt.json").write_text("theirs", encoding="utf-8")
    with pytest.raises(OutputError, match=r"scene_gt\.json is in the dataset's folder"):
        export_boxes(make(source=tmp_path), "bop", tmp_path, force=True)
    assert list(contents(tmp_path).values()) == [b"theirs"]


@pytest.mark.parametrize("name", METRIC)
def test_metric_formats_without_a_unit_are_refused_with_the_setting(name: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=rf"format {name}: .*state it \(source_units\)"):
        export_boxes(make(unit=None), name, place(name, tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("json", "boxes.txt", "it is a .json file"),
        ("json", "nowhere/boxes.json", "does not exist"),
        ("bop", "nowhere/folder", "does not exist"),
        ("bop", "file", "it is a folder, and there is a file"),
        ("json", "folder.json", "it is a folder"),
    ],
)
def test_places_that_cannot_be_written_are_refused(
    name: str, place: str, words: str, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OutputError, match=words):
        export_boxes(make(), name, tmp_path / place, force=True)


@pytest.mark.parametrize("name", CAMERAS)
def test_formats_of_cameras_refuse_a_lens_that_was_mended_for_each_object(
    name: str, make: Make, tmp_path: Path
) -> None:
    first, second = make()
    mended = (replace(each, camera=replace(each.camera, focal=(91.0, 110.0))) for each in second.silhouettes)
    with pytest.raises(OutputError, match="name one object"):
        export_boxes([first, replace(second, silhouettes=tuple(mended))], name, place(name, tmp_path))


def test_intrinsics_of_a_lens_are_those_of_its_image_with_a_note(make: Make, tmp_path: Path) -> None:
    results = make(cameras=(cameras := wide_cameras(6)))
    lenses = [Lens(camera, np.array([-0.05, *[0.0] * 11])) for camera in cameras]
    assert all(lens.pinhole.resolution != lens.camera.resolution for lens in lenses)

    def through(result: ObjectResult) -> ObjectResult:
        mask = np.ones((2, 3), dtype=bool)
        views = zip(result.silhouettes, lenses, strict=True)
        seen = [replace(s, camera=lens.pinhole, distorted=DistortedMask(lens, mask, (5, 7))) for s, lens in views]
        return replace(result, silhouettes=tuple(seen))

    for name in CAMERAS:
        (note,) = export_boxes([through(result) for result in results], name, place(name, tmp_path))
        assert "undistort" in note
    k, _ = readers.bop_cameras(tmp_path / "bop")[0]
    assert np.allclose(k, [[90, 0, 69.75], [0, 110, 33], [0, 0, 1]])
    assert (
        readers.corner_error(readers.bop(tmp_path / "bop")[3][1], 10 * in_opencv(cameras[3], BOXES[0].corners)) < 1e-9
    )
    annotation = readers.load(tmp_path / "coco3d.json")["annotations"][0]
    assert annotation["bbox2D_tight"] == [7, 5, 10, 7] and annotation["segmentation_pts"] == 6


@pytest.mark.parametrize("before", ["left/", "14036365797635"])
def test_views_whose_names_are_no_small_numbers_are_numbered_and_named(before: str, make: Make, tmp_path: Path) -> None:
    def named(result: ObjectResult) -> ObjectResult:
        return replace(result, silhouettes=tuple(replace(each, view=before + each.view) for each in result.silhouettes))

    export_boxes([named(result) for result in make()], "bop", tmp_path)
    cameras = readers.load(tmp_path / "scene_camera.json")
    assert {number: camera["view"] for number, camera in cameras.items()} == {str(n): f"{before}{n}" for n in range(6)}


def test_bop_of_objects_that_move_on_their_own_has_no_pose_of_the_camera(make: Make, tmp_path: Path) -> None:
    first, second = make()
    motion = np.eye(4)
    motion[:3, 3] = 1.0, 2.0, 3.0
    moved = tuple(replace(each, camera=each.camera.moved(motion)) for each in second.silhouettes)
    export_boxes([first, replace(second, silhouettes=moved)], "bop", tmp_path)
    assert all("cam_R_w2c" not in each for each in readers.load(tmp_path / "scene_camera.json").values())
    assert readers.corner_error(readers.bop(tmp_path)[2][2], 10 * in_opencv(moved[2].camera, BOXES[1].corners)) < 1e-9


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "{",
        '{"transform": [[1, 0, 0, 0], [0, 1, 0, 0]], "scale": 1}',
        '{"transform": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], "scale": "one"}',
        '{"transform": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], "scale": 0}',
        '{"transform": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, NaN]], "scale": 1}',
        '{"transform": [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0]], "scale": 1}',
        '{"transform": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], "scale": 1e999}',
    ],
)
def test_nerfstudio_with_a_damaged_dataparser_transform_is_refused(content: str, make: Make, tmp_path: Path) -> None:
    (tmp_path / "dataparser_transforms.json").write_text(content, encoding="utf-8")
    with pytest.raises(OutputError, match="dataparser_transforms"):
        export_boxes(make(), "nerfstudio", tmp_path / "crop.json")


@pytest.mark.parametrize(("stated", "scale"), [(True, 1.0), (True, 4.0), (False, 1.0)])
def test_nerfstudio_takes_back_what_was_applied_to_a_transforms_json(
    stated: bool, scale: float, make: Make, tmp_path: Path
) -> None:
    applied = np.array([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, -1, 0]])
    if stated:
        applied[:, 3] = 3.0, -1.0, 2.0
    file = tmp_path / "transforms.json"
    file.write_text(json.dumps({"applied_transform": applied.tolist(), "applied_scale": scale} if stated else {}))
    (tmp_path / "colmap" / "sparse" / "0").mkdir(parents=True)
    # nerfstudio_dataparser.py: the file's poses are turned and moved, then scaled; stored is that after `applied`.
    dataparser = np.array([[0.0, 0, 1, 0.5], [0, -1, 0, 0.25], [1, 0, 0, -4.0]])
    transform = dataparser @ np.vstack([applied, [0, 0, 0, 1]])
    stored = {"transform": transform.tolist(), "scale": 0.1 * scale}
    (tmp_path / "dataparser_transforms.json").write_text(json.dumps(stored), encoding="utf-8")
    results = make()
    views = tuple(replace(view, origins={"transforms": file}) for view in results[0].labelled.views)
    results = [replace(each, labelled=replace(each.labelled, views=views)) for each in results]
    assert export_boxes(results, "nerfstudio", tmp_path / "crop.json") == []
    found = readers.nerfstudio(tmp_path / "crop.json")
    for result in results:
        trained = 0.1 * readers.apply(dataparser, result.box.corners)
        assert readers.corner_error(found[result.name], trained) < 1e-6


def test_nerfstudio_words_have_no_exponent(make: Make, tmp_path: Path) -> None:
    export_boxes(
        make(boxes=[replace(BOXES[0], centre=np.array([-1e-7, 1e9, 0.0])), BOXES[1]]), "nerfstudio", tmp_path / "c.json"
    )
    words = readers.load(tmp_path / "c.json")["crops"][0]["arguments"]
    assert "-0.0000001 1000000000.0" in words and "e-" not in words.replace("nerf", "")


def test_names_that_are_no_utf8_are_written_as_escapes(make: Make, tmp_path: Path) -> None:
    results = [replace(each, name="caf\udce9") for each in make()]
    export_boxes(results, "json", tmp_path / "b.json")
    assert readers.load(tmp_path / "b.json")["objects"][0]["name"] == "caf\udce9"
