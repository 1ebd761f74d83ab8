"""Tests of scene folders of BOP: numbers of public scenes, traced blocks, and folders that are wrong."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views import posed_images
from boxfit.views.bop.folder import LEAST_VIEWS, VISIBLE, holds_bop, read_bop
from boxfit.views.dataset import Dataset, LabelledObject
from boxfit.views.folder import read_folder
from boxfit.views.silhouettes import silhouettes
from PIL import Image
from pxr import Usd, UsdGeom

from tests.bop_files import Block, pose, shots_around, still, write_scene

REST = Block(5, (40, 25, 15), still(40, (0.2, 0.3, 1), (10, 20, 0)))
MOVING = Block(9, (20, 24, 30), lambda image: pose(10 + 7 * image, (1, 0, 1), (130 + 3 * image, -20, 10)), (3, -4, 5))
BETWEEN = (60, 0, 0)


def write_pair(folder: Path, count: int = 12, **options: Any) -> None:
    write_scene(folder, [REST, MOVING], shots_around(BETWEEN, 700, count), **options)


def write_one(folder: Path, count: int = 6, **options: Any) -> None:
    write_scene(folder, [REST], shots_around((10, 20, 0), 450, count), **options)


def change(folder: Path, name: str, edit: Callable[[Any], Any]) -> None:
    """Rewrite scene_NAME.json with what `edit` returns, or with its content, which it has changed."""
    path = folder / f"scene_{name}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(edit(content) or content), encoding="utf-8")


def target(dataset: Dataset, name: str) -> LabelledObject:
    return next(each for each in dataset.objects if each.asset == name)


def problems(dataset: Dataset) -> list[tuple[str, str]]:
    return [(problem.where, problem.what) for problem in dataset.problems]


def test_read_numbers_of_linemod_places_the_camera_as_opencv_does(tmp_path) -> None:
    """Image 0 of the first scene: the model's origin is at (265.837, 175.630), 1014.877 mm away."""
    write_one(tmp_path, 2, world=False)
    camera = {"cam_K": [572.4114, 0, 325.2611, 0, 573.57043, 242.04899, 0, 0, 1], "depth_scale": 1.0}
    turn = [0.09630630, 0.99404401, 0.05100790, 0.57332098, -0.01350810, -0.81922001]
    turn += [-0.81365103, 0.10814000, -0.57120699]
    entry = {"obj_id": 1, "cam_R_m2c": turn, "cam_t_m2c": [-105.35775150, -117.52119142, 1014.87701320]}
    change(tmp_path, "camera", lambda content: dict.fromkeys(content, camera))
    change(tmp_path, "gt", lambda content: {key: [entry] for key in content})
    view = read_bop(tmp_path).views[0]
    np.testing.assert_allclose(view.camera.project(np.zeros(3)), [265.8370 + 0.5, 175.6298 + 0.5], atol=1e-3)
    np.testing.assert_allclose(view.camera.to_camera(np.zeros(3)), [-105.35775, 117.52119, -1014.87701], atol=1e-4)
    # The model's Z axis, up on the object, is the last column: -0.819 along the image's y, so up in the image.
    up = view.camera.to_camera(np.array([0, 0, 100.0])) - view.camera.to_camera(np.zeros(3))
    np.testing.assert_allclose(up, [5.100790, 81.922001, 57.120699], atol=1e-4)
    np.testing.assert_array_equal(view.world_from_asset, np.eye(4))
    (tmp_path / "mask").mkdir()  # Then the masks are rendered.
    rendered = read_bop(tmp_path).views[0]
    np.testing.assert_allclose(rendered.camera.project(np.zeros(3)), [265.8370, 175.6298], atol=1e-3)


