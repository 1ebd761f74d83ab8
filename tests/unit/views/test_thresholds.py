"""Thresholds for wrong cameras, and for objects that move or change size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette
from boxfit.views.agreement import check_cameras
from boxfit.views.data_generator import read_data_generator
from boxfit.views.replicator.folder import read_replicator
from boxfit.views.silhouettes import silhouettes

from bench.cameras import look_at
from tests.basic_writer import annotators, write_frame
from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_view
from tests.scenes import BOX, box_silhouettes, orbit_cameras


def shifted(views: tuple[Silhouette, ...], indices: tuple[int, ...]) -> list[Silhouette]:
    """The views, some of whose cameras stand far aside of where they say."""
    wrong = np.eye(4)
    wrong[0, 3] = 5.0
    cameras = [replace(view.camera, camera_from_world=wrong @ view.camera.camera_from_world) for view in views]
    return [
        replace(view, camera=camera) if index in indices else view
        for index, (view, camera) in enumerate(zip(views, cameras, strict=True))
    ]


@pytest.mark.parametrize(("count", "wrong"), [(6, (2,)), (24, (2, 5))])
def test_check_one_wrong_camera_or_less_than_a_tenth_finds_no_contradiction(count: int, wrong: tuple[int, ...]) -> None:
    views = box_silhouettes(BOX, orbit_cameras(BOX, count, (64, 64)))
    agreement = check_cameras(shifted(views, wrong))
    assert agreement is not None and np.linalg.norm(agreement.meeting_point - BOX.centre) < 0.1


@pytest.mark.parametrize(("count", "wrong"), [(6, (2, 5)), (24, (2, 5, 8))])
def test_check_two_wrong_cameras_or_more_than_a_tenth_raises(count: int, wrong: tuple[int, ...]) -> None:
    views = box_silhouettes(BOX, orbit_cameras(BOX, count, (64, 64)))
    with pytest.raises(DatasetError, match=f"in views {', '.join(map(str, wrong))} the object"):
        check_cameras(shifted(views, wrong))


def test_check_wrong_cameras_on_an_arc_of_thirty_degrees_raises() -> None:
    places = [8.0 * np.array([np.sin(angle), 0.0, np.cos(angle)]) for angle in np.radians(np.linspace(-15, 15, 8))]
    cameras = [look_at(BOX.centre + place, BOX.centre, (0.0, 1.0, 0.0), (128, 128)) for place in places]
    views = box_silhouettes(BOX, cameras)
    assert check_cameras(views) is not None
    with pytest.raises(DatasetError, match="in views 1, 4 the object"):
        check_cameras(shifted(views, (1, 4)))


@pytest.mark.parametrize(("degrees", "moves"), [(1e-5, False), (0.01, True)])
def test_silhouettes_of_an_asset_that_turns_by_a_hundredth_of_a_degree_say_that_it_moves(
    degrees: float, moves: bool, tmp_path: Path
) -> None:
    half = np.radians(degrees) / 2
    turn = np.eye(4)
    turn[:3, :3] = matrix_from_quaternion(np.array([np.cos(half), 0.0, np.sin(half), 0.0]))
    for index, camera in enumerate(cameras_around(3)):
        pose = ASSET_POSE.copy()
        if index == 2:  # About the asset's own origin.
            pose[:3, :3] = turn[:3, :3] @ pose[:3, :3]
        write_view(tmp_path, index, metadata_of(camera, pose=pose), semantic=box_mask(camera))
    (target,) = read_data_generator(tmp_path).objects
    assert silhouettes(target).moves is moves


@pytest.mark.parametrize(("growth", "warns"), [(0.01, False), (0.05, True)])
def test_silhouettes_of_an_object_whose_box_grows_warn_from_a_few_hundredths_on(
    growth: float, warns: bool, tmp_path: Path
) -> None:
    for index, camera in enumerate(cameras_around(3)):
        found = annotators(camera, boxes=True, seed=index)
        if index == 2:  # Its limits are 1 apart.
            found["bounding_box_3d"]["data"]["x_max"] += growth
        write_frame(tmp_path, found, index)
    (target,) = read_replicator(tmp_path).objects
    assert bool(silhouettes(target).warnings) is warns


@pytest.mark.parametrize(("share", "warns"), [(0.4, False), (0.6, True)])
def test_silhouettes_of_which_one_is_hidden_warn_from_half_of_the_object_on(
    share: float, warns: bool, tmp_path: Path
) -> None:
    for index, camera in enumerate(cameras_around(3)):
        found = annotators(camera, boxes=True, seed=index)
        found["bounding_box_3d"]["data"]["occlusionRatio"] = share if index == 1 else 0.0
        write_frame(tmp_path, found, index)
    (target,) = read_replicator(tmp_path).objects
    assert bool(silhouettes(target).warnings) is warns
