"""Tests of the reader of the plain format, with numbers checked by hand, and of its schema."""

import json
import re
from pathlib import Path

import boxfit
import jsonschema
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.lens import COEFFICIENTS, Lens
from boxfit.settings import InputSettings
from boxfit.views import plain
from boxfit.views.folder import read_folder
from boxfit.views.plain import read_plain
from PIL import Image

from tests.basic_writer import PAIR
from tests.folders import box_mask
from tests.plain_files import write_plain_boxes
from tests.scenes import BOX

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(plain.SCHEMA.read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs" / "plain-format.md").read_text(encoding="utf-8")
(EXAMPLE,), (EXPORTER,) = (re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL) for kind in ("json", "python"))


def write(folder: Path, *views: dict, **fields: object) -> dict:
    """Write a description, and a mask of 4 rows and 8 columns for each view."""
    for index in range(len(views)):
        mask = np.zeros((4, 8), dtype=np.uint8)
        mask[1:3, 2:5] = 255
        Image.fromarray(mask).save(folder / f"{index}.png")
    stated = {"mask": "0.png", "K": [[10, 0, 4], [0, 10, 2], [0, 0, 1]], "camera_to_world": np.eye(4).tolist()}
    described = [{**stated, "mask": f"{index}.png", **view} for index, view in enumerate(views)]
    described = [{key: value for key, value in view.items() if value is not None} for view in described]
    content = {"version": 1, "axes": "opencv", "pixel_centre": 0, **fields, "views": described}
    (folder / "boxfit.json").write_text(json.dumps(content), encoding="utf-8")
    return content


def change(folder: Path, **fields: object) -> None:
    content = json.loads((folder / "boxfit.json").read_text(encoding="utf-8")) | fields
    (folder / "boxfit.json").write_text(
        json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8"
    )


def check_valid(content: object) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(content)


@pytest.mark.parametrize("axes", ["opencv", "opengl"])
@pytest.mark.parametrize("pose", ["camera_to_world", "world_to_camera"])
@pytest.mark.parametrize("pixel_centre", [0, 0.5])
def test_read_views_of_every_convention_gives_the_cameras_and_masks_that_were_written(
    tmp_path, axes, pose, pixel_centre
) -> None:
    cameras = write_plain_boxes(tmp_path / "views", 4, axes=axes, pose=pose, pixel_centre=pixel_centre)
    dataset = read_folder(tmp_path / "views")
    assert (dataset.format, dataset.problems, dataset.up_axis) == ("plain", (), None)
    (target,) = dataset.objects
    assert [view.name for view in target.views] == ["0", "1", "2", "3"]
    for view, camera in zip(target.views, cameras, strict=True):
        np.testing.assert_allclose(view.camera.camera_from_world, camera.camera_from_world, atol=1e-12)
        np.testing.assert_allclose(view.camera.principal, camera.principal)
        np.testing.assert_array_equal(view.semantic(), box_mask(camera)[..., 0])


def test_read_pose_and_k_project_as_opencv_does(tmp_path) -> None:
    # The camera stands at (1, 2, 3) and looks along the world's X; its image's right is -Y, and down is -Z.
    pose = [[0, 0, 1, 1], [-1, 0, 0, 2], [0, -1, 0, 3], [0, 0, 0, 1]]
    write(tmp_path, {"camera_to_world": pose, "K": [[10, 0, 3], [0, 20, 1], [0, 0, 1]]}, {})
    camera = read_plain(tmp_path).views[0].camera
    # 5 before it, 1 to its right, 0.5 above: u = 3 + 10 * 1 / 5, v = 1 - 20 * 0.5 / 5, from the first pixel's centre.
    np.testing.assert_allclose(camera.project(np.array([6.0, 1.0, 3.5])), [5.5, -0.5])
    assert (camera.focal, camera.resolution) == ((10, 20), (4, 8))


