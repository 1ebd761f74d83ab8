import numpy as np
import pytest
from boxfit.start.hull import deepest_point

CUBE = np.concatenate([np.eye(3), -np.eye(3)])


def test_deepest_point_of_a_pyramid_has_the_same_distance_to_every_face():
    slopes = np.array([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]]) / np.sqrt(2)
    normals = np.concatenate([slopes, [[0, 0, -1.0]]])
    limits = np.array([*np.full(4, 1 / np.sqrt(2)), 0.0])
    distances = limits - normals @ deepest_point(normals, limits)
    np.testing.assert_allclose(distances, np.sqrt(2) - 1, atol=1e-9)


@pytest.mark.parametrize("upper", [-0.1, 0.0])
def test_deepest_point_of_nothing_or_of_a_flat_polytope_is_none(upper):
    limits = np.array([1.0, 1.0, upper, 1.0, 1.0, 0.0])
    assert deepest_point(CUBE, limits) is None
