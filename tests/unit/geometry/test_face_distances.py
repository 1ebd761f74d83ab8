"""Faces of a box relative to another one, there and back."""

import numpy as np
from boxfit.geometry.box import Box, box_between, face_distances
from boxfit.geometry.canonical import AXIS_ROTATIONS
from boxfit.geometry.rotations import quaternion_from_matrix
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import BOX


@given(st.integers(0, 23), st.lists(st.floats(0.1, 3.0), min_size=6, max_size=6))
def test_box_between_face_distances_is_the_other_box_whatever_its_axes_are_called(order: int, distances) -> None:
    other = box_between(BOX, np.reshape(distances, (3, 2)), 1e-9)
    turn = AXIS_ROTATIONS[order]
    renamed = Box(other.centre, np.abs(turn.T) @ other.half_extents, quaternion_from_matrix(other.rotation @ turn))
    np.testing.assert_allclose(face_distances(BOX, renamed), np.reshape(distances, (3, 2)), atol=1e-9)


def test_face_distances_of_the_box_itself_are_its_half_extents() -> None:
    np.testing.assert_allclose(face_distances(BOX, BOX), np.stack([BOX.half_extents] * 2, axis=1))


def test_box_between_faces_that_passed_each_other_is_as_thin_as_allowed() -> None:
    box = box_between(BOX, np.array([[1.0, 1.0], [-0.4, 0.3], [1.0, 1.0]]), 0.01)
    np.testing.assert_allclose(box.half_extents, [1.0, 0.01, 1.0])
    np.testing.assert_allclose(BOX.to_local(box.centre), [0, 0.35, 0], atol=1e-12)
