from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import Dataset
from boxfit.views.names import select_views
from boxfit.views.silhouettes import Observations, silhouettes

from bench.cameras import render_mask
from tests.folders import (
    ASSET_POSE,
    RESOLUTION,
    box_mask,
    cameras_around,
    metadata_of,
    write_box_views,
    write_view,
)
from tests.scenes import BOX, BOX_FACES


def _evidence(dataset: Dataset) -> Observations:
    (target,) = dataset.objects
    return silhouettes(target)


def _assert_shows_box(observations: Observations) -> None:
    """Check that each mask's rectangle is that of the box's projected corners, to the pixel."""
    for silhouette in observations.silhouettes:
        corners = silhouette.camera.project(BOX.corners)
        rectangle = np.array([silhouette.origin, np.add(silhouette.origin, silhouette.mask.shape)])[:, ::-1]
        assert np.abs([corners.min(axis=0), corners.max(axis=0)] - rectangle).max() < 1.5


def _write_moving(folder, motions):
    """Write views of the box's asset, moved in each view by world_from_reference_world."""
    for index, (camera, motion) in enumerate(zip(cameras_around(len(motions)), motions, strict=True)):
        corners = BOX.corners @ motion[:3, :3].T + motion[:3, 3]
        mask = render_mask(corners, BOX_FACES, camera).astype(np.int32)
        write_view(folder, index, metadata_of(camera, pose=motion @ ASSET_POSE), semantic=mask)


def _motion(rng, scale=1.0):
    matrix = np.eye(4)
    matrix[:3, :3] = scale * matrix_from_quaternion(rng.normal(size=4))
    matrix[:3, 3] = BOX.centre - matrix[:3, :3] @ BOX.centre + rng.uniform(-0.1, 0.1, 3)
    return matrix


def test_silhouettes_of_clean_views_see_the_box_without_warnings(tmp_path):
    write_box_views(tmp_path, 6)
    observations = _evidence(read_data_generator(tmp_path))
    assert len(observations.silhouettes) == 6 and not observations.left_out and not observations.warnings
    assert not observations.moves and observations.reference == "0"
    np.testing.assert_allclose(observations.world_from_asset, ASSET_POSE)
    _assert_shows_box(observations)


@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_silhouettes_of_a_moving_asset_see_it_where_it_first_stood(tmp_path, scale):
    rng = np.random.default_rng(1)
    _write_moving(tmp_path, [np.eye(4), *(_motion(rng, scale) for _ in range(5))])
    observations = _evidence(read_data_generator(tmp_path))
    assert observations.moves and observations.warnings == (
        "the asset moves between views: the box is fitted to the asset's pose in view 0",
    )
    np.testing.assert_allclose(observations.world_from_asset, ASSET_POSE)
    _assert_shows_box(observations)


def test_silhouettes_of_a_pose_with_float32_noise_do_not_move(tmp_path):
    noise = np.eye(4)
    noise[:3] += 1e-7
    _write_moving(tmp_path, [np.eye(4), noise, np.eye(4)])
    assert not _evidence(read_data_generator(tmp_path)).moves


@pytest.mark.parametrize("diagonal", [[1.0, 1.2, 1.0, 1.0], [-1.0, 1.0, 1.0, 1.0]])
def test_silhouettes_of_an_asset_that_changes_shape_raise(tmp_path, diagonal):
    _write_moving(tmp_path, [np.eye(4), np.eye(4), np.diag(diagonal)])
    with pytest.raises(DatasetError, match=r"view 2: box\.usd is stretched or mirrored relative to view 0"):
        _evidence(read_data_generator(tmp_path))


@pytest.mark.parametrize("posed", [2, 1])
def test_silhouettes_leave_out_views_that_lack_the_pose_that_others_have(tmp_path, posed):
    write_box_views(tmp_path, 4)
    (target,) = read_data_generator(tmp_path).objects
    views = (*target.views[:posed], *(replace(view, world_from_asset=None) for view in target.views[posed:]))
    target = replace(target, views=views)
    if posed == 1:
        with pytest.raises(DatasetError, match=r"1 of 4 views \(view 1: it has no pose of the asset"):
            silhouettes(target)
        return
    observations = silhouettes(target)
    assert [silhouette.view for silhouette in observations.silhouettes] == ["0", "1"]
    assert [problem.where for problem in observations.left_out] == ["view 2", "view 3"]


