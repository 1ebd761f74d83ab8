import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.canonical import AXIS_ROTATIONS, canonical_box
from boxfit.geometry.rotations import euler_xyz_from_matrix, matrix_from_quaternion, quaternion_from_matrix
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
lengths = arrays(np.float64, 3, elements=st.floats(0.1, 10))
places = arrays(np.float64, 3, elements=st.floats(-10, 10))


@st.composite
def bounded_boxes(draw):
    box = Box(draw(places), draw(lengths), draw(quaternions))
    slack = draw(arrays(np.float64, (2, 3, 2), elements=st.floats(0, 1)))
    half = box.half_extents[:, None]
    return box, FaceBounds(half - 0.05 * slack[0], half + slack[1])


def face_planes(box: Box, distances: np.ndarray) -> np.ndarray:
    """Return world points on the six face planes at the given distances, in an order independent of the axes."""
    signs = np.array([-1.0, 1.0])
    points = box.centre + np.einsum("ji,is->isj", box.rotation, distances * signs).reshape(6, 3)
    return points[np.lexsort(np.round(points, 6).T)]


def angle_to(reference: np.ndarray, rotation: np.ndarray) -> float:
    return float(np.arccos(np.clip((np.trace(reference.T @ rotation) - 1) / 2, -1, 1)))


def test_axis_rotations_are_the_24_rotations_of_a_cube():
    assert len({tuple(matrix.ravel()) for matrix in AXIS_ROTATIONS}) == 24
    assert np.allclose(np.linalg.det(AXIS_ROTATIONS), 1)


@given(bounded_boxes())
def test_canonical_box_of_any_box_is_the_same_cuboid_with_the_same_face_bounds(given_box):
    box, bounds = given_box
    renamed, new_bounds = canonical_box(box, bounds)
    for corner in box.corners:
        assert np.linalg.norm(renamed.corners - corner, axis=1).min() < 1e-7
    for before, after in ((bounds.inner, new_bounds.inner), (bounds.outer, new_bounds.outer)):
        planes = face_planes(renamed, after)
        for plane in face_planes(box, before):
            assert np.linalg.norm(planes - plane, axis=1).min() < 1e-7


@given(bounded_boxes(), quaternions)
def test_canonical_box_with_a_reference_turns_no_further_than_any_other_naming(given_box, reference):
    box, _ = given_box
    target = matrix_from_quaternion(reference)
    renamed, _ = canonical_box(box, nearest_to=target)
    angles = [angle_to(target, box.rotation @ other) for other in AXIS_ROTATIONS]
    assert angle_to(target, renamed.rotation) <= min(angles) + 1e-6
    assert np.isclose(np.linalg.det(renamed.rotation), 1)


@given(bounded_boxes(), st.integers(0, 23))
def test_canonical_box_does_not_depend_on_how_the_axes_were_named(given_box, index):
    box, bounds = given_box
    turn = AXIS_ROTATIONS[index]
    axes = np.abs(turn).argmax(axis=0)
    other = Box(box.centre, box.half_extents[axes], quaternion_from_matrix(box.rotation @ turn))
    first, _ = canonical_box(box, bounds)
    second, _ = canonical_box(other)
    assert np.allclose(first.rotation, second.rotation, atol=1e-6)
    assert np.allclose(first.half_extents, second.half_extents)


def test_canonical_box_at_an_eighth_turn_takes_the_same_of_two_equally_near_namings():
    eighth = np.array([np.cos(np.pi / 8), 0, 0, np.sin(np.pi / 8)])
    back = eighth * [1, 1, 1, -1]
    first, _ = canonical_box(Box(np.zeros(3), np.array([1.0, 2.0, 3.0]), eighth))
    second, _ = canonical_box(Box(np.zeros(3), np.array([2.0, 1.0, 3.0]), back))
    assert np.allclose(first.rotation, second.rotation)
    assert np.allclose(first.half_extents, second.half_extents)


@given(quaternions)
def test_euler_angles_of_any_rotation_turn_back_into_it(quaternion):
    rotation = matrix_from_quaternion(quaternion)
    x, y, z = np.radians(euler_xyz_from_matrix(rotation))
    about = [
        np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]),
        np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]),
        np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]),
    ]
    assert np.allclose(about[2] @ about[1] @ about[0], rotation, atol=1e-7)


@pytest.mark.parametrize("sign", [1, -1])
def test_euler_angles_with_y_a_quarter_turn_have_no_turn_about_z(sign):
    rotation = matrix_from_quaternion(np.array([1.0, 0.0, sign * 1.0, 0.0]))
    assert np.allclose(euler_xyz_from_matrix(rotation), [0, sign * 90, 0])
