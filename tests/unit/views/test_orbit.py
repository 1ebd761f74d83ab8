"""Tests of cameras around an object: all of it in view, evenly from all sides, upright."""

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.settings import CaptureSettings
from boxfit.views.orbit import orbit_cameras, orbit_pose
from hypothesis import given
from hypothesis import strategies as st

UP = {"Y": np.array([0.0, 1.0, 0.0]), "Z": np.array([0.0, 0.0, 1.0])}


@given(
    centre=st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    radius=st.floats(1e-3, 1e4),
    size=st.tuples(st.integers(16, 2000), st.integers(16, 2000)),
    count=st.integers(2, 60),
    limits=st.tuples(st.floats(-90, 90), st.floats(-90, 90)).map(sorted),
    up=st.sampled_from("YZ"),
)
def test_cameras_hold_the_whole_sphere_and_keep_their_elevations(centre, radius, size, count, limits, up) -> None:
    width, height = size
    settings = CaptureSettings(
        view_count=count,
        elevation_from=limits[0],
        elevation_to=limits[1],
        image_width=width,
        image_height=height,
    )
    cameras = orbit_cameras(np.array(centre), radius, settings, up)
    assert len(cameras) == count
    directions = np.random.default_rng(0).normal(size=(200, 3))
    sphere = centre + radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    for camera in cameras:
        pixels = camera.project(sphere)
        assert (pixels >= 0).all() and (pixels <= [width, height]).all()
        np.testing.assert_allclose(camera.project(np.array(centre)), [width / 2, height / 2], atol=1e-3)
        sine = np.clip(-camera.forward @ UP[up], -1, 1)
        assert limits[0] - 1e-4 <= np.degrees(np.arcsin(sine)) <= limits[1] + 1e-4
        # What is up in the world is up in the image, as far as it can be seen.
        assert camera.camera_from_world[0, :3] @ UP[up] == pytest.approx(0, abs=1e-9)
        assert camera.camera_from_world[1, :3] @ UP[up] >= -1e-9


def test_cameras_are_spread_evenly_over_the_sphere_and_the_same_every_time() -> None:
    settings = CaptureSettings(view_count=100)
    cameras = orbit_cameras(np.zeros(3), 1.0, settings)
    directions = np.array([camera.position / np.linalg.norm(camera.position) for camera in cameras])
    assert np.linalg.norm(directions.mean(axis=0)) < 0.02
    angles = np.degrees(np.arccos(np.clip(directions @ directions.T, -1, 1)))
    nearest = np.sort(angles, axis=1)[:, 1]
    # A hundred equal caps of the whole sphere have a radius of 11.5 degrees.
    assert nearest.min() > 11.5 and nearest.max() < 2 * 11.5
    anywhere = np.random.default_rng(1).normal(size=(2000, 3))
    anywhere /= np.linalg.norm(anywhere, axis=1, keepdims=True)
    assert np.degrees(np.arccos((anywhere @ directions.T).max(axis=1))).max() < 2 * 11.5
    again = orbit_cameras(np.zeros(3), 1.0, settings)
    assert all((a.camera_from_world == b.camera_from_world).all() for a, b in zip(cameras, again, strict=True))


def test_any_quarter_of_the_cameras_still_looks_from_all_around() -> None:
    """A user may select views."""
    cameras = orbit_cameras(np.zeros(3), 1.0, CaptureSettings(view_count=24))
    for begin in range(4):
        some = np.array([camera.position / np.linalg.norm(camera.position) for camera in cameras[begin::4]])
        assert np.linalg.norm(some.mean(axis=0)) < 0.35


def test_cameras_stand_at_the_distance_asked_for() -> None:
    cameras = orbit_cameras(np.array([1.0, 2.0, 3.0]), 0.5, CaptureSettings(distance=7.0), "Z")
    assert [np.linalg.norm(camera.position - [1, 2, 3]) for camera in cameras] == pytest.approx([7.0] * 24)


def test_distance_inside_the_object_raises() -> None:
    with pytest.raises(DatasetError, match=r"a distance of 0\.4 is inside the prims, which extend 0\.5"):
        orbit_cameras(np.zeros(3), 0.5, CaptureSettings(distance=0.4))


@pytest.mark.parametrize("elevation", [-np.pi / 2, np.pi / 2])
def test_pose_straight_from_above_or_below_is_a_rotation(elevation: float) -> None:
    pose = orbit_pose(np.zeros(3), 2.0, 0.7, elevation)
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.inv(pose)[:3, 3], [0, 2 * np.sign(elevation), 0], atol=1e-12)


def test_pose_at_azimuth_zero_looks_along_the_documented_axis() -> None:
    np.testing.assert_allclose(np.linalg.inv(orbit_pose(np.zeros(3), 2.0, 0.0, 0.0, "Y"))[:3, 3], [0, 0, 2], atol=1e-12)
    np.testing.assert_allclose(np.linalg.inv(orbit_pose(np.zeros(3), 2.0, 0.0, 0.0, "Z"))[:3, 3], [2, 0, 0], atol=1e-12)
    turned = np.linalg.inv(orbit_pose(np.zeros(3), 2.0, np.pi / 2, 0.0, "Z"))[:3, 3]
    np.testing.assert_allclose(turned, [0, 2, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"view_count": 1}, "view_count is 1: give a number of at least 2"),
        ({"elevation_from": 50, "elevation_to": 40}, "from 50 to 40"),
        ({"elevation_to": 91}, "from -90 to 91"),
        ({"elevation_from": -91}, "elevation_from is -91"),
        ({"distance": 0}, "distance is 0"),
        ({"image_width": 8}, "image_width is 8"),
        ({"cameras": "mine"}, "cameras is 'mine'"),
    ],
)
def test_settings_that_no_camera_can_follow_raise(settings, message) -> None:
    with pytest.raises(DatasetError, match=message):
        CaptureSettings(**settings)