def test_read_numbers_of_ycbv_takes_the_rounded_rotation_as_world_to_camera(tmp_path) -> None:
    """Image 1 of scene 48: the world's origin is 833.584 mm away, at (341.497, 327.459)."""
    write_one(tmp_path, 2)
    camera = {
        "cam_K": [1066.778, 0, 312.9869, 0, 1067.487, 241.3109, 0, 0, 1],
        "cam_R_w2c": [0.775038, 0.630563, -0.0413049, 0.1427, -0.238322, -0.960645, -0.615591, 0.738643, -0.27469],
        "cam_t_w2c": [22.278120142899976, 67.27103635299997, 833.583980809],
        "depth_scale": 0.1,
    }
    model = {"obj_id": 1, "cam_R_m2c": camera["cam_R_w2c"], "cam_t_m2c": [100.0, 67.27103635299997, 833.583980809]}
    change(tmp_path, "camera", lambda content: dict.fromkeys(content, camera))
    change(tmp_path, "gt", lambda content: {key: [model] for key in content})
    view = read_bop(tmp_path).views[0]
    np.testing.assert_allclose(view.camera.project(np.zeros(3)), [341.4974 + 0.5, 327.4591 + 0.5], atol=1e-3)
    turn = view.camera.camera_from_world[:3, :3]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    # The model is 77.72188 mm further to the camera's right, which is (0.775, 0.631, -0.041) in the world.
    assert view.world_from_asset is not None
    np.testing.assert_allclose(view.world_from_asset[:3, 3], [60.2374, 49.0085, -3.2103], atol=1e-3)


def test_fit_blocks_with_stated_cameras_gives_their_boxes_in_the_world(tmp_path) -> None:
    write_pair(tmp_path, 24)
    rest, moving = boxfit.fit(tmp_path, align="free")
    assert (rest.name, moving.name) == ("obj_000005", "obj_000009")
    np.testing.assert_allclose(np.sort(rest.box.size), [30, 50, 80], rtol=0.01)
    np.testing.assert_allclose(rest.box.centre, [10, 20, 0], atol=0.3)
    np.testing.assert_allclose(np.sort(moving.box.size), [40, 48, 60], rtol=0.01)
    there = MOVING.world_from_model(0)
    np.testing.assert_allclose(moving.box.centre, there[:3, :3] @ MOVING.middle + there[:3, 3], atol=0.3)
    assert (rest.observations.moves, moving.observations.moves) == (False, True)
    assert not rest.warnings and "moves between views" in " ".join(moving.warnings)
    assert rest.world.meters_per_unit == 0.001 and rest.world.up_axis is None


def test_fit_blocks_without_stated_cameras_gives_their_boxes_in_the_frames_of_their_models(tmp_path) -> None:
    write_pair(tmp_path, 24, world=False)
    for result, block in zip(boxfit.fit(tmp_path, align="free"), (REST, MOVING), strict=True):
        np.testing.assert_allclose(np.sort(result.box.size), 2 * np.sort(block.half), rtol=0.01)
        np.testing.assert_allclose(result.box.centre, block.middle, atol=0.3)
        np.testing.assert_allclose(np.abs(result.box.rotation).max(axis=0), 1, atol=1e-3)
        assert not result.observations.moves


def test_fit_images_of_different_sizes_and_lenses_takes_each_as_it_is(tmp_path) -> None:
    near = shots_around((10, 20, 0), 500, 12)
    wide = shots_around((10, 20, 0), 650, 12, (500, 420), (90, 150), (300, 200))
    write_scene(tmp_path, [REST], near[::2] + wide[1::2])
    (result,) = boxfit.fit(tmp_path, align="free")
    assert {view.camera.resolution for view in result.labelled.views} == {(200, 240), (300, 200)}
    np.testing.assert_allclose(np.sort(result.box.size), [30, 50, 80], rtol=0.01)
    np.testing.assert_allclose(result.box.centre, [10, 20, 0], atol=0.3)


def test_fit_rendered_masks_takes_the_corner_of_the_first_pixel_as_zero(tmp_path) -> None:
    write_one(tmp_path, 16, masks=("mask", "mask_visib"))
    (result,) = boxfit.fit(tmp_path, align="free")
    np.testing.assert_allclose(np.sort(result.box.size), [30, 50, 80], rtol=0.01)
    assert result.calibration.before is not None and result.calibration.before < 0.25


def test_fit_into_the_frame_of_the_asset_gives_the_box_in_the_frame_of_the_model(tmp_path) -> None:
    write_scene(tmp_path / "scene", [MOVING], shots_around(BETWEEN, 700, 12))
    (result,) = boxfit.fit(tmp_path / "scene", output=tmp_path / "box.usda", align="free", frame="asset")
    stage = Usd.Stage.Open(str(tmp_path / "box.usda"))
    local = np.array(UsdGeom.Xformable(stage.GetPrimAtPath(result.prim)).GetLocalTransformation())
    np.testing.assert_allclose(local[3, :3], MOVING.middle, atol=0.4)