def test_silhouettes_leave_out_views_that_could_not_be_read(tmp_path):
    write_box_views(tmp_path, 8)
    for index in (1, 4):
        np.save(tmp_path / f"{index}_semantic.npy", np.ones((7, 7), np.int32))
    (tmp_path / "6_metadata.json").write_text("[]", encoding="utf-8")
    dataset = read_data_generator(tmp_path)
    left_out = _evidence(dataset).left_out
    assert sorted(problem.where for problem in left_out) == ["view 1", "view 4", "view 6"]
    assert {problem.what for problem in left_out} <= {problem.what for problem in dataset.problems}
    some = _evidence(select_views(dataset, "0-4", "3"))
    assert [silhouette.view for silhouette in some.silhouettes] == ["0", "2"]
    assert [problem.where for problem in some.left_out] == ["view 1", "view 4"]
    with pytest.raises(DatasetError, match=r"keeps none of the 5 views of .* that can be read"):
        select_views(dataset, "4,6")


def test_silhouettes_of_one_of_several_assets_leave_out_its_own_unread_views(tmp_path):
    for index, camera in enumerate(cameras_around(6)):
        asset = "b.usd" if index % 2 else "a.usd"
        write_view(tmp_path, index, metadata_of(camera, asset), semantic=box_mask(camera))
    np.save(tmp_path / "2_semantic.npy", np.ones((7, 7), np.int32))
    (tmp_path / "5_metadata.json").write_text("[]", encoding="utf-8")
    first, second = read_data_generator(tmp_path).objects
    assert [problem.where for problem in silhouettes(first).left_out] == ["view 2"]
    assert silhouettes(second).left_out == ()  # Of which asset view 5 is, nobody knows.


def test_silhouettes_leave_out_views_that_do_not_show_the_label(tmp_path):
    cameras = write_box_views(tmp_path, 4)
    write_view(tmp_path, 1, metadata_of(cameras[1]), semantic=5 * box_mask(cameras[1]))
    write_view(tmp_path, 2, metadata_of(cameras[2]), semantic=5 * box_mask(cameras[2]))
    first, second = read_data_generator(tmp_path).objects
    observations = silhouettes(first)
    assert [silhouette.view for silhouette in observations.silhouettes] == ["0", "3"]
    assert [(problem.where, problem.what) for problem in observations.left_out] == [
        ("view 1", "no pixel shows label 1"),
        ("view 2", "no pixel shows label 1"),
    ]
    with pytest.raises(DatasetError, match=r"label 5 of box.usd can be seen in 1 of 2 views \(view 0: no pixel"):
        silhouettes(replace(second, views=second.views[:2]))


def _depth(camera, corners=BOX.corners):
    return rasterize(camera.to_camera(corners), BOX_FACES, camera)[1].astype(np.float32)


def _off_the_box(points):
    return np.abs((np.abs(BOX.to_local(points)) - BOX.half_extents).max(axis=1)).max()


@pytest.mark.parametrize("name", ["depth", "depth_linear"])
def test_surface_of_views_with_depth_lies_on_the_object(tmp_path, name):
    cameras = write_box_views(tmp_path, 4)
    for index in (0, 2, 3):
        np.save(tmp_path / f"{index}_{name}.npy", _depth(cameras[index])[..., None])
    surface = _evidence(read_data_generator(tmp_path)).surface
    assert surface is not None and surface.names == ("0", "2", "3") and not surface.faults
    assert set(surface.views) == {0, 2, 3} and _off_the_box(surface.points) < 1e-4


def test_surface_of_views_without_depth_is_none(tmp_path):
    write_box_views(tmp_path, 3)
    assert _evidence(read_data_generator(tmp_path)).surface is None


@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_surface_of_a_moving_asset_is_where_it_first_stood(tmp_path, scale):
    rng = np.random.default_rng(1)
    motions = [np.eye(4), *(_motion(rng, scale) for _ in range(3))]
    _write_moving(tmp_path, motions)
    for index, (camera, motion) in enumerate(zip(cameras_around(4), motions, strict=True)):
        np.save(tmp_path / f"{index}_depth.npy", _depth(camera, BOX.corners @ motion[:3, :3].T + motion[:3, 3]))
    observations = _evidence(read_data_generator(tmp_path))
    assert observations.moves and observations.surface is not None
    assert len(observations.surface.names) == 4 and _off_the_box(observations.surface.points) < 1e-4


