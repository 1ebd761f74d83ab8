"""Tests of the reader of transforms.json: numbers of the formats' own tools, fits of each layout, and faults."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.settings import InputSettings
from boxfit.views.dataset import Dataset, View
from boxfit.views.folder import read_folder
from boxfit.views.regular_files import open_file
from boxfit.views.transforms.folder import holds_transforms, read_transforms

from tests.scenes import BOX
from tests.transforms_files import (
    DISTORTION,
    blender_shots,
    colours,
    edit_frame,
    edit_json,
    save_image,
    shots_around,
    varied_shots,
    write_blender,
    write_instant_ngp,
    write_json,
    write_nerfstudio,
)

IDENTITY = np.eye(4).tolist()

LEGO_ANGLE = 0.6911112070083618
LEGO_POSE = [
    [-0.9250140190124512, 0.2748899757862091, -0.2622683644294739, -1.0572376251220703],
    [-0.3799331784248352, -0.6692678928375244, 0.6385383605957031, 2.5740303993225098],
    [0.0, 0.6903012990951538, 0.7235219478607178, 2.9166102409362793],
    [0.0, 0.0, 0.0, 1.0],
]
"""The first camera of Lego in NeRF's synthetic scenes, whose images have 800 x 800 pixels."""

FOX = {
    "camera_angle_x": 0.7481849417937728,
    "camera_angle_y": 1.2193576119562444,
    "fl_x": 1375.52,
    "fl_y": 1374.49,
    "k1": 0.0578421,
    "k2": -0.0805099,
    "p1": -0.000980296,
    "p2": 0.00015575,
    "cx": 554.558,
    "cy": 965.268,
    "w": 1080.0,
    "h": 1920.0,
    "aabb_scale": 4,
}
"""Intrinsics of the scene fox of instant-ngp, written by its colmap2nerf."""


def read(folder: Path, **settings: Any) -> Dataset:
    return read_transforms(folder, InputSettings(**settings))


def reasons(dataset: Dataset) -> dict[str, str]:
    return {problem.where.removeprefix("view "): problem.what for problem in dataset.problems}


def masks_of(dataset: Dataset) -> list[np.ndarray]:
    return [view.semantic() > 0 for view in dataset.views]


def check_fitted(folder: Path, tolerance: float = 0.01, **settings: Any) -> None:
    """Check that the box of a folder's only object is the true box."""
    (result,) = boxfit.fit(folder, **settings)
    np.testing.assert_allclose(np.sort(result.box.size), np.sort(BOX.size), rtol=tolerance)
    np.testing.assert_allclose(result.box.centre, BOX.centre, atol=tolerance * BOX.size.min())