def test_read_intrinsics_for_all_or_for_a_view_takes_those_of_the_view(tmp_path) -> None:
    own = {"K": None, "fx": 20, "fy": 30, "cx": 1, "cy": 2}
    content = write(
        tmp_path, {"K": None}, own, K=[[5, 0, 6], [0, 7, 8], [0, 0, 1]], pixel_centre=0.5, width=8, height=4
    )
    check_valid(content)
    first, second = read_plain(tmp_path).views
    assert (first.camera.focal, first.camera.principal) == ((5, 7), (6, 8))
    assert (second.camera.focal, second.camera.principal) == ((20, 30), (1, 2))


def test_read_ids_with_names_gives_an_object_each(tmp_path) -> None:
    write_plain_boxes(tmp_path / "views", 4, prims=PAIR, labels={"1": "crate", "2": "tin"}, up_axis="Z")
    change(tmp_path / "views", meters_per_unit=0.001)
    dataset = read_plain(tmp_path / "views")
    assert [(target.label.name, target.label.named_by) for target in dataset.objects] == [
        ("crate", "labels"),
        ("tin", "labels"),
    ]
    assert (dataset.up_axis, dataset.meters_per_unit) == ("Z", 0.001)
    shown = dataset.views[0].semantic()
    assert set(np.unique(shown)) == {0, 1, 2}


def test_read_ids_of_16_bits_and_of_npy_files_gives_them(tmp_path) -> None:
    write(tmp_path, {"mask": "0.npy"}, {"mask": "1.png"}, {"mask": "2.npy"}, masks="ids")
    ids = np.zeros((4, 8), dtype=np.int32)
    ids[1:3, 2:5] = 1000
    np.save(tmp_path / "0.npy", ids)
    Image.fromarray(ids.astype(np.uint16)).save(tmp_path / "1.png")
    np.save(tmp_path / "2.npy", ids[0])
    dataset = read_plain(tmp_path)
    assert [target.label.id for target in dataset.objects] == [1000]
    (problem,) = dataset.problems
    assert problem.where == "view 2" and "2.npy" in problem.what


def test_read_name_of_binary_masks(tmp_path) -> None:
    write(tmp_path, {}, {"name": "left"}, labels={"255": "mug"})
    dataset = read_plain(tmp_path)
    assert [(target.label.id, target.label.name) for target in dataset.objects] == [(1, "mug")]
    assert [view.name for view in dataset.views] == ["0", "left"]


def test_read_distortion_and_depth(tmp_path) -> None:
    distortion = dict(zip(COEFFICIENTS, np.linspace(0.01, 0.002, 12).tolist(), strict=True))
    views = {"depth": "depth.png", "depth_scale": 0.5}, {"depth": "depth.npy", "distortion": {}}
    check_valid(write(tmp_path, *views, distortion=distortion))
    Image.fromarray(np.full((4, 8), 300, dtype=np.uint16)).save(tmp_path / "depth.png")
    np.save(tmp_path / "depth.npy", np.full((4, 8), 7.5, dtype=np.float32))
    first, second = read_plain(tmp_path).views
    assert first.lens is not None and second.lens is None
    np.testing.assert_array_equal(first.lens.coefficients, list(distortion.values()))
    assert first.lens.camera.principal == (4.5, 2.5) and isinstance(first.lens, Lens)
    assert first.depth().max() == 150 and (second.depth() == 7.5).all()


def test_fit_views_with_rgb_and_depth_finds_the_box(tmp_path) -> None:
    cameras = write_plain_boxes(tmp_path / "views", 10, axes="opengl", depth=True, labels={"1": "crate"})
    content = json.loads((tmp_path / "views" / "boxfit.json").read_text(encoding="utf-8"))
    check_valid(content)
    for view in content["views"]:
        view["rgb"] = view["mask"]
    change(tmp_path / "views", views=content["views"])
    assert read_plain(tmp_path / "views").views[0].rgb().shape == (*cameras[0].resolution, 3)
    (result,) = boxfit.fit(tmp_path / "views", method="contact")
    assert result.labelled.label.name == "crate"
    np.testing.assert_allclose(np.sort(result.box.size), np.sort(BOX.size), rtol=0.06)
    np.testing.assert_allclose(result.box.centre, BOX.centre, atol=0.03)