def test_read_poses_with_errors_of_annotation_keeps_the_object_at_rest_and_each_pose_exact(tmp_path) -> None:
    rng = np.random.default_rng(3)
    errors = [pose(rng.normal(0, 0.3), rng.normal(size=3), rng.normal(0, 1, 3)) for _ in range(6)]
    write_one(tmp_path, jitter=lambda image: errors[image])
    (labelled,) = read_bop(tmp_path).objects
    observations = silhouettes(labelled, check=False)
    assert not observations.moves and not observations.warnings
    entries = json.loads((tmp_path / "scene_gt.json").read_text(encoding="utf-8"))
    for image, view in enumerate(labelled.views):
        assert view.world_from_asset is not None
        np.testing.assert_allclose(view.world_from_asset, REST.world_from_model(0), atol=8)
        stated = np.reshape(entries[str(image)][0]["cam_t_m2c"], 3) * [1, -1, -1]
        np.testing.assert_allclose(view.camera.to_camera(view.world_from_asset[:3, 3]), stated, atol=1e-9)


def test_read_one_image_without_the_pose_of_its_camera_takes_the_frames_of_the_models(tmp_path) -> None:
    write_one(tmp_path)
    change(tmp_path, "camera", lambda content: content["3"].pop("cam_R_w2c") and None)
    assert all(np.array_equal(view.world_from_asset, np.eye(4)) for view in read_bop(tmp_path).views)


def test_read_names_views_by_object_and_image_and_selects_them_by_image(tmp_path) -> None:
    write_pair(tmp_path / "pair", 4, first=8)
    dataset = read_bop(tmp_path / "pair")
    images = ["000008", "000009", "000010", "000011"]
    assert [view.name for view in dataset.views] == [f"obj_00000{n}/{image}" for n in (5, 9) for image in images]
    assert [(each.asset, each.label.id, each.label.name) for each in dataset.objects] == [
        ("obj_000005", 5, "obj_000005"),
        ("obj_000009", 9, "obj_000009"),
    ]
    write_one(tmp_path / "one", first=8)
    assert [view.name for view in read_bop(tmp_path / "one").views][:4] == images
    (result,) = boxfit.fit(tmp_path / "pair", views="8-10", label="9", method="contact")
    assert [view.name for view in result.labelled.views] == [
        "obj_000009/000008",
        "obj_000009/000009",
        "obj_000009/000010",
    ]


def test_read_several_instances_of_a_model_makes_each_an_object(tmp_path) -> None:
    twin = replace(REST, world_from_model=still(0, (0, 0, 1), (120, 0, 0)))
    write_scene(tmp_path, [REST, MOVING, twin], shots_around(BETWEEN, 800, 6))
    dataset = read_bop(tmp_path)
    assert [each.label.name for each in dataset.objects] == ["obj_000005#1", "obj_000005#2", "obj_000009"]
    assert [each.label.class_name for each in dataset.objects] == ["obj_000005", "obj_000005", "obj_000009"]
    for name, at in (("obj_000005#1", [10, 20, 0]), ("obj_000005#2", [120, 0, 0])):
        for view in target(dataset, name).views:
            assert view.world_from_asset is not None
            np.testing.assert_allclose(view.world_from_asset[:3, 3], at, atol=1e-6)
    assert [result.name for result in boxfit.fit(tmp_path, method="contact", label="5")] == [
        "obj_000005#1",
        "obj_000005#2",
    ]


def test_read_object_zero_is_not_taken_for_the_background(tmp_path) -> None:
    write_scene(tmp_path, [replace(REST, number=0), MOVING], shots_around(BETWEEN, 700, 3))
    dataset = read_bop(tmp_path)
    assert [(each.label.name, each.label.id) for each in dataset.objects] == [("obj_000000", 10), ("obj_000009", 9)]
    assert all((view.semantic() == 10).any() for view in dataset.objects[0].views)