def one_camera(folder: Path, size: tuple[int, int], pose: Any = IDENTITY, **fields: Any) -> View:
    """Write two frames of one camera, with masks of (width, height) that show a spot, and read the first."""
    width, height = size
    mask = np.zeros((height, width))
    mask[height // 2, width // 2] = 255
    for name in ("a", "b"):
        save_image(folder / "spots" / f"{name}.png", mask)
        save_image(folder / f"{name}.png", mask)
    write_json(
        folder / "transforms.json",
        [{"file_path": f"{name}.png", "transform_matrix": pose} for name in ("a", "b")],
        **fields,
    )
    return read(folder, masks=folder / "spots").views[0]


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "nerf": lambda folder: write_blender(folder, blender_shots()),
    "alpha": lambda folder: write_nerfstudio(folder, shots_around(), "alpha"),
    "mask_path": lambda folder: write_nerfstudio(folder, shots_around()),
    "masks": lambda folder: write_nerfstudio(folder, shots_around(), "masks", suffix=".jpg"),
    "per-frame": lambda folder: write_nerfstudio(folder, varied_shots(), per_frame=True),
    "distortion": lambda folder: write_nerfstudio(folder, shots_around(distortion=DISTORTION)),
    "instant-ngp": lambda folder: write_instant_ngp(folder, shots_around(), "dynamic"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_fit_each_layout_gives_the_box_that_was_rendered(tmp_path, layout) -> None:
    LAYOUTS[layout](tmp_path)
    assert read_folder(tmp_path).format == "transforms"
    check_fitted(tmp_path, tolerance=0.002)


def test_read_camera_of_lego_projects_as_computed_by_hand(tmp_path) -> None:
    camera = one_camera(tmp_path, (800, 800), LEGO_POSE, camera_angle_x=LEGO_ANGLE).camera
    np.testing.assert_allclose(camera.focal, 1111.1110311937682)
    np.testing.assert_allclose(camera.principal, 400)
    np.testing.assert_allclose(camera.project(np.array([0.0, 0, 0])), [400, 400], atol=1e-3)
    # (0, 0, 1) is 0.69030 above the camera's axis, at a depth of 3.30761.
    np.testing.assert_allclose(
        camera.project(np.array([0.0, 0, 1])), [400, 400 - 1111.111 * 0.69030 / 3.30761], atol=0.01
    )
    np.testing.assert_allclose(camera.position, [-1.05724, 2.57403, 2.91661], atol=1e-5)


def test_read_intrinsics_of_nerfstudio_begins_pixels_at_the_corner(tmp_path) -> None:
    # Right is +Y, up is +Z, and the camera looks along -X: the columns of nerfstudio's description.
    pose = [[0, 0, 1, 4], [1, 0, 0, 0], [0, 1, 0, 0]]
    lens = {"camera_model": "OPENCV", "fl_x": 107.2, "fl_y": 106.8, "cx": 150.4, "cy": 100.0, "w": 300, "h": 200}
    camera = one_camera(tmp_path, (300, 200), pose, **lens).camera
    expected = [150.4 + 107.2 * 1 / 4, 100.0 - 106.8 * 0.5 / 4]
    np.testing.assert_allclose(camera.project(np.array([0.0, 1.0, 0.5])), expected)
    # nerfstudio's ray of the first pixel: (0.5 - cx) / fl_x to the right, and (0.5 - cy) / fl_y down.
    ray = camera.ray_directions(np.array([0.5, 0.5]))
    np.testing.assert_allclose(ray, [-1, (0.5 - 150.4) / 107.2, (100.0 - 0.5) / 106.8])


def test_read_intrinsics_of_fox_distorts_as_computed_by_hand(tmp_path) -> None:
    view = one_camera(tmp_path, (1080, 1920), **FOX)
    assert view.lens is not None
    # x 0.2, y -0.3: r2 0.13, radial factor 1.00615885, shifts 0.00015034 and -0.00032258.
    without = np.array([554.558 + 1375.52 * 0.2, 965.268 - 1374.49 * 0.3])
    expected = [554.558 + 1375.52 * 0.20138211, 965.268 - 1374.49 * 0.30217024]
    np.testing.assert_allclose(view.lens.distort(without), expected, atol=1e-3)
    np.testing.assert_allclose(view.taken.focal, [1375.52, 1374.49])


@pytest.mark.parametrize(
    ("fields", "focal"),
    [
        ({"fl_x": 90.0, "fl_y": 80.0, "camera_angle_x": 1.0}, (90, 80)),
        ({"fl_x": 90.0}, (90, 90)),
        ({"fl_y": 80.0}, (80, 80)),
        ({"camera_angle_x": np.pi / 2}, (60, 60)),
        ({"camera_angle_x": np.pi / 2, "camera_angle_y": np.pi / 2}, (60, 50)),
        ({"x_fov": 90.0}, (60, 60)),
    ],
)
def test_read_focal_length_in_each_form_gives_pixels(tmp_path, fields, focal) -> None:
    camera = one_camera(tmp_path, (120, 100), **fields).camera
    np.testing.assert_allclose(camera.focal, focal)
    np.testing.assert_allclose(camera.principal, [60, 50])


def test_read_intrinsics_of_frames_replaces_those_of_the_file(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(3))
    file = tmp_path / "transforms_train.json"
    edit_json(file, camera_angle_x=None, fl_x=210.0, fl_y=220.0, distortion_params=[0.01, 0, 0, 0, 0, 0.002])
    edit_frame(file, 1, camera_angle_x=np.pi / 2, cx=90.0)
    edit_frame(file, 2, k1=0.03)
    first, second, third = read(tmp_path).views
    np.testing.assert_allclose([*first.taken.focal, *first.taken.principal], [210, 220, 100, 100])
    np.testing.assert_allclose([*second.taken.focal, *second.taken.principal], [100, 220, 90, 100])
    coefficients = [view.lens.coefficients[:5].tolist() for view in (first, second, third) if view.lens]
    assert coefficients == [[0.01, 0, 0, 0.002, 0], [0.01, 0, 0, 0.002, 0], [0.03, 0, 0, 0, 0]]


def test_read_smaller_images_scales_their_intrinsics(tmp_path) -> None:
    camera = one_camera(tmp_path, (540, 360), w=1081, h=721, fl_x=1000.0, fl_y=900.0, cx=500.0, cy=400.0).camera
    scale = np.array([540 / 1081, 360 / 721])
    np.testing.assert_allclose(camera.focal, scale * [1000, 900])
    np.testing.assert_allclose(camera.principal, scale * [500, 400])
    assert camera.resolution == (360, 540)


def test_read_masks_smaller_than_their_images_scales_the_colours_for_pictures(tmp_path) -> None:
    write_nerfstudio(tmp_path, shots_around(3), "none")
    for index, shot in enumerate(shots_around(3), 1):
        save_image(tmp_path / f"named/frame_{index:05d}.png", 255 * shot.mask()[::2, ::2])
    (view, *_) = read(tmp_path, masks=tmp_path / "named").views
    assert view.rgb().shape == (120, 160, 3)


@pytest.mark.parametrize("suffix", [".PNG", ".JPG", ".jpeg"])
def test_read_file_path_without_a_suffix_finds_that_of_the_image(tmp_path, suffix) -> None:
    write_nerfstudio(tmp_path, shots_around(3), suffix=suffix)
    for index in range(3):
        edit_frame(tmp_path / "transforms.json", index, file_path=f"images/frame_{index + 1:05d}")
    assert all("rgb" in view.sensors for view in read(tmp_path, mask_shows="object").views)


def test_read_images_of_another_shape_leaves_their_views_out(tmp_path) -> None:
    write_nerfstudio(tmp_path, shots_around(4), "alpha")
    save_image(tmp_path / "images/frame_00002.png", colours(shots_around(4)[1], alpha=True)[:, 20:])
    assert "300 x 240" in reasons(read(tmp_path))["frame_00002"]


@pytest.mark.parametrize("name", ["r_0.png", "r_0.png.png", "r_0.jpg", "r_0.PNG", "train/r_0.png", "train/r_0.png.jpg"])
def test_read_folder_of_masks_finds_them_by_the_names_of_the_images(tmp_path, name) -> None:
    shots = blender_shots(3)
    write_blender(tmp_path / "scene", shots)
    for index, shot in enumerate(shots):
        save_image(tmp_path / "named" / name.replace("r_0", f"r_{index}"), 255 * shot.mask()[:, ::-1])
    found = masks_of(read(tmp_path / "scene", masks=tmp_path / "named"))
    np.testing.assert_array_equal(found, [shot.mask()[:, ::-1] for shot in shots])
    inverted = masks_of(read(tmp_path / "scene", masks=tmp_path / "named", mask_shows="background"))
    np.testing.assert_array_equal(inverted, ~np.array(found))


def test_read_images_of_one_name_finds_masks_in_folders_of_theirs(tmp_path) -> None:
    shots = blender_shots(4)
    frames = []
    for index, shot in enumerate(shots):
        path = f"images/cam{index}/0001.png"
        save_image(tmp_path / path, colours(shot, alpha=False))
        save_image(tmp_path / f"masks/cam{index}/0001.png", 255 * shot.mask())
        frames.append({"file_path": path, "transform_matrix": shot.pose.tolist()})
    write_json(tmp_path / "transforms.json", frames, fl_x=210)
    save_image(tmp_path / "masks/0001.png", np.zeros((200, 200)))
    dataset = read(tmp_path)
    assert [view.name for view in dataset.views] == [f"images/cam{index}/0001" for index in range(4)]
    np.testing.assert_array_equal(masks_of(dataset), [shot.mask() for shot in shots])
    (tmp_path / "masks/cam1/0001.png").unlink()
    assert "it has no mask" in reasons(read(tmp_path))["images/cam1/0001"]


def test_read_images_with_alpha_ignores_mask_path(tmp_path) -> None:
    shots = shots_around(3)
    write_nerfstudio(tmp_path, shots, "alpha")
    for index in range(3):
        edit_frame(tmp_path / "transforms.json", index, mask_path="masks/ignored.png")
    np.testing.assert_array_equal(masks_of(read(tmp_path)), [shot.mask() for shot in shots])


def test_read_opaque_alpha_takes_the_masks_beside_the_images(tmp_path) -> None:
    shots = shots_around(3)
    write_nerfstudio(tmp_path, shots, "masks")
    for index, shot in enumerate(shots, start=1):
        opaque = np.concatenate([colours(shot, alpha=False), np.full((240, 320, 1), 255)], axis=-1)
        save_image(tmp_path / f"images/frame_{index:05d}.png", opaque)
    np.testing.assert_array_equal(masks_of(read(tmp_path)), [shot.mask() for shot in shots])


@pytest.mark.parametrize("layout", ["mask_path", "dynamic", "masks"])
def test_read_masks_that_keep_the_border_asks_what_they_show(tmp_path, layout) -> None:
    shots = shots_around(4)
    if layout == "dynamic":
        write_instant_ngp(tmp_path, shots, "dynamic")
    else:
        write_nerfstudio(tmp_path, shots, layout)
    masks = [*tmp_path.glob("masks/*.png"), *tmp_path.glob("images/dynamic_mask_*.png")]
    for path, shot in zip(sorted(masks), shots, strict=True):
        save_image(path, 255 * (shot.mask() if layout == "dynamic" else ~shot.mask()))
    with pytest.raises(DatasetError, match=r"transforms\.json: .*\(mask_shows object\) .*\(mask_shows background\)"):
        read(tmp_path)
    shown, other = ("object", "background") if layout == "dynamic" else ("background", "object")
    np.testing.assert_array_equal(masks_of(read(tmp_path, mask_shows=shown)), [shot.mask() for shot in shots])
    np.testing.assert_array_equal(masks_of(read(tmp_path, mask_shows=other)), [~shot.mask() for shot in shots])


def test_read_same_mask_for_all_frames_asks_what_it_shows(tmp_path) -> None:
    shots = shots_around(4)
    write_nerfstudio(tmp_path, shots)
    for path in (tmp_path / "masks").glob("*.png"):
        save_image(path, 255 * shots[0].mask())
    with pytest.raises(DatasetError, match=r"\(mask_shows object\)"):
        read(tmp_path)


def test_read_object_that_the_border_cuts_asks_only_where_much_of_it_is_kept(tmp_path) -> None:
    shots = shots_around(4)
    write_nerfstudio(tmp_path, shots)
    mask = shots[1].mask()
    mask[:, :10] = True
    save_image(tmp_path / "masks/frame_00002.png", 255 * mask)
    assert len(read(tmp_path).views) == 4
    mask[:, :200] = True
    save_image(tmp_path / "masks/frame_00002.png", 255 * mask)
    with pytest.raises(DatasetError, match=r"\(mask_shows object\)"):
        read(tmp_path)


def test_read_dataset_without_masks_names_all_ways_to_give_them(tmp_path) -> None:
    write_nerfstudio(tmp_path, shots_around(3), "none")
    with pytest.raises(DatasetError, match=r"no transparent pixel.*mask_path.*folder masks beside images.*\(masks\)"):
        read(tmp_path)


def test_read_stated_meaning_without_mask_images_is_refused(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(3))
    with pytest.raises(DatasetError, match="no mask image that shows the background \\(mask_shows\\): leave"):
        read(tmp_path, mask_shows="background")


def test_read_folder_of_masks_that_is_missing_is_refused(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(3))
    with pytest.raises(DatasetError, match="nothing is not a folder"):
        read(tmp_path, masks=tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"named as its image, r_0\.png \(it holds no image\)"):
        read(tmp_path, masks=tmp_path / "empty")


def test_read_masks_with_a_stated_size_needs_no_images(tmp_path) -> None:
    write_nerfstudio(tmp_path, shots_around(3))
    for path in (tmp_path / "images").glob("*"):
        path.unlink()
    dataset = read(tmp_path)
    assert [view.sensors for view in dataset.views] == 3 * [("semantic",)]
    edit_json(tmp_path / "transforms.json", w=None)
    with pytest.raises(DatasetError, match="cannot be read"):
        read(tmp_path)


def test_read_paths_of_windows_and_missing_files_keeps_the_other_views(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(5))
    file = tmp_path / "transforms_train.json"
    edit_frame(file, 0, file_path=".\\train\\r_0.png")
    edit_frame(file, 1, file_path="train/gone")
    edit_frame(file, 2, file_path=f"train/{'x' * 5000}")
    edit_frame(file, 3, file_path="train/null\0character")
    dataset = read(tmp_path)
    assert [view.name for view in dataset.views] == ["r_0", "r_4"]
    assert len(dataset.problems) == 3
    assert "its image train/gone is not in" in reasons(dataset)["gone"]


@pytest.mark.parametrize("folder", ["/home/somebody/data/", "C:\\data\\"])
def test_read_absolute_paths_of_another_machine_finds_the_files_in_the_folder(tmp_path, folder) -> None:
    write_nerfstudio(tmp_path, shots_around(3))
    for index in range(3):
        name = f"frame_{index + 1:05d}.png"
        paths = {"file_path": f"{folder}images/{name}", "mask_path": f"{folder}masks/{name}"}
        edit_frame(tmp_path / "transforms.json", index, **paths)
    dataset = read(tmp_path)
    np.testing.assert_array_equal(masks_of(dataset), [shot.mask() for shot in shots_around(3)])
    assert "rgb" in dataset.views[0].sensors


def test_read_frames_in_any_order_sorts_their_views_by_number(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(12))
    file = tmp_path / "transforms_train.json"
    frames = json.loads(file.read_text())["frames"]
    edit_json(file, frames=frames[::-1])
    assert [view.name for view in read(tmp_path).views] == [f"r_{index}" for index in range(12)]


def test_read_image_of_two_frames_leaves_both_out(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(5))
    edit_frame(tmp_path / "transforms_train.json", 1, file_path="train/r_0.png")
    dataset = read(tmp_path)
    assert reasons(dataset) == {"train/r_0": "2 frames have this image: remove all but one"}
    assert [view.name for view in dataset.views] == ["train/r_2", "train/r_3", "train/r_4"]


def test_read_dataset_names_its_object_as_the_folder(tmp_path) -> None:
    write_blender(tmp_path / "chair", blender_shots(3))
    for path in (tmp_path / "chair", tmp_path / "chair" / "transforms_train.json"):
        dataset = read(path)
        assert [labelled.label.name for labelled in dataset.objects] == ["chair"]
        assert (dataset.source, dataset.meters_per_unit) == (path, None)


def test_read_up_axis_is_z_only_for_scenes_of_blender(tmp_path) -> None:
    write_blender(tmp_path / "blender", blender_shots(3))
    write_nerfstudio(tmp_path / "nerfstudio", shots_around(3))
    assert [read(tmp_path / name).up_axis for name in ("blender", "nerfstudio")] == ["Z", None]


def test_holds_transforms_recognises_files_by_their_frames(tmp_path) -> None:
    write_blender(tmp_path / "train", blender_shots(2))
    write_blender(tmp_path / "test", blender_shots(2), split="test")
    (tmp_path / "test" / "transforms_test.json").rename(tmp_path / "test" / "cameras.json")
    write_json(tmp_path / "other" / "transforms.json", [{"file_path": "a.png"}])
    write_json(tmp_path / "broken" / "transforms.json", [])
    (tmp_path / "broken" / "transforms.json").write_text('{"frames": [', encoding="utf-8")
    (tmp_path / "broken" / "cameras.json").write_text("[", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    held = {
        "train": True,
        "train/transforms_train.json": True,
        "train/train/r_0.png": False,
        "test": False,
        "test/cameras.json": True,
        "other": False,
        "broken": True,
        "broken/cameras.json": False,
        "empty": False,
    }
    assert {path: holds_transforms(tmp_path / path) for path in held} == held
    with pytest.raises(DatasetError, match=r"transforms\.json is not JSON that can be read"):
        read_folder(tmp_path / "broken")
    with pytest.raises(DatasetError, match="missing does not exist"):
        holds_transforms(tmp_path / "missing")


def test_read_folder_with_several_files_prefers_all_then_train(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(2), split="val")
    assert len(read(tmp_path).views) == 2
    write_blender(tmp_path, blender_shots(2), split="test")
    assert holds_transforms(tmp_path)
    with pytest.raises(DatasetError, match=r"holds transforms_test\.json, transforms_val\.json: name one"):
        read(tmp_path)
    assert len(read(tmp_path / "transforms_test.json").views) == 2
    write_blender(tmp_path, blender_shots(3))
    assert len(read(tmp_path).views) == 3
    (tmp_path / "transforms.json").write_bytes((tmp_path / "transforms_val.json").read_bytes())
    assert len(read(tmp_path).views) == 2


def test_read_other_files_by_force_says_what_is_missing(tmp_path) -> None:
    with pytest.raises(DatasetError, match=r"is no transforms\.json, and no folder with one"):
        read(tmp_path)
    write_json(tmp_path / "transforms.json", [])
    with pytest.raises(DatasetError, match="no list of frames with file_path and transform_matrix"):
        read(tmp_path)


def test_read_pictures_and_depth_opens_them_on_demand(tmp_path, monkeypatch) -> None:
    opened: Counter[str] = Counter()

    def counted(path: Path, *args: Any) -> Any:
        opened[path.name] += 1
        return open_file(path, *args)

    monkeypatch.setattr("boxfit.views.sensors.open_file", counted)
    shots = shots_around(3)
    write_nerfstudio(tmp_path, shots, "alpha", depth=True)
    views = read(tmp_path).views
    assert opened == {f"frame_{index:05d}.png": 1 for index in (1, 2, 3)}
    np.testing.assert_array_equal(views[1].rgb(), colours(shots[1], alpha=False).astype(np.uint8))
    mask = shots[1].mask()
    np.testing.assert_allclose(views[1].depth()[mask], shots[1].depth()[mask], atol=6e-4)
    assert not views[1].depth()[~mask].any()
    assert {name for name, _ in views[1].files} == {"transforms", "mask", "rgb", "depth"}


def test_read_depth_of_scaled_poses_scales_it_as_nerfstudio_does(tmp_path) -> None:
    shots = shots_around(3)
    write_nerfstudio(tmp_path, shots, depth=True, applied_scale=0.5)
    mask = shots[0].mask()
    np.testing.assert_allclose(read(tmp_path).views[0].depth()[mask], shots[0].depth()[mask] / 2, atol=6e-4)


def test_read_depth_of_instant_ngp_scales_it_by_its_field(tmp_path) -> None:
    shots = shots_around(3)
    write_nerfstudio(tmp_path, shots, depth=True)
    for index in range(3):
        path = f"depth\\frame_{index + 1:05d}.png"
        edit_frame(tmp_path / "transforms.json", index, depth_file_path=None, depth_path=path)
    assert not read(tmp_path).views[0].has_depth
    edit_json(tmp_path / "transforms.json", integer_depth_scale=0.002)
    mask = shots[0].mask()
    np.testing.assert_allclose(read(tmp_path).views[0].depth()[mask], 2 * shots[0].depth()[mask], atol=2e-3)


def test_fit_with_depth_gives_the_box_that_was_rendered(tmp_path) -> None:
    write_nerfstudio(tmp_path, shots_around(), depth=True)
    check_fitted(tmp_path)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"camera_model": "OPENCV_FISHEYE"}, "its lens is camera_model 'OPENCV_FISHEYE'"),
        ({"camera_model": "EQUIRECTANGULAR"}, "EQUIRECTANGULAR"),
        ({"camera_model": 7}, "camera_model 7"),
        ({"is_fisheye": True}, "its lens is is_fisheye"),
        ({"ftheta_p0": 0.0, "ftheta_p1": 1e-3}, "its lens is ftheta_p1"),
        ({"orthographic": True}, "orthographic"),
        ({"k1": 0.1, "k4": 0.02}, "its distortion has a k4 other than 0"),
        ({"k1": "much"}, "its k1 is 'much', not a number"),
        ({"distortion_params": [0.1, 0.2]}, "not those of a frame"),
        ({"k1": -60.0}, "its distortion cannot be inverted"),
        ({"fl_x": 0}, "the focal length is"),
        ({"fl_x": float("nan")}, "its fl_x is nan, not a number"),
        ({"fl_x": None}, "its fl_x is None, not a number"),
        ({"fl_x": 1e300}, r"its fl_x is 1e\+300, not a number"),
        ({"cx": [3]}, r"its cx is \[3\], not a number"),
        ({"w": -1}, "its size is w -1, h 240"),
        ({"h": "tall"}, "its h is 'tall', not a number"),
        ({"w": 5000}, "of another shape than the image"),
        ({"transform_matrix": [[1, 2], [3]]}, "not those of a frame"),
        ({"transform_matrix": "eye"}, "not those of a frame"),
        ({"transform_matrix": [[1, 0, 0]] * 3}, "cannot be inverted|not 4x4"),
        ({"transform_matrix": np.zeros((4, 4)).tolist()}, "cannot be inverted"),
        ({"transform_matrix": np.full((4, 4), 1e300).tolist()}, "transform_matrix is not of numbers below"),
        ({"transform_matrix": np.full((4, 4), float("nan")).tolist()}, "transform_matrix is not of numbers below"),
        ({"transform_matrix": np.diag([1.0, 1, -1, 1]).tolist()}, "mirrored"),
        ({"mask_path": 5}, "not those of a frame"),
        ({"mask_path": "masks"}, "masks is a folder"),
        ({"mask_path": "masks/gone.png"}, r"gone\.png cannot be read"),
        ({"mask_path": "transforms.json"}, "not an image that can be read"),
    ],
)
def test_read_frame_that_cannot_be_used_is_left_out_with_the_reason(tmp_path, fields, fault) -> None:
    write_nerfstudio(tmp_path, shots_around(4))
    file = tmp_path / "transforms.json"
    content = json.loads(file.read_text())
    content["frames"][1] |= fields
    file.write_text(json.dumps(content))
    dataset = read(tmp_path)
    assert [view.name for view in dataset.views] == ["frame_00001", "frame_00003", "frame_00004"]
    (problem,) = dataset.problems
    assert problem.where == "view frame_00002" and "\n" not in problem.what
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(problem.what)


def test_read_angle_that_is_none_is_refused(tmp_path) -> None:
    write_blender(tmp_path, blender_shots(3))
    edit_json(tmp_path / "transforms_train.json", camera_angle_x=0)
    with pytest.raises(DatasetError, match="camera_angle_x is 0, not an angle below half a turn"):
        read(tmp_path)
    edit_json(tmp_path / "transforms_train.json", camera_angle_x=None)
    with pytest.raises(DatasetError, match="no focal length: state fl_x in pixels, or camera_angle_x in radians"):
        read(tmp_path)


@pytest.mark.parametrize("frame", [None, 5, [], {}, {"file_path": ""}, {"file_path": 3}, {"file_path": "/"}])
def test_read_frame_without_an_image_is_left_out_by_its_number(tmp_path, frame) -> None:
    write_blender(tmp_path, blender_shots(3))
    file = tmp_path / "transforms_train.json"
    content = json.loads(file.read_text())
    content["frames"].append(frame | {"transform_matrix": IDENTITY} if isinstance(frame, dict) else frame)
    file.write_text(json.dumps(content))
    dataset = read(tmp_path)
    assert len(dataset.views) == 3
    assert reasons(dataset) == {"frames[3]": "it has no file_path or no transform_matrix"}
