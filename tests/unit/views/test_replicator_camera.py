"""Tests of the camera of `camera_params`: real renders, round trips, and invalid values."""

import numpy as np
import pytest
from boxfit.errors import BoxfitError, CameraError
from boxfit.geometry.box import CORNER_SIGNS
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.views.replicator.boxes import read_boxes
from boxfit.views.replicator.camera import camera_from_params, lens_properties, meters_per_unit
from hypothesis import given
from hypothesis import strategies as st

from tests.basic_writer import BOX_3D, camera_params
from tests.folders import cameras_around

# A render of a cube of 1.5 x 0.5 x 1 by Isaac Sim, as a golden file of its PoseWriter tells it: isaac-sim/IsaacSim,
# isaacsim.replicator.writers, _out_test_pose_writer_pinhole/rp2/000000.json (Apache-2.0). The view's rotation has all
# its digits in that file's object at the identity. Pixels are rounded to whole ones.
RENDERED = {
    "cameraModel": "pinhole",
    "cameraProjection": [2.29062, 0, 0, 0, 0, 2.29062, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0],
    "cameraViewTransform": [
        *(0.7071067811865475, 0.5773502737830687, -0.4082482839677536, 0.0),
        *(-0.7071067811865477, 0.577350273783069, -0.4082482839677534, 0.0),
        *(0.0, 0.5773502600027396, 0.8164965874238355, 0.0),
        *(0.0, 1.1024263368852871e-07, -9.797958971132712, 1.0),
    ],
    "metersPerSceneUnit": 1.0,
    "renderProductResolution": [512, 512],
}
CUBE_TO_WORLD = [
    [0.6339274048805237, -5.148656417962966e-16, -1.3594616651535034, 0.0],
    [0.43771305680274963, 0.129409521818161, 0.20410895347595215, 0.0],
    [0.23456971347332, -0.9659258127212524, 0.10938165336847305, 0.0],
    [1.0, 1.0, -7.546528208743372e-17, 1.0],
]
PIXELS = [[212, 179], [262, 198], [225, 154], [275, 172], [240, 210], [285, 227], [251, 187], [296, 204]]


def test_camera_and_box_of_a_real_render_meet_in_its_pixels() -> None:
    row = (0, *[-0.5] * 3, *[0.5] * 3, np.float32(CUBE_TO_WORLD), 0.0)
    (box,) = read_boxes(np.array([row], dtype=BOX_3D), {"0": {"class": "cube"}}, ["/World/Cube3"])
    local = np.where(CORNER_SIGNS < 0, *box.limits)
    corners = np.column_stack([local, np.ones(8)]) @ box.transform
    pixels = camera_from_params(RENDERED).project(corners[:, :3])
    np.testing.assert_allclose(pixels, PIXELS, atol=0.51)


def test_camera_of_a_wide_image_ignores_the_vertical_aperture() -> None:
    """The numbers of a public page on FoundationPose's data: apertures 22.53 x 15.29, focal length 34.54."""
    projection = [3.066, 0, 0, 0, 0, 4.089, 0, 0, 0, 0, 1e-8, -1, 0, 0, 0.01, 0]
    params = RENDERED | {"cameraProjection": projection, "renderProductResolution": [640, 480]}
    camera = camera_from_params(params)
    assert camera.focal == pytest.approx((34.54 / 22.53 * 640, 34.54 / 22.53 * 640), rel=1e-3)
    assert camera.principal == (320, 240) and camera.resolution == (480, 640)


@given(
    quaternion=st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1),
    position=st.tuples(*[st.floats(-1000, 1000)] * 3),
    focal=st.tuples(*[st.floats(1, 5000)] * 2),
    principal=st.tuples(*[st.floats(-500, 5000)] * 2),
    resolution=st.tuples(*[st.integers(1, 4000)] * 2),
)
def test_camera_written_as_params_comes_back(quaternion, position, focal, principal, resolution) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_from_quaternion(np.array(quaternion) / np.linalg.norm(quaternion))
    matrix[:3, 3] = position
    camera = camera_from_params(camera_params(Camera(matrix, focal, principal, resolution)))
    np.testing.assert_allclose(camera.camera_from_world, matrix, atol=1e-12)
    np.testing.assert_allclose(camera.focal, focal, rtol=1e-12)
    np.testing.assert_allclose(camera.principal, principal, atol=1e-9)
    assert camera.resolution == resolution


def test_camera_from_the_annotators_arrays_is_the_same() -> None:
    (camera,) = cameras_around(1)
    params = camera_params(camera)
    arrays = {key: np.array(value) if isinstance(value, list) else value for key, value in params.items()}
    found = camera_from_params(arrays)
    np.testing.assert_array_equal(found.camera_from_world, camera_from_params(params).camera_from_world)
    assert found.resolution == camera.resolution and all(isinstance(length, int) for length in found.resolution)


ORTHOGRAPHIC = [0.02, 0, 0, 0, 0, 0.02, 0, 0, 0, 0, -1e-6, 0, 0, 0, 0, 1]
SKEWED = [2, 0.1, 0, 0, 0, 2, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cameraModel": "fisheyePolynomial"}, "fisheyePolynomial, whose projection the file does not hold"),
        ({"cameraModel": "pinholeOpenCV"}, "camera model is pinholeOpenCV"),
        ({"cameraProjection": ORTHOGRAPHIC}, "not that of a pinhole camera"),
        ({"cameraProjection": SKEWED}, "not that of a pinhole camera"),
        ({"cameraProjection": [1.0] * 15}, "cameraProjection of its camera_params is not 16 finite numbers"),
        ({"cameraProjection": [0.0] * 11 + [-1.0] + [0.0] * 4}, "focal length is"),
        ({"cameraViewTransform": [float("nan")] * 16}, "cameraViewTransform of its camera_params is not 16 finite"),
        ({"cameraViewTransform": [0.0] * 15 + [1.0]}, "cameraViewTransform is singular"),
        ({"cameraViewTransform": "none"}, "cameraViewTransform of its camera_params is not numbers"),
        ({"renderProductResolution": [0, 512]}, "renderProductResolution is 0 x 512"),
        ({"renderProductResolution": None}, "renderProductResolution"),
    ],
)
def test_camera_that_cannot_be_used_raises(changes, message) -> None:
    with pytest.raises(BoxfitError, match=message) as error:
        camera_from_params(RENDERED | changes)
    assert "\n" not in str(error.value)
    assert isinstance(error.value, CameraError) or "cameraModel" not in changes


@pytest.mark.parametrize("key", ["cameraProjection", "cameraViewTransform", "renderProductResolution"])
def test_camera_without_a_key_raises_with_its_name(key) -> None:
    with pytest.raises(BoxfitError, match=f"no {key}"):
        camera_from_params({name: value for name, value in RENDERED.items() if name != key})


def test_unit_of_a_float32_is_the_number_that_was_meant() -> None:
    assert meters_per_unit({"metersPerSceneUnit": 0.009999999776482582}) == 0.01
    assert meters_per_unit({"metersPerSceneUnit": np.float32(1)}) == 1
    assert meters_per_unit({}) is None
    with pytest.raises(BoxfitError, match="metersPerSceneUnit is 0, not positive"):
        meters_per_unit({"metersPerSceneUnit": 0})


def test_lens_properties_leave_out_what_is_missing_or_no_number() -> None:
    params = {"cameraNearFar": np.array([1, 1e6], np.float32), "cameraAperture": ["a", "b"]}
    assert lens_properties(params) == {"clipping_range": [1.0, 1e6]}
