"""Pixels beside a mask on what is in front of the object, from depth."""

import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.geometry.occluders import STEP, beside, find_occluders
from boxfit.geometry.silhouette import Silhouette

CAMERA = Camera(np.eye(4), (500.0, 500.0), (32.0, 32.0), (64, 64))
SQUARE = Silhouette("0", CAMERA, np.ones((20, 30), dtype=bool), (10, 15))
"""Rows 10 to 29, columns 15 to 44."""


def depth_with(neighbour: float, rows: slice, columns: slice) -> np.ndarray:
    """Depth of 5 on the square, infinity around it, and another value in some of the pixels beside it."""
    depth = np.full((64, 64), np.inf)
    depth[rows, columns] = neighbour
    depth[10:30, 15:45] = 5.0
    return depth


@pytest.mark.parametrize("columns", [slice(45, 50), slice(10, 15)])
def test_pixels_of_something_nearer_beside_the_mask_are_found(columns):
    found = find_occluders(SQUARE, depth_with(4.0, slice(5, 20), columns))
    beside_square = 45 if columns.start == 45 else 14
    assert {tuple(pixel) for pixel in found.tolist()} == {(beside_square, row) for row in range(10, 20)}


@pytest.mark.parametrize("neighbour", [5.0, 5 - 0.9 * STEP * 5 / 500, 6.0, 0.0, -1.0, np.nan, np.inf])
def test_what_is_no_nearer_than_a_floor_at_the_foot_or_no_surface_hides_nothing(neighbour):
    assert not len(find_occluders(SQUARE, depth_with(neighbour, slice(30, 40), slice(0, 64))))


def test_a_mask_at_the_borders_of_its_image_has_neighbours_inside_it_alone():
    corner = Silhouette("0", CAMERA, np.ones((10, 64), dtype=bool), (54, 0))
    assert {tuple(pixel) for pixel in beside(corner).tolist()} == {(column, 53) for column in range(64)}
    depth = np.full((64, 64), 5.0)
    depth[:54] = 1.0
    assert len(find_occluders(corner, depth)) == 64
    assert len(beside(Silhouette("0", CAMERA, np.ones((64, 64), dtype=bool)))) == 0


def test_the_scale_of_the_depth_does_not_matter():
    depth = depth_with(4.0, slice(5, 20), slice(45, 50))
    np.testing.assert_array_equal(find_occluders(SQUARE, depth), find_occluders(SQUARE, 100 * depth))