def test_read_views_opens_each_mask_once(tmp_path, monkeypatch) -> None:
    write_plain_boxes(tmp_path / "views", 4)
    opened = []
    decode = Image.open
    monkeypatch.setattr(Image, "open", lambda file, **options: opened.append(file.name) or decode(file, **options))
    dataset = read_plain(tmp_path / "views")
    assert all(view.semantic().any() for view in dataset.views)
    assert len(opened) == len(set(opened)) == 4


def test_read_file_of_another_name_with_the_format(tmp_path) -> None:
    write_plain_boxes(tmp_path / "views", 3)
    (tmp_path / "views" / "boxfit.json").rename(tmp_path / "views" / "cameras.json")
    dataset = read_folder(tmp_path / "views" / "cameras.json", InputSettings(format="plain"))
    assert len(dataset.views) == 3


def test_read_paths_with_the_separators_of_windows_finds_the_files(tmp_path) -> None:
    write_plain_boxes(tmp_path, 3, depth=True)
    views = json.loads((tmp_path / "boxfit.json").read_text(encoding="utf-8"))["views"]
    paths = [{key: view[key].replace("/", "\\") for key in ("mask", "depth")} for view in views]
    change(tmp_path, views=[{**view, **each} for view, each in zip(views, paths, strict=True)])
    dataset = read_plain(tmp_path)
    assert [view.name for view in dataset.views] == ["0", "1", "2"]
    assert dataset.views[0].depth().max() > 1


def test_read_fields_that_do_not_exist_names_them(tmp_path) -> None:
    content = write(tmp_path, {"rbg": "x.png"}, {}, upaxis="Z")
    dataset = read_plain(tmp_path)
    problems = dataset.problems
    assert [problem.where for problem in problems] == ["boxfit.json", "boxfit.json"]
    assert dataset.objects[0].unread == ()
    assert "its fields upaxis" in problems[0].what and "its views' fields rbg" in problems[1].what
    with pytest.raises(jsonschema.ValidationError):
        check_valid(content)