def test_read_views_in_which_little_is_visible_leaves_them_out_with_the_reason(tmp_path) -> None:
    write_one(tmp_path, 9)
    shares = [1.0, 0.49, 0.0, 0.5, 0.9, 0.8, 0.7, 0.6, -1]
    change(tmp_path, "gt_info", lambda content: {str(k): [{"visib_fract": v}] for k, v in enumerate(shares)})
    dataset = read_bop(tmp_path)
    (labelled,) = dataset.objects
    assert VISIBLE == 0.5
    assert [int(view.name) for view in labelled.views] == [0, 3, 4, 5, 6, 7, 8]
    (left,) = labelled.unread
    assert (left.where, left.what) == ("view 000001", "only 49% of it is visible (visib_fract)")
    assert dataset.problems == ()


def test_read_too_few_visible_views_keeps_the_most_visible(tmp_path) -> None:
    write_one(tmp_path, 9)
    shares = [0.9, 0.1, 0.2, 0.3, 0.4, 0.35, 0.25, 0.15, 0.05]
    change(tmp_path, "gt_info", lambda content: {str(k): [{"visib_fract": v}] for k, v in enumerate(shares)})
    (labelled,) = read_bop(tmp_path).objects
    assert LEAST_VIEWS == 6 and [int(view.name) for view in labelled.views] == [0, 2, 3, 4, 5, 6]
    assert len(labelled.unread) == 3


def test_read_object_that_is_hidden_everywhere_makes_no_object(tmp_path) -> None:
    write_pair(tmp_path, 3)

    def hide(content: Any) -> None:
        for entries in content.values():
            entries[1]["visib_fract"] = 0.0

    change(tmp_path, "gt_info", hide)
    dataset = read_bop(tmp_path)
    assert [each.label.name for each in dataset.objects] == ["obj_000005"]
    assert [view.name for view in dataset.views] == ["000000", "000001", "000002"] and dataset.problems == ()


def test_read_visible_masks_of_a_hidden_object_are_those_of_its_visible_part(tmp_path) -> None:
    write_scene(
        tmp_path,
        [REST, replace(MOVING, world_from_model=still(0, (0, 0, 1), (60, 20, 0)))],
        shots_around((30, 20, 0), 500),
        masks=("mask", "mask_visib"),
    )
    dataset = read_bop(tmp_path)
    masks = [view.semantic() > 0 for labelled in dataset.objects for view in labelled.views]
    by_image = {}
    for view, mask in zip((view for each in dataset.objects for view in each.views), masks, strict=True):
        by_image.setdefault(view.name[-6:], []).append(mask)
    assert all(not np.logical_and.reduce(pair).any() for pair in by_image.values() if len(pair) == 2)
    shutil.rmtree(tmp_path / "mask_visib")
    assert (tmp_path / "mask").is_dir()
    whole = read_bop(tmp_path)
    assert all(len(labelled.views) == 12 and not labelled.unread for labelled in whole.objects)
    assert sum((view.semantic() > 0).sum() for view in whole.views) > sum(mask.sum() for mask in masks)


def test_read_depth_multiplies_by_the_scale_and_leaves_zero_as_no_surface(tmp_path) -> None:
    write_one(tmp_path, depth_scale=0.1)
    view = read_bop(tmp_path).views[2]
    depth, mask = view.depth(), view.semantic() > 0
    stored = np.array(Image.open(tmp_path / "depth" / "000002.png"))
    np.testing.assert_allclose(depth, 0.1 * stored, rtol=1e-6)
    assert 400 < depth[mask].min() < depth[mask].max() < 500 and (depth[~mask] == 0).all()
    (result,) = boxfit.fit(tmp_path, align="free")
    assert result.start.uses_depth and not any("depth" in warning for warning in result.warnings)
    np.testing.assert_allclose(np.sort(result.box.size), [30, 50, 80], rtol=0.01)


def test_read_depth_without_a_scale_is_not_used(tmp_path) -> None:
    write_one(tmp_path, depth_scale=0.1)
    change(tmp_path, "camera", lambda content: [each.pop("depth_scale") for each in content.values()] and None)
    assert not any(view.has_depth for view in read_bop(tmp_path).views)


