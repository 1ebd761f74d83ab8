"""The eight corners through each format, by readers that are not boxfit's."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import OutputError
from boxfit.exports.formats import export_boxes
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.session.results import ObjectResult
from boxfit.usd.label import Label

from tests import box_readers as readers
from tests.box_readers import corner_error
from tests.unit.exports.conftest import BOXES, Make, in_opencv, wide_cameras

EXACT = 1e-6
"""Largest error of a corner, relative to the box's diagonal."""

Y_UP = {"Y": np.eye(3), "Z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])}
"""Rotation from a world with that axis up to one with Y up."""

WORLDS = [("Y", 1.0), ("Z", 0.01), (None, 0.0254)]


def cameras_of(result: ObjectResult) -> dict[int, Camera]:
    return {int(each.view): each.camera for each in result.silhouettes}


def check(found: np.ndarray, expected: np.ndarray) -> None:
    assert corner_error(found, expected) < EXACT


def test_plain_json_holds_corners_in_order_bounds_unit_and_up_axis(make: Make, tmp_path: Path) -> None:
    results = make()
    assert export_boxes(results, "json", tmp_path / "boxes.json") == []
    stored = readers.load(tmp_path / "boxes.json")["objects"]
    for entry, result in zip(stored, results, strict=True):
        assert np.allclose(entry["corners"], result.box.corners, rtol=1e-12)
        check(
            np.array(entry["centre"]) + readers.UNIT * entry["size"] @ np.array(entry["rotation"]).T, result.box.corners
        )
        assert (entry["up_axis"], entry["meters_per_unit"]) == ("Z", 0.01)
        faces = {face["face"]: (face["inner"], face["outer"]) for face in entry["bounds"]}
        assert faces["-y"] == (result.bounds.inner[1, 0], result.bounds.outer[1, 0])
        assert faces["+z"] == (result.bounds.inner[2, 1], result.bounds.outer[2, 1])


def test_replicator_rows_have_the_annotators_type_and_the_world_corners(make: Make, tmp_path: Path) -> None:
    assert export_boxes(make(), "replicator", tmp_path / "new") == []
    rows = np.load(tmp_path / "new" / "bounding_box_3d_0000.npy")
    limits = [f"{axis}_{end}" for end in ("min", "max") for axis in "xyz"]
    assert rows.dtype.names == ("semanticId", *limits, "transform", "occlusionRatio")
    assert rows.dtype["transform"].shape == (4, 4) and rows.dtype["transform"].base == np.float32
    labels = readers.load(tmp_path / "new" / "bounding_box_3d_labels_0000.json")
    assert [labels[str(row["semanticId"])]["class"] for row in rows] == ["1", "2"]
    found = readers.replicator(tmp_path / "new")
    assert list(found) == ["/World/1", "/World/2"]
    for corners, box in zip(found.values(), BOXES, strict=True):
        check(corners, box.corners)


INSTANCES = (
    Label(7, "/World/Shelf/Crate_01", "instance", "labels", "crate", "/World/Shelf/Crate_01"),
    Label(3, "/World/Shelf/Crate_02", "instance", "labels", "crate", "/World/Shelf/Crate_02"),
    Label(9, "barrel", "semantic", "labels", prim="/World/Shelf/Barrel"),
)


def labelled_as(results: list[ObjectResult], *labels: Label) -> list[ObjectResult]:
    return [
        replace(result, labelled=replace(result.labelled, label=label))
        for result, label in zip(results, labels, strict=True)
    ]


def test_formats_with_classes_give_instances_of_one_a_common_category(make: Make, tmp_path: Path) -> None:
    first, second = make("Y", 0.01, upright("Y"), level_cameras("Y"))
    results = labelled_as([first, second, replace(first, name="barrel")], *INSTANCES)
    for name, path in (("replicator", "r"), ("coco3d", "c.json"), ("kitti", "k"), ("objectron", "o.json")):
        export_boxes(results, name, tmp_path / path)
    assert readers.load(tmp_path / "r" / "bounding_box_3d_labels_0000.json") == {
        "0": {"class": "barrel"},
        "1": {"class": "crate"},
    }
    assert np.load(tmp_path / "r" / "bounding_box_3d_0000.npy")["semanticId"].tolist() == [1, 1, 0]
    prims = readers.load(tmp_path / "r" / "bounding_box_3d_prim_paths_0000.json")
    assert prims == [label.prim for label in INSTANCES]
    coco = readers.load(tmp_path / "c.json")
    assert [(each["id"], each["name"]) for each in coco["categories"]] == [(0, "barrel"), (1, "crate")]
    found = {(each["category_id"], each["category_name"]) for each in coco["annotations"]}
    assert found == {(0, "barrel"), (1, "crate")}
    lines = (tmp_path / "k" / "label_2" / "000000.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in lines] == ["crate", "crate", "barrel"]
    assert [each["category"] for each in readers.load(tmp_path / "o.json")["objects"]] == ["crate", "crate", "barrel"]


def test_plain_json_names_class_and_prim_of_a_label(make: Make, tmp_path: Path) -> None:
    export_boxes(labelled_as(make(), *INSTANCES[1:]), "json", tmp_path / "boxes.json")
    labels = [each["label"] for each in readers.load(tmp_path / "boxes.json")["objects"]]
    assert [(each["class"], each["prim"]) for each in labels] == [
        ("crate", "/World/Shelf/Crate_02"),
        ("barrel", "/World/Shelf/Barrel"),
    ]


def test_replicator_notes_corners_that_float32_moves(make: Make, tmp_path: Path) -> None:
    far = Box(np.array([3e6, 0.123, 1e6 + 0.1]), np.array([0.5, 0.6, 0.7]))
    (note,) = export_boxes(make(boxes=(far, BOXES[1])), "replicator", tmp_path / "far")
    assert "float32" in note


@pytest.mark.parametrize(("up", "unit"), WORLDS)
def test_bop_models_with_their_poses_are_the_boxes(up: str, unit: float, make: Make, tmp_path: Path) -> None:
    results = make(up, unit)
    assert export_boxes(results, "bop", tmp_path) == []
    cameras, images = cameras_of(results[0]), readers.bop_cameras(tmp_path)
    found = readers.bop(tmp_path)
    assert set(found) == set(images) == set(cameras) and len(cameras) > 4
    for image, objects in found.items():
        k, world_to_camera = images[image]
        for number, box in enumerate(BOXES, start=1):
            check(objects[number], 1000 * unit * in_opencv(cameras[image], box.corners))
            check(readers.apply(np.linalg.inv(world_to_camera), objects[number]) / (1000 * unit), box.corners)
            pixels = objects[number] @ k.T
            # OpenCV's first pixel has its centre at (0, 0), boxfit's at (0.5, 0.5).
            distances = np.abs(pixels[:, None, :2] / pixels[:, None, 2:] + 0.5 - cameras[image].project(box.corners))
            assert distances.max(axis=2).min(axis=1).max() < 1e-9
    model = readers.load(tmp_path / "models_info.json")["1"]
    assert model["diameter"] == pytest.approx(1000 * unit * np.linalg.norm(BOXES[0].size))


@pytest.mark.parametrize(("up", "unit"), WORLDS)
def test_objectron_keypoints_are_the_boxes_with_y_up(up: str | None, unit: float, make: Make, tmp_path: Path) -> None:
    results = make(up, unit)
    export_boxes(results, "objectron", tmp_path / "o.json")
    turned = Y_UP[up or "Y"]
    found = readers.objectron(tmp_path / "o.json")
    for number, box in enumerate(BOXES):
        check(found[number], unit * box.corners @ turned.T)
    cameras = cameras_of(results[0])
    for frame, (camera, in_camera, in_image) in readers.objectron_frames(tmp_path / "o.json").items():
        view, pose = (np.array(camera[name]).reshape(4, 4) for name in ("view_matrix", "transform"))
        assert np.allclose(view @ pose, np.eye(4))
        for number in range(2):
            centre_and_corners = np.concatenate([unit * turned @ BOXES[number].centre, found[number].ravel()])
            # In the order of the keypoints.
            assert np.allclose(in_camera[number], readers.apply(view, centre_and_corners.reshape(9, 3)), atol=1e-9)
            world = centre_and_corners.reshape(9, 3) @ turned / unit
            height, width = cameras[frame].resolution
            pixels = in_image[number][:, :2] * [width, height]
            assert np.allclose(pixels, cameras[frame].project(world), atol=1e-7)
            assert np.allclose(in_image[number][:, 2], -unit * cameras[frame].to_camera(world)[:, 2])


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_objectron_box_keeps_its_upward_axis_as_y(up: str, make: Make, tmp_path: Path) -> None:
    size = np.array([1.0, 2.0, 3.0])
    boxes = [Box(np.zeros(3), size / 2), Box(np.ones(3), size / 2)]
    export_boxes(make(up, 1.0, boxes), "objectron", tmp_path / "o.json")
    stored = readers.load(tmp_path / "o.json")["objects"][0]
    assert np.allclose(np.array(stored["rotation"]).reshape(3, 3), np.eye(3))
    assert np.allclose(stored["scale"], size if up == "Y" else [1, 3, 2])


def test_nerfstudio_flags_are_the_box_in_the_datasets_frame_with_a_note(make: Make, tmp_path: Path) -> None:
    results = make(unit=None)
    (note,) = export_boxes(results, "nerfstudio", tmp_path / "crop.json")
    assert "dataset's own frame" in note
    found = readers.nerfstudio(tmp_path / "crop.json")
    for result in results:
        check(found[result.name], result.box.corners)


@pytest.mark.parametrize("beside", ["export", "source"])
def test_nerfstudio_flags_are_the_box_in_the_trained_frame(beside: str, make: Make, tmp_path: Path) -> None:
    matrix = np.array([[0.6, 0, 0.8, 1.5], [0, -1, 0, -2.0], [0.8, 0, -0.6, 0.25]])
    folder = tmp_path / beside
    folder.mkdir()
    (folder / "dataparser_transforms.json").write_text(json.dumps({"transform": matrix.tolist(), "scale": 0.02}))
    target = tmp_path / "export"
    target.mkdir(exist_ok=True)
    results = make(source=folder)
    for name in ("nerfstudio", "splat"):
        assert export_boxes(results, name, target / f"{name}.json") == []
    found = readers.nerfstudio(target / "nerfstudio.json")
    for result, crop in zip(results, readers.load(target / "splat.json")["crops"], strict=True):
        trained = 0.02 * readers.apply(matrix, result.box.corners)
        check(found[result.name], trained)
        check(readers.apply(np.array(crop["world_from_box"]), readers.UNIT * crop["size"]), trained)
        assert np.allclose(crop["max"], np.array(crop["size"]) / 2) and np.allclose(crop["min"], -np.array(crop["max"]))


@pytest.mark.parametrize(("up", "unit"), WORLDS)
def test_coco3d_corners_are_in_omni3ds_order_and_match_its_dimensions(
    up: str, unit: float, make: Make, tmp_path: Path
) -> None:
    results = make(up, unit)
    export_boxes(results, "coco3d", tmp_path / "c.json")
    cameras = cameras_of(results[0])
    dataset = readers.load(tmp_path / "c.json")
    intrinsics = {image["id"]: np.array(image["K"]) for image in dataset["images"]}
    for image, objects in readers.coco3d(tmp_path / "c.json").items():
        for label, box in zip("12", BOXES, strict=True):
            stored, made = objects[label]
            assert np.allclose(stored, made, rtol=1e-12)
            check(stored, unit * in_opencv(cameras[image], box.corners))
    for each in dataset["annotations"]:
        pixels = np.array(each["bbox3D_cam"]) @ intrinsics[each["image_id"]].T
        pixels = pixels[:, :2] / pixels[:, 2:]
        assert np.allclose(each["bbox2D_proj"], [*pixels.min(axis=0), *pixels.max(axis=0)])
        assert np.linalg.det(each["R_cam"]) == pytest.approx(1)


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_coco3d_height_is_along_the_up_axis(up: str, make: Make, tmp_path: Path) -> None:
    boxes = [Box(np.zeros(3), np.array([0.5, 1.0, 1.5])), BOXES[1]]
    export_boxes(make(up, 1.0, boxes), "coco3d", tmp_path / "c.json")
    first = readers.load(tmp_path / "c.json")["annotations"][0]
    assert first["dimensions"] == pytest.approx([3, 2, 1] if up == "Y" else [2, 3, 1])


def level_cameras(up: str) -> list[Camera]:
    """Cameras that look along the horizon."""
    cameras = []
    for turn in (0.3, 1.4, 2.9, -2.0, -0.8, 0.0):
        matrix = np.eye(4)
        matrix[:3, :3] = (
            np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]) @ Y_UP[up]
        )
        matrix[:3, 3] = 3.0, -10.0, -400.0
        cameras.append(Camera(matrix, (90.0, 110.0), (70.25, 33.5), (72, 128)))
    return cameras