@pytest.mark.parametrize(
    ("view", "message", "in_schema"),
    [
        ({"mask": None}, "it names no mask", True),
        ({"mask": "gone.png"}, "gone.png cannot be read", False),
        ({"mask": 3}, "its fields in boxfit.json are not those of a view", True),
        ({"camera_to_world": None}, "it has no pose: give camera_to_world or world_to_camera", True),
        ({"world_to_camera": np.eye(4).tolist()}, "it has two poses", True),
        ({"camera_to_world": np.eye(3).tolist()}, "camera_to_world is not 4x4 numbers", True),
        ({"camera_to_world": np.diag([1.0, 1, 1e200, 1]).tolist()}, "camera_to_world is not 4x4 numbers", False),
        ({"camera_to_world": np.diag([1.0, 1, -1, 1]).tolist()}, "singular or mirrored", False),
        ({"K": None}, "it has no fx: state it for the view, or once for all", True),
        ({"fx": 10}, "it has both K and fx", True),
        ({"K": [[10, 1, 4], [0, 10, 2], [0, 0, 1]]}, "skewed pixels are not supported", False),
        ({"K": [[10, 0, float("nan")], [0, 10, 2], [0, 0, 1]]}, "K is not 3x3 numbers", False),
        ({"K": [[-10, 0, 4], [0, 10, 2], [0, 0, 1]]}, "the focal length is", False),
        ({"K": "K"}, "its fields in boxfit.json are not those of a view", True),
        ({"width": 8}, "it has no height", True),
        ({"width": 16, "height": 4}, "2.png is 4 x 8 .* says 4 x 16", False),
        ({"width": 8.5, "height": 4}, "not whole pixels", True),
        ({"distortion": {"k7": 1}}, "its distortion has k7: OpenCV's names are k1", True),
        ({"distortion": {"k1": "0.1"}}, "its k1 is '0.1', not a number", True),
        ({"distortion": {"k1": -30}}, "its distortion cannot be inverted", False),
        ({"depth": "d.png", "depth_scale": "mm"}, "its depth_scale is 'mm', not a number", True),
        ({"name": "1"}, "2 views have this name", False),
    ],
)
def test_read_view_that_cannot_be_used_leaves_it_out(tmp_path, view, message, in_schema) -> None:
    content = write(tmp_path, {}, {}, view, {}, {})
    problems = read_plain(tmp_path).problems
    assert problems and all(problem.where in ("view 2", "view 1", "view gone", "view number 3") for problem in problems)
    assert all(re.search(message, problem.what) for problem in problems), problems
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(content) != in_schema


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": 2}, "version is 2: state 1"),
        ({"axes": None}, "it has no axes: state 'opencv' or 'opengl'"),
        ({"axes": "usd"}, "axes is 'usd'"),
        ({"pixel_centre": None}, "it has no pixel_centre: state 0 or 0.5"),
        ({"up_axis": "X"}, "up_axis is 'X': state 'Y' or 'Z'"),
        ({"masks": "color"}, "masks is 'color'"),
        ({"meters_per_unit": 0}, "meters_per_unit is 0, not a positive number"),
        ({"meters_per_unit": "m"}, "meters_per_unit is 'm'"),
        ({"labels": ["mug"]}, "labels are not names by id"),
        ({"labels": {"mug": 1}}, "labels are not names by id"),
        ({"labels": {"1": "mug", "2": "cup"}}, 'state "masks": "ids"'),
        ({"views": {}}, "has no list of views"),
        ({"views": [1, 2]}, "fewer than two views can be used"),
        ({"views": [[], []]}, "fewer than two views can be used"),
    ],
)
def test_read_file_without_a_field_that_it_needs_raises(tmp_path, fields, message) -> None:
    write(tmp_path, {}, {})
    change(tmp_path, **fields)
    with pytest.raises(DatasetError, match=message):
        read_plain(tmp_path)
    with pytest.raises(jsonschema.ValidationError):
        check_valid(json.loads((tmp_path / "boxfit.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("content", ["", "{", "[]", "1", '{"views": ' + "[" * 10**5 + "]" * 10**5 + "}"])
def test_read_file_that_is_no_description_raises(tmp_path, content) -> None:
    (tmp_path / "boxfit.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"boxfit\.json"):
        read_plain(tmp_path)


def test_read_folder_in_place_of_a_file_raises(tmp_path) -> None:
    (tmp_path / "boxfit.json").mkdir()
    with pytest.raises(DatasetError, match=r"boxfit\.json is a folder"):
        read_plain(tmp_path)
    assert not plain.holds_plain(tmp_path)


def test_schema_has_the_fields_of_the_reader() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(plain._OF_FILE)
    assert set(SCHEMA["$defs"]["view"]["properties"]) == set(plain._OF_VIEW)
    assert SCHEMA["$defs"]["distortion"]["propertyNames"]["enum"] == list(COEFFICIENTS)


def test_document_has_a_valid_example_and_a_row_for_every_field() -> None:
    check_valid(json.loads(EXAMPLE))
    document = (ROOT / "docs" / "plain-format.md").read_text(encoding="utf-8")
    rows = {
        name for row in re.findall(r"^\| (`.*?) \|", document, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert rows == {*plain._OF_FILE, *plain._OF_VIEW}


def test_document_exporter_writes_a_folder_that_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(EXPORTER, "exporter", "exec"), names)
    mask = np.zeros((4, 8), dtype=bool)
    mask[1:3, 2:5] = True
    pose = np.eye(4)
    pose[:3, 3] = 1, 2, 3
    names["export"](
        tmp_path / "views", [mask, mask], np.array([[10.0, 0, 4], [0, 10, 2], [0, 0, 1]]), [np.eye(4), pose]
    )
    check_valid(json.loads((tmp_path / "views" / "boxfit.json").read_text(encoding="utf-8")))
    dataset = read_plain(tmp_path / "views")
    np.testing.assert_array_equal(dataset.views[1].semantic(), mask)
    np.testing.assert_allclose(dataset.views[1].camera.position, [1, 2, 3])
