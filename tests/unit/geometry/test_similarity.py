import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.similarity import move_box, uniform_scale
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
places = arrays(np.float64, 3, elements=st.floats(-10, 10))


def similarity(quaternion, scale, place, mirrored=False) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * matrix_from_quaternion(quaternion) @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    matrix[:3, 3] = place
    return matrix


@given(quaternions, st.floats(1e-3, 1e3), places, st.booleans())
def test_uniform_scale_of_a_similarity_is_its_scale(quaternion, scale, place, mirrored):
    assert uniform_scale(similarity(quaternion, scale, place, mirrored)) == pytest.approx(scale)


@pytest.mark.parametrize(
    "linear",
    [
        np.diag([1.0, 1.0, 1.001]),
        np.zeros((3, 3)),
        [[1, 0.01, 0], [0, 1, 0], [0, 0, 1]],
        np.full((3, 3), np.nan),
    ],
    ids=["uneven", "zero", "sheared", "nan"],
)
def test_uniform_scale_of_other_matrices_is_none(linear):
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    assert uniform_scale(matrix) is None


@given(quaternions, quaternions, st.floats(0.1, 10), places, st.booleans())
def test_move_box_by_a_similarity_moves_corners_and_face_bounds(turn, quaternion, scale, place, mirrored):
    box = Box(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 2.0]), quaternion)
    bounds = FaceBounds(np.array([[0.4, 0.45], [0.9, 1.0], [1.8, 1.9]]), np.array([[0.6, 0.55], [1.1, 1.2], [2, 2.1]]))
    matrix = similarity(turn, scale, place, mirrored)
    moved, new_bounds = move_box(box, matrix, bounds)
    assert np.isclose(np.linalg.det(moved.rotation), 1)
    expected = box.corners @ matrix[:3, :3].T + matrix[:3, 3]
    for corner in expected:
        assert np.linalg.norm(moved.corners - corner, axis=1).min() < 1e-8
    for axis in range(3):
        for side, sign in enumerate((-1, 1)):
            for before, after in ((bounds.inner, new_bounds.inner), (bounds.outer, new_bounds.outer)):
                point = (
                    matrix[:3, :3] @ (box.centre + sign * before[axis, side] * box.rotation[:, axis]) + matrix[:3, 3]
                )
                faces = [
                    moved.centre + s * after[a, k] * moved.rotation[:, a]
                    for a in range(3)
                    for k, s in enumerate((-1, 1))
                ]
                assert np.linalg.norm(np.array(faces) - point, axis=1).min() < 1e-8