def upright(up: str) -> list[Box]:
    """Boxes that are turned about the up axis."""
    axis = {"Y": [0.0, 1, 0], "Z": [0.0, 0, 1]}[up]
    turns = [np.array([np.cos(half), *np.sin(half) * np.array(axis)]) for half in (0.4, -1.3)]
    return [Box(box.centre, box.half_extents, turn) for box, turn in zip(BOXES, turns, strict=True)]


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_kitti_labels_of_level_cameras_are_the_boxes(up: str, make: Make, tmp_path: Path) -> None:
    results = make(up, 0.01, upright(up), level_cameras(up))
    assert export_boxes(results, "kitti", tmp_path / "kitti") == []
    files = sorted((tmp_path / "kitti" / "label_2").iterdir())
    assert [file.name for file in files] == [f"{view:06}.txt" for view in range(6)]
    for file, camera in zip(files, level_cameras(up), strict=True):
        for label, (corners, values) in readers.kitti(file).items():
            box = upright(up)[int(label) - 1]
            check(corners, 0.01 * in_opencv(camera, box.corners))
            alpha, turn = values[2], values[13]
            x, _, z = 0.01 * in_opencv(camera, box.centre)
            assert np.cos(alpha - turn + np.arctan2(x, z)) == pytest.approx(1) and abs(alpha) <= np.pi


