"""Tests of the camera check: contradictions are detected, and consistent views of any kind accepted."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.box import Box
from boxfit.views.agreement import check_cameras

from bench.cameras import crop, look_at
from bench.shapes import SHAPES, make_shape
from tests.scenes import BOX, box_silhouettes, mesh_silhouettes, orbit_cameras


def _shifted(silhouette, shift, factor=1.0):
    """Return the silhouette with a wrong translation in its camera."""
    matrix = silhouette.camera.camera_from_world.copy()
    matrix[:3, 3] = matrix[:3, 3] * factor + shift
    return replace(silhouette, camera=replace(silhouette.camera, camera_from_world=matrix))


def _spoil(silhouettes, indices, shift=(0.0, 0.0, 0.0), factor=1.0):
    return [
        _shifted(silhouette, np.array(shift), factor) if index in indices else silhouette
        for index, silhouette in enumerate(silhouettes)
    ]


def test_check_good_cameras_finds_the_object():
    silhouettes = box_silhouettes()
    agreement = check_cameras(silhouettes)
    assert agreement.inside == len(silhouettes)
    assert np.linalg.norm(agreement.meeting_point - BOX.centre) < 0.1
    assert agreement.miss < 0.2


@pytest.mark.parametrize("indices", [(1, 7), (0, 3, 4, 6, 11)])
@pytest.mark.parametrize("shift", [(2.5, 0, 0), (0, -100, 0), (100, 100, 100)])
def test_check_shifted_cameras_raises_with_their_names(indices, shift):
    with pytest.raises(DatasetError, match="the cameras contradict each other") as error:
        check_cameras(_spoil(box_silhouettes(), indices, shift))
    assert f"in views {', '.join(str(index) for index in indices)} the object" in str(error.value)


def test_check_translation_in_centimetres_in_some_views_raises_with_their_names():
    with pytest.raises(DatasetError, match="in views 2, 5, 8 the object"):
        check_cameras(_spoil(box_silhouettes(), (2, 5, 8), factor=100.0))


def test_check_object_behind_some_cameras_raises_with_their_names():
    silhouettes = list(box_silhouettes())
    for index in (4, 5):
        turned = np.diag([-1.0, 1.0, -1.0, 1.0]) @ silhouettes[index].camera.camera_from_world
        camera = replace(silhouettes[index].camera, camera_from_world=turned)
        silhouettes[index] = replace(silhouettes[index], camera=camera)
    with pytest.raises(DatasetError, match="in views 4, 5 the object"):
        check_cameras(silhouettes)


@pytest.mark.parametrize("name", SHAPES)
def test_check_any_shape_finds_no_contradiction(name):
    shape = make_shape(name)
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    cameras = orbit_cameras(Box((low + high) / 2, (high - low) / 2), 12, (128, 128))
    assert check_cameras(mesh_silhouettes(shape.vertices, shape.faces, cameras)).miss < 0.5


def test_check_occluded_masks_finds_no_contradiction():
    """In every second view nine tenths of the object are occluded, on changing sides."""
    silhouettes = []
    for index, silhouette in enumerate(box_silhouettes()):
        mask = silhouette.full_mask()
        if index % 2:
            rows, columns = np.nonzero(mask)
            axis = rows if index % 4 == 1 else columns
            sliver = axis >= np.quantile(axis, 0.9) if index % 8 < 4 else axis <= np.quantile(axis, 0.1)
            mask = np.zeros_like(mask)
            mask[rows[sliver], columns[sliver]] = True
        silhouettes.append(crop(silhouette.view, silhouette.camera, mask))
    assert check_cameras(silhouettes) is not None


def test_check_cropped_masks_asks_the_whole_ones_only():
    """Close-ups of one corner each: their centroids are far apart, and carry no information."""
    cameras = []
    for index, camera in enumerate(orbit_cameras(BOX, 16)):
        aimed = look_at(camera.position, BOX.corners[index % 8], (0.0, 1.0, 0.0), camera.resolution)
        cameras.append(replace(aimed, focal=(4 * camera.focal[0], 4 * camera.focal[1])))
    cropped = box_silhouettes(BOX, cameras)
    assert len(cropped) == 16 and check_cameras(cropped) is None
    alone, together = check_cameras(box_silhouettes()), check_cameras([*box_silhouettes(), *cropped])
    np.testing.assert_array_equal(together.meeting_point, alone.meeting_point)


def test_check_parallel_rays_cannot_tell():
    camera = orbit_cameras(BOX, 1)[0]
    assert check_cameras(box_silhouettes(BOX, [camera, camera, camera])) is None


def test_check_is_the_same_in_any_unit_and_place():
    silhouettes = box_silhouettes()
    agreement = check_cameras(silhouettes)
    frame = np.eye(4)
    frame[:3, :3] *= 0.01
    frame[:3, 3] = [3e3, -2e3, 5e3]
    moved = check_cameras([replace(s, camera=s.camera.moved(frame)) for s in silhouettes])
    expected = (agreement.meeting_point - frame[:3, 3]) / 0.01
    np.testing.assert_allclose(moved.meeting_point, expected, rtol=1e-6)
    assert moved.miss == pytest.approx(agreement.miss, rel=1e-3)


def test_check_object_that_is_a_hundred_times_too_large_in_some_views_raises_with_their_names():
    """The rays still pass through the object's centre: the cameras are moved back along them."""
    silhouettes = list(box_silhouettes())
    for index in (3, 9):
        camera = silhouettes[index].camera
        rows, columns = np.nonzero(silhouettes[index].full_mask())
        ray = camera.ray_directions(np.array([columns.mean() + 0.5, rows.mean() + 0.5]))
        distance = -camera.to_camera(BOX.centre)[2]
        outwards = np.eye(4)
        outwards[:3, 3] = 99 * distance * ray
        silhouettes[index] = replace(silhouettes[index], camera=camera.moved(outwards))
    with pytest.raises(DatasetError, match="in views 3, 9 the object"):
        check_cameras(silhouettes)
