"""Contradictions between views that one mistake explains are called by its name, and all others stay as they are."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.errors import BoxfitError, ContradictionError
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.session.reading import read_source
from boxfit.session.session import Session
from boxfit.settings import CameraConvention, FitSettings, InputSettings

from bench.cameras import look_at, misplace, render_mask
from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.plain_files import write_plain_boxes
from tests.scenes import BOX, BOX_FACES
from tests.transforms_files import shots_around, write_nerfstudio
from tests.unit.session.test_arrays import scene

QUICK = FitSettings(method="contact")
CONVENTIONS: tuple[CameraConvention, ...] = ("opengl-c2w", "opencv-w2c", "opencv-c2w")


def error_of(folder: Path, convention: CameraConvention = "stated") -> str:
    """Message of a fit that fails."""
    with pytest.raises(BoxfitError) as raised:
        list(Session(folder, InputSettings(camera_convention=convention), QUICK).fit())
    return str(raised.value)


def write_in_convention(folder: Path, convention: CameraConvention, moves: bool = False) -> None:
    """Write views whose matrices are in another convention than the format's; the asset may turn between them."""
    for index, camera in enumerate(cameras_around(10)):
        motion = np.eye(4)
        if moves:
            angle = 0.2 * index
            motion[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        mask = render_mask(BOX.corners @ motion[:3, :3].T, BOX_FACES, camera).astype(np.int32)
        matrix = camera.camera_from_world
        if convention.startswith("opencv"):
            matrix = np.diag([1.0, -1.0, -1.0, 1.0]) @ matrix
        if convention.endswith("c2w"):
            matrix = np.linalg.inv(matrix)
        written = replace(camera, camera_from_world=matrix)
        write_view(folder, index, metadata_of(written, pose=motion @ ASSET_POSE), semantic=mask)


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_fit_of_matrices_in_another_convention_names_the_setting_that_takes_them_as_they_are(
    tmp_path, convention, moves
):
    write_in_convention(tmp_path, convention, moves)
    assert error_of(tmp_path).endswith(f" (camera_convention {convention})")

    session = Session(tmp_path, InputSettings(camera_convention=convention), QUICK)
    assert list(session.fit())
    np.testing.assert_allclose(np.sort(session.results[0].box.size), np.sort(BOX.size), rtol=0.1)


def write_transforms(folder: Path) -> tuple[Path, str]:
    write_nerfstudio(folder, shots_around(10))
    return folder / "transforms.json", "transform_matrix"


def write_poses(folder: Path) -> tuple[Path, str]:
    write_plain_boxes(folder, 10, (144, 192))
    return folder / "boxfit.json", "camera_to_world"


@pytest.mark.parametrize("convention", ["opengl-w2c", "opengl-c2w", "opencv-w2c", "opencv-c2w"])
@pytest.mark.parametrize(("write", "stated"), [(write_transforms, "opengl-c2w"), (write_poses, "opencv-c2w")])
def test_fit_of_camera_to_world_poses_in_another_convention_names_that_of_the_file(
    tmp_path: Path, write: Callable[[Path], tuple[Path, str]], stated: str, convention: CameraConvention
) -> None:
    file, field = write(tmp_path)
    content = json.loads(file.read_text(encoding="utf-8"))
    for entry in content.get("frames") or content["views"]:
        pose = np.array(entry[field])
        if convention.startswith("opencv") != stated.startswith("opencv"):
            pose = pose @ np.diag([1, -1, -1, 1])
        entry[field] = (np.linalg.inv(pose) if convention.endswith("w2c") else pose).tolist()
    file.write_text(json.dumps(content), encoding="utf-8")
    if convention != stated:
        assert error_of(tmp_path).endswith(f" (camera_convention {convention})")

    session = Session(tmp_path, InputSettings(camera_convention=convention), QUICK)
    assert list(session.fit())
    np.testing.assert_allclose(np.sort(session.results[0].box.size), np.sort(BOX.size), rtol=0.1)


@pytest.mark.parametrize(("axis", "words"), [(0, "upside down"), (1, "mirrored")])
def test_fit_of_masks_that_are_flipped_says_so(tmp_path, axis, words):
    for index, camera in enumerate(cameras_around(10)):
        write_view(tmp_path, index, metadata_of(camera), semantic=np.flip(box_mask(camera), axis))
    message = error_of(tmp_path)
    assert words in message and "\n" not in message


def test_fit_of_labels_that_are_exchanged_in_some_views_names_both_and_the_views(tmp_path):
    apart = np.array([2.5, 0.0, 0.0])
    beside = Box(BOX.centre + apart, BOX.half_extents)
    for index, camera in enumerate(cameras_around(12, Box(BOX.centre + apart / 2, np.array([2.2, 1.0, 1.0])))):
        labels = np.maximum(box_mask(camera), 2 * box_mask(camera, beside))
        if index in (1, 5, 8):
            labels = np.choose(labels, [0, 2, 1]).astype(np.int32)
        write_view(tmp_path, index, metadata_of(camera), semantic=labels)
    session = Session(tmp_path, fit_settings=QUICK)
    with pytest.raises(ContradictionError):
        list(session.fit())
    assert any("exchanged in views 1, 5, 8:" in failure.what for failure in session.failures)


def test_fit_of_views_that_no_mistake_explains_keeps_its_error(tmp_path):
    cameras = write_box_views(tmp_path, 10)
    for index, camera in enumerate(cameras):
        write_view(tmp_path, index, metadata_of(cameras[-1 - index]), semantic=box_mask(camera))
    message = error_of(tmp_path)
    assert "contradict" in message and "agree if" not in message


def test_fit_in_a_convention_that_the_user_chose_wrongly_suggests_none(tmp_path):
    write_box_views(tmp_path, 10)
    assert "camera_convention" not in error_of(tmp_path, "opencv-c2w")


def test_source_with_the_stated_convention_keeps_its_objects(tmp_path):
    write_box_views(tmp_path, 4)
    source = read_source(tmp_path)
    assert source.with_overrides(InputSettings()).dataset is source.dataset
    turned = source.with_overrides(InputSettings(camera_convention="opencv-w2c")).dataset
    (labelled,) = turned.objects
    assert labelled.views == turned.views
    np.testing.assert_allclose(turned.views[0].camera.position, source.dataset.views[0].camera.position)
    np.testing.assert_allclose(turned.views[0].camera.forward, -source.dataset.views[0].camera.forward)


def spiral(count: int) -> list[Camera]:
    """Cameras in steps of the golden angle, each a step higher."""
    heights, turns = np.linspace(-0.3, 0.95, count), np.pi * (3 - np.sqrt(5)) * np.arange(count)
    around = np.sqrt(1 - heights**2)
    directions = np.stack([around * np.cos(turns), heights, around * np.sin(turns)], axis=1)
    distance = 6 * float(np.linalg.norm(BOX.half_extents))
    return [look_at(BOX.centre + distance * each, BOX.centre, (0, 1, 0), (240, 320)) for each in directions]


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("shuffled", [False, True])
def test_masks_that_belong_to_the_cameras_beside_theirs_are_called_so(shuffled: bool, by: int) -> None:
    """On a spiral, the lag is nearly a rotation of everything: it looks as if the cameras were inexact."""
    cameras = spiral(24)
    if shuffled:
        cameras = [cameras[index] for index in np.random.default_rng(0).permutation(24)]
    arrays = scene(cameras)
    arrays["masks"] = np.roll(arrays["masks"], -by, axis=0)
    arrays["masks"][0 if by < 0 else -1] = arrays["masks"][1 if by < 0 else -2]
    with pytest.raises(ContradictionError) as raised:
        boxfit.fit_masks(**arrays)
    side = "before" if by < 0 else "after"
    assert f"they agree if each mask belongs to the camera of the view {side} it" in str(raised.value)


def test_cameras_that_are_inexact_on_a_spiral_are_mended_and_not_taken_for_others() -> None:
    rng, cameras = np.random.default_rng(1), spiral(24)
    arrays = scene(cameras)
    arrays["camera_poses"] = np.stack(
        [misplace(rng, camera, BOX.centre, 0.5, 0.0025).world_from_camera for camera in cameras]
    )
    assert boxfit.fit_masks(**arrays).calibration.changed


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_intrinsics_of_another_resolution_are_called_so_for_files_too(tmp_path: Path, factor: float) -> None:
    write_plain_boxes(tmp_path, 10, (144, 192))
    file = tmp_path / "boxfit.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for view in content["views"]:
        view["K"] = [[factor * value for value in row] for row in view["K"][:2]] + [[0, 0, 1]]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert f"they agree if the intrinsics are those of images {factor:g} times as large" in error_of(tmp_path)


def test_intrinsics_with_x_and_y_exchanged_are_called_so() -> None:
    arrays = scene(spiral(24))
    arrays["intrinsics"] = arrays["intrinsics"][:, [1, 0, 2]][:, :, [1, 0, 2]]
    with pytest.raises(ContradictionError, match=r"the intrinsics have x and y exchanged: .* \(intrinsics\)"):
        boxfit.fit_masks(**arrays)


def test_masks_one_name_late_on_a_nearly_even_ring_are_called_so() -> None:
    """The lag is a turn of everything but for the ring's unevenness: the contradiction is less than a pixel."""
    rng, cameras = np.random.default_rng(0), []
    distance = 6 * float(np.linalg.norm(BOX.half_extents))
    for angle in np.linspace(0, 2 * np.pi, 36, endpoint=False):
        direction = np.array([np.cos(angle), 0.35, np.sin(angle)])
        place = BOX.centre + distance * (1 + 0.003 * rng.standard_normal()) * direction
        cameras.append(look_at(place, BOX.centre + 0.01 * rng.standard_normal(3), (0, 1, 0), (360, 480)))
    arrays = scene(cameras)
    assert boxfit.fit_masks(**arrays).verdict.grade in ("good", "fair", "open")
    arrays["masks"] = np.roll(arrays["masks"], 1, axis=0)
    with pytest.raises(ContradictionError, match="belongs to the camera of the view before it"):
        boxfit.fit_masks(**arrays)