def test_surface_of_a_broken_depth_file_names_it_and_keeps_the_view(tmp_path):
    cameras = write_box_views(tmp_path, 4)
    for index, camera in enumerate(cameras):
        np.save(tmp_path / f"{index}_depth.npy", _depth(camera))
    (tmp_path / "1_depth.npy").write_bytes(b"\x93NUMPY")
    np.save(tmp_path / "2_depth.npy", np.full(RESOLUTION, "far"))
    observations = _evidence(read_data_generator(tmp_path))
    assert len(observations.silhouettes) == 4 and not observations.left_out
    assert observations.surface is not None and observations.surface.names == ("0", "3")
    assert [fault.split(" ")[:3] for fault in observations.surface.faults] == [
        ["view", "1:", "1_depth.npy"],
        ["view", "2:", "2_depth.npy"],
    ]


def test_silhouettes_of_views_that_were_not_searched_are_the_same(tmp_path):
    write_box_views(tmp_path, 3)
    (target,) = read_data_generator(tmp_path).objects
    unsearched = replace(target, views=tuple(replace(view, regions={}, searched={}) for view in target.views))
    for first, second in zip(silhouettes(target).silhouettes, silhouettes(unsearched).silhouettes, strict=True):
        np.testing.assert_array_equal(first.full_mask(), second.full_mask())


def test_silhouettes_of_kaolins_own_saturated_sample_raise(tmp_path):
    """kaolin's tests/samples/synthetic: one view whose every pixel is 1, here eight times."""
    tf_mat = [[0.70711, -0.5, 0.5, 0], [0, 0.70711, 0.70711, 0], [-0.70711, -0.5, 0.5, 0]]
    camera = Camera(
        np.array([*tf_mat, [10.6066, -0.42893, -35.42893, 1]]).T,
        (1172.8, 1172.8),
        (512.0, 512.0),
        (1024, 1024),
    )
    for index in range(8):
        labels = np.ones((1024, 1024, 1), dtype=np.int32)
        write_view(tmp_path, index, metadata_of(camera, "Astronaut.usd"), semantic=labels)
    with pytest.raises(DatasetError, match="covers the whole image in all 8 views") as error:
        _evidence(read_data_generator(tmp_path))
    assert "ground and object have the same label" in str(error.value) and "\n" not in str(error.value)


def test_silhouettes_leave_out_saturated_views(tmp_path):
    cameras = write_box_views(tmp_path, 4)
    write_view(tmp_path, 2, metadata_of(cameras[2]), semantic=np.ones(RESOLUTION, dtype=np.int32))
    observations = _evidence(read_data_generator(tmp_path))
    assert len(observations.silhouettes) == 3
    assert [(problem.where, problem.what) for problem in observations.left_out] == [
        ("view 2", "the mask covers the whole image")
    ]


def test_silhouettes_cut_by_the_border_are_named(tmp_path):
    cameras = cameras_around(5)
    for index, camera in enumerate(cameras):
        if index in (1, 4):  # Turned aside, so that the object leaves the image on one side.
            pan = np.eye(4)
            pan[:3, :3] = matrix_from_quaternion(np.array([np.cos(0.17), 0, np.sin(0.17), 0]))
            camera = replace(camera, camera_from_world=pan @ camera.camera_from_world)
        write_view(tmp_path, index, metadata_of(camera), semantic=box_mask(camera))
    (warning,) = _evidence(read_data_generator(tmp_path)).warnings
    assert warning.startswith("the image border cuts the mask in 2 of 5 views (1, 4)")


def test_silhouettes_of_views_that_became_unreadable_leave_them_out(tmp_path):
    write_box_views(tmp_path, 4)
    (target,) = read_data_generator(tmp_path).objects
    (tmp_path / "1_semantic.npy").unlink()
    unsearched = replace(target, views=tuple(replace(view, searched={}) for view in target.views))
    (problem,) = silhouettes(unsearched).left_out
    assert problem.where == "view 1" and "1_semantic.npy" in problem.what