@pytest.mark.parametrize("picture", ["rgb/{:06d}.png", "rgb/{:06d}.jpg", "gray/{:06d}.png"])
def test_read_pictures_of_every_kind_gives_colours(tmp_path, picture) -> None:
    write_one(tmp_path, picture=picture)
    colours = read_bop(tmp_path).views[0].rgb()
    assert colours.shape == (200, 240, 3) and np.ptp(colours) > 50


def test_read_and_fit_opens_each_mask_once(tmp_path, monkeypatch) -> None:
    write_pair(tmp_path, 6)
    opened: list[str] = []
    open_picture = posed_images.open_picture

    def counting(path: Path, *others: Any) -> Any:
        opened.append(path.name)
        return open_picture(path, *others)

    monkeypatch.setattr(posed_images, "open_picture", counting)
    boxfit.fit(tmp_path, method="contact")
    assert sorted(opened) == sorted(path.name for path in (tmp_path / "mask_visib").iterdir())


def test_read_mask_that_is_missing_or_damaged_leaves_out_that_view_of_that_object(tmp_path) -> None:
    write_pair(tmp_path, 5)
    (tmp_path / "mask_visib" / "000003_000001.png").unlink()
    (tmp_path / "mask_visib" / "000001_000001.png").write_bytes(b"no picture")
    dataset = read_bop(tmp_path)
    assert not target(dataset, "obj_000005").unread and len(target(dataset, "obj_000005").views) == 5
    unread = target(dataset, "obj_000009").unread
    assert [problem.where for problem in unread] == ["view obj_000009/000001", "view obj_000009/000003"]
    assert (
        "000001_000001.png is not an image" in unread[0].what and "000003_000001.png cannot be read" in unread[1].what
    )
    assert dataset.problems == unread


def set_first(field: str, value: Any) -> Callable[[Any], None]:
    """Set a field of image 0, of its first object if it is in scene_gt."""

    def edit(content: Any) -> None:
        entry = content["0"]
        (entry[0] if isinstance(entry, list) else entry)[field] = value

    return edit


def without_first(field: str) -> Callable[[Any], None]:
    def edit(content: Any) -> None:
        entry = content["0"]
        (entry[0] if isinstance(entry, list) else entry).pop(field)

    return edit


TURN = [1.0, 0, 0, 0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("name", "edit", "what"),
    [
        ("camera", without_first("cam_K"), "it has no cam_K"),
        ("camera", set_first("cam_K", TURN[:8]), "its cam_K is not 9 numbers"),
        ("camera", set_first("cam_K", [TURN] * 2), "its cam_K is not 9 numbers"),
        ("camera", set_first("cam_K", [300, 5, 131, 0, 330, 86, 0, 0, 1]), "only cameras without skew"),
        ("camera", set_first("cam_K", [float("nan"), *TURN[1:]]), "its cam_K holds a number that is not finite"),
        ("camera", set_first("cam_K", [10**400, *TURN[1:]]), "its entries are not those of a BOP scene"),
        ("camera", set_first("cam_R_w2c", [*TURN[:8], 2]), "its cam_R_w2c is not a rotation matrix"),
        ("camera", without_first("cam_t_w2c"), "it has no cam_t_w2c"),
        ("camera", lambda content: content.pop("0") and None, "scene_camera.json has no entry of it"),
        ("camera", lambda content: {**content, "0": 7}, "its entries are not those of a BOP scene"),
        ("gt", without_first("obj_id"), "its entries are not those of a BOP scene ('obj_id')"),
        ("gt", set_first("obj_id", "five"), "its obj_id 'five' is not the number of a model"),
        ("gt", set_first("obj_id", -2), "its obj_id -2 is not the number of a model"),
        ("gt", without_first("cam_R_m2c"), "it has no cam_R_m2c"),
        ("gt", set_first("cam_t_m2c", [1, 2]), "its cam_t_m2c is not 3 numbers"),
        ("gt", set_first("cam_t_m2c", [1, 2, 1e300]), "its cam_t_m2c holds a number that is not finite"),
        ("gt", set_first("cam_t_m2c", [1, 2, "far"]), "its entries are not those of a BOP scene"),
        ("gt", set_first("cam_R_m2c", [*TURN[:8], -1]), "its cam_R_m2c is not a rotation matrix"),
        ("gt", lambda content: {**content, "0": None}, "its entries are not those of a BOP scene"),
        (
            "gt_info",
            lambda content: {**content, "0": []},
            "scene_gt_info.json has 0 objects in it, and scene_gt.json 1",
        ),
        ("gt_info", lambda content: {**content, "0": [5]}, "its entries are not those of a BOP scene"),
    ],
)
def test_read_wrong_entries_of_an_image_leaves_it_out_with_the_reason(tmp_path, name, edit, what) -> None:
    write_one(tmp_path)
    change(tmp_path, name, edit)
    dataset = read_bop(tmp_path)
    ((where, found),) = problems(dataset)
    assert where == "image 000000" and what in found
    assert [int(view.name) for view in dataset.views] == [1, 2, 3, 4, 5]


