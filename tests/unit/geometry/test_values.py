import numpy as np
import pytest
from boxfit.errors import CameraError
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from hypothesis import given
from hypothesis import strategies as st

LENS = {"focal": (100.0, 100.0), "principal": (50.0, 40.0), "resolution": (80, 100)}


def affine(linear: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = [1.0, -2.0, 3.0]
    return matrix


@given(st.floats(1e-6, 1e6), st.tuples(*4 * [st.floats(0.1, 1)]))
def test_camera_of_any_even_scale_is_taken(scale, quaternion):
    Camera(affine(scale * matrix_from_quaternion(np.array(quaternion))), **LENS)


@pytest.mark.parametrize(
    ("linear", "message"),
    [
        (np.diag([1.0, 1.0, 1.5]), "stretches one axis 1.5 times more than another"),
        (1e-5 * np.diag([1.0, 1.0, 1.5]), "stretches one axis 1.5 times"),
        (np.array([[1.0, 0.2, 0], [0, 1, 0], [0, 0, 1]]), "stretches one axis"),
        (np.diag([1.0, 1.0, 0.0]), "singular or mirrored"),
        (np.zeros((3, 3)), "singular or mirrored"),
        (np.diag([1.0, 1.0, -1.0]), "singular or mirrored"),
        (np.full((3, 3), np.inf), "not 4x4 finite numbers"),
    ],
    ids=["uneven", "small and uneven", "sheared", "flat", "zero", "mirrored", "infinite"],
)
def test_camera_with_a_matrix_that_no_camera_has_is_refused(linear, message):
    with pytest.raises(CameraError, match=message):
        Camera(affine(linear), **LENS)


def test_camera_with_the_translation_in_the_last_row_is_refused():
    with pytest.raises(CameraError, match="last row of the camera matrix"):
        Camera(affine(np.eye(3)).T, **LENS)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_camera_with_a_principal_point_that_is_not_finite_is_refused(value):
    with pytest.raises(CameraError, match="the principal point is"):
        Camera(np.eye(4), **{**LENS, "principal": (50.0, value)})


def test_camera_gives_its_intrinsics_and_matrix_in_opencvs_conventions() -> None:
    camera = Camera(np.diag([1.0, -1.0, -1.0, 1.0]), (500.0, 510.0), (320.5, 240.0), (480, 640))
    assert camera.intrinsics().tolist() == [[500, 0, 320.5], [0, 510, 240], [0, 0, 1]]
    assert camera.intrinsics(pixel_centre=0).tolist() == [[500, 0, 320], [0, 510, 239.5], [0, 0, 1]]
    # This camera of USD looks along +Z of the world with -Y up, as OpenCV's does at the origin.
    assert camera.opencv_from_world.tolist() == np.eye(4).tolist()
    point = np.array([0.3, -0.2, 4.0])
    u, v, depth = camera.intrinsics() @ camera.opencv_from_world[:3, :3] @ point
    np.testing.assert_allclose(camera.project(point), [u / depth, v / depth])