def test_kitti_of_a_camera_that_looks_down_is_refused_with_what_would_be_lost(make: Make, tmp_path: Path) -> None:
    cameras = level_cameras("Y")
    down = np.eye(4)
    down[:3, :3] = [[1, 0, 0], [0, np.cos(0.35), -np.sin(0.35)], [0, np.sin(0.35), np.cos(0.35)]]
    cameras[4] = Camera(down @ cameras[4].camera_from_world, (90.0, 110.0), (70.25, 33.5), (72, 128))
    with pytest.raises(OutputError, match=r"kitti.* 20 degrees .* view 4, and some in 1 of 6 views"):
        export_boxes(make("Y", 0.01, upright("Y"), cameras), "kitti", tmp_path / "kitti")
    assert not (tmp_path / "kitti").exists()


def test_boxes_in_camera_frames_of_a_scaled_camera_are_those_of_the_rigid_one(make: Make, tmp_path: Path) -> None:
    scaled = [
        Camera(np.diag([2.5, 2.5, 2.5, 1.0]) @ each.camera_from_world, each.focal, each.principal, each.resolution)
        for each in wide_cameras(6)
    ]
    for name, cameras in (("rigid", wide_cameras(6)), ("scaled", scaled)):
        export_boxes(make(cameras=cameras), "bop", tmp_path / name)
    rigid, found = (readers.bop(tmp_path / name) for name in ("rigid", "scaled"))
    for image, objects in rigid.items():
        check(found[image][1], objects[1])