def test_read_camera_with_a_negative_focal_length_leaves_out_its_views(tmp_path) -> None:
    write_one(tmp_path)
    change(tmp_path, "camera", set_first("cam_K", [-300, 0, 131, 0, 330, 86, 0, 0, 1]))
    ((where, found),) = problems(read_bop(tmp_path))
    assert where == "view 000000" and "focal length" in found


@pytest.mark.parametrize("name", ["camera", "gt"])
def test_read_entry_that_is_no_image_number_is_reported(tmp_path, name) -> None:
    write_one(tmp_path)
    change(tmp_path, name, lambda content: {**content, "first": content["0"]})
    dataset = read_bop(tmp_path)
    assert problems(dataset) == [(f"scene_{name}.json", "its entry 'first' is not the number of an image")]
    assert len(dataset.views) == 6


@pytest.mark.parametrize("name", ["camera", "gt", "gt_info"])
@pytest.mark.parametrize("content", ["[1, 2]", "3", "{", '{"0": ', ""])
def test_read_file_that_is_no_dictionary_is_refused(tmp_path, name, content) -> None:
    write_one(tmp_path)
    (tmp_path / f"scene_{name}.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=rf"scene_{name}\.json (holds no entries|is not JSON|is empty)"):
        read_bop(tmp_path)


@pytest.mark.parametrize("name", ["scene_camera.json", "scene_gt.json"])
def test_read_without_a_file_that_is_needed_is_refused_by_its_name(tmp_path, name) -> None:
    write_one(tmp_path)
    (tmp_path / name).unlink()
    assert holds_bop(tmp_path)
    with pytest.raises(DatasetError, match=f"has no {name}"):
        read_folder(tmp_path)


def test_read_without_masks_says_how_to_make_them(tmp_path) -> None:
    write_one(tmp_path, masks=())
    with pytest.raises(DatasetError, match=r"no folder mask_visib: make it with calc_gt_masks\.py"):
        read_bop(tmp_path)


def test_read_empty_masks_says_that_they_are_empty(tmp_path) -> None:
    write_one(tmp_path, info=False)
    for path in (tmp_path / "mask_visib").iterdir():
        Image.fromarray(np.zeros((200, 240), np.uint8)).save(path)
    with pytest.raises(DatasetError, match="all masks are empty"):
        read_bop(tmp_path)


def test_read_a_single_image_says_that_a_box_needs_two(tmp_path) -> None:
    write_one(tmp_path, 1)
    with pytest.raises(DatasetError, match="at least two"):
        read_bop(tmp_path)


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (("scene_camera_rgb.json", "scene_gt_rgb.json"), "each of several sensors"),
        (("000000_000003.camera.json", "000000_000003.gt.json"), "imagewise"),
        (("shard-000000.tar", "key_to_shard.json"), "webdataset"),
    ],
)
def test_read_other_variants_are_refused_by_name(tmp_path, files, what) -> None:
    for name in files:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(DatasetError, match=what):
        read_folder(tmp_path)


def test_read_folder_recognises_a_scene_and_names_it_in_a_folder_of_scenes(tmp_path) -> None:
    write_one(tmp_path / "000000")
    assert read_folder(tmp_path / "000000").format == "bop"
    assert not holds_bop(tmp_path) and not holds_bop(tmp_path / "000000" / "scene_gt.json")
    with pytest.raises(DatasetError, match="holds no views, but its folder 000000 does"):
        read_folder(tmp_path)
