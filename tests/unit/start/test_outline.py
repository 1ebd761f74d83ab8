"""Convex outlines of masks, to a fraction of a pixel."""

import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.outline import CORNER_REACH, outline
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

CAMERA = Camera(np.eye(4), (300.0, 300.0), (64.0, 64.0), (128, 128))


def silhouette(mask: np.ndarray, origin: tuple[int, int] = (0, 0)) -> Silhouette:
    return Silhouette("0", CAMERA, mask, origin)


def covered_centres(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.stack([columns, rows], axis=1) + 0.5


def polygon_mask(corners: np.ndarray) -> np.ndarray:
    """Return the mask of a convex polygon, counter-clockwise in (u, v), in an image of 128x128."""
    rows, columns = np.indices((128, 128)) + 0.5
    inside = np.ones((128, 128), dtype=bool)
    for (u0, v0), (u1, v1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (u1 - u0) * (rows - v0) - (v1 - v0) * (columns - u0) >= 0
    return inside


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.9))
def test_outline_of_any_mask_holds_all_covered_centres(seed, density):
    mask = np.random.default_rng(seed).random((9, 12)) < density
    mask[4, 5] = True
    edges = outline(silhouette(mask))
    centres = covered_centres(mask)
    assert (centres @ edges.normals.T <= edges.offsets + 1e-9).all()
    if len(centres) > 2 and np.linalg.matrix_rank(centres - centres[0]) == 2:
        assert len(edges.corners) == len(ConvexHull(centres).vertices)


@given(st.floats(0.0, np.pi), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_outline_of_a_turned_rectangle_lies_around_it_to_a_fraction_of_a_pixel(angle, u, v):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-40, -25], [40, -25], [40, 25], [-40, 25]]) @ turn.T + (64 + u, 64 + v)
    edges = outline(silhouette(polygon_mask(corners)))
    support = (corners @ edges.normals.T).max(axis=0)
    # A corner between pixel centres can be cut off; nothing is added beyond half a pixel.
    assert (edges.offsets - support).max() <= 0.5 + 1e-9 and (edges.offsets - support).min() > -1.5
    lengths = np.linalg.norm(np.roll(edges.corners, -1, axis=0) - edges.corners, axis=1)
    # Thanks to the halves of lattice lines, the accuracy of long edges is far below a pixel.
    long = lengths > 20
    assert np.abs(np.average((edges.offsets - support)[long], weights=lengths[long])) <= 0.5 + 1e-9


def test_outline_of_a_slanted_edge_is_nearer_than_half_a_pixel():
    corners = np.array([[10.2, 10.3], [110.2, 43.9], [100.0, 110.0], [20.0, 110.0]])
    edges = outline(silhouette(polygon_mask(corners)))
    along = np.array([100.0, 33.6]) / np.hypot(100.0, 33.6)
    normal = np.array([along[1], -along[0]])
    top = edges.normals @ normal > 0.9995
    assert top.any()
    assert np.abs(edges.offsets[top] - (corners[:2] @ edges.normals[top].T).max(axis=0)).max() < 0.2


@pytest.mark.parametrize(
    ("mask", "area"), [(np.ones((1, 7), bool), 7), (np.ones((1, 1), bool), 1), (np.eye(5, dtype=bool), 9)]
)
def test_outline_of_a_line_of_pixels_is_the_outline_of_their_squares(mask, area):
    corners = outline(silhouette(mask, (40, 30))).corners
    assert ConvexHull(corners).volume == pytest.approx(area)
    assert corners.min(axis=0).tolist() == [30, 40]


def test_outline_of_a_cropped_mask_is_that_of_the_whole_image():
    mask = polygon_mask(np.array([[20.0, 30.0], [70.0, 40.0], [60.0, 80.0]]))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cropped = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    whole = outline(silhouette(mask))
    part = outline(silhouette(cropped, (int(rows[0]), int(columns[0]))))
    np.testing.assert_array_equal(whole.corners, part.corners)
    np.testing.assert_array_equal(whole.offsets, part.offsets)


def test_outline_along_the_border_bounds_nothing_there():
    mask = np.zeros((128, 128), dtype=bool)
    mask[:50, 30:128] = True
    edges = outline(silhouette(mask))
    free = edges.normals[edges.bounding]
    np.testing.assert_allclose(np.sort(free @ [1.0, 10.0]), [-1.0, 10.0])  # the left side and the bottom


def test_outline_edge_cut_to_a_stub_by_the_border_bounds_nothing():
    mask = polygon_mask(np.array([[100.0, 20.0], [180.0, 60.0], [100.0, 100.0]]))
    edges = outline(silhouette(mask))
    ends = np.stack([edges.corners, np.roll(edges.corners, -1, axis=0)])
    lengths = np.linalg.norm(ends[1] - ends[0], axis=1)
    at_border = (ends[..., 0] > 127).any(axis=0)
    assert at_border.sum() >= 2 and (lengths[at_border & edges.bounding] > 25).all()
    assert edges.bounding[~at_border].all()


def test_outline_corners_stay_near_the_centres_that_they_stand_for():
    mask = polygon_mask(np.array([[10.0, 60.0], [110.0, 58.5], [110.0, 61.5]]))
    edges = outline(silhouette(mask))
    gaps = np.linalg.norm(edges.corners[:, None] - covered_centres(mask)[None], axis=-1).min(axis=1)
    assert gaps.max() <= CORNER_REACH + 1e-9


@pytest.mark.parametrize("shift", [0.0, 7.3])
def test_half_spaces_of_an_outline_pass_through_the_camera_and_hold_what_is_inside(shift):
    mask = polygon_mask(np.array([[20.0, 30.0], [70.0, 40.0], [60.0, 80.0]]))
    matrix = np.eye(4)
    matrix[:3, 3] = shift, -2 * shift, 0.5 * shift
    camera = Camera(matrix, CAMERA.focal, CAMERA.principal, CAMERA.resolution)
    edges = outline(Silhouette("0", camera, mask))
    normals, limits = edges.half_spaces()
    np.testing.assert_allclose(normals @ camera.position, limits, atol=1e-12)
    points = camera.position + 5.0 * camera.ray_directions(covered_centres(mask))
    assert (points @ normals.T < limits + 1e-9).all()
    outside = camera.position + 5.0 * camera.ray_directions(np.array([[90.0, 90.0], [5.0, 5.0]]))
    assert (outside @ normals.T > limits).any(axis=1).all()


@given(seed=st.integers(0, 2**31), density=st.floats(0.02, 0.9))
def test_filled_outline_of_any_mask_is_its_convex_hull(seed, density):
    mask = np.random.default_rng(seed).random((11, 13)) < density
    mask[5, 6:8] = mask[7, 7] = True
    given_mask = silhouette(mask, (2, 3))
    filled = outline(given_mask).filled("0")
    centres = covered_centres(given_mask.full_mask())
    hull = ConvexHull(centres)
    rows, columns = np.indices(given_mask.full_mask().shape)
    every = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    inside = (every @ hull.equations[:, :2].T + hull.equations[:, 2] < 1e-9).all(axis=1)
    np.testing.assert_array_equal(filled.full_mask().ravel(), inside)


def test_filled_outline_grown_by_an_ellipse_reaches_as_far_beyond_along_each_axis():
    mask = np.ones((20, 30), dtype=bool)
    grown = outline(silhouette(mask, (20, 20))).filled("0", (3.0, 5.0))
    assert grown.origin[::-1] == (17, 15) and grown.mask.shape == (30, 36)


def test_outline_of_a_rectangle_has_its_area_and_perimeter():
    found = outline(silhouette(np.ones((20, 30), dtype=bool), (5, 5)))
    # Its corners are cut by a hundredth of a pixel.
    assert found.area == pytest.approx(600, rel=1e-3) and found.perimeter == pytest.approx(100, rel=1e-3)


@given(st.floats(0.0, np.pi), st.floats(25.0, 45.0))
def test_outline_of_a_turned_rectangle_is_not_round_at_its_corners(angle, half):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-half, -25], [half, -25], [half, 25], [-half, 25]]) @ turn.T + 64
    edges = outline(silhouette(polygon_mask(corners)))
    nearest = np.linalg.norm(edges.corners[:, None] - corners, axis=2).argmin(axis=0)
    assert (edges.roundness[nearest] < 0.4).all()


@given(st.floats(30.0, 60.0), st.floats(0.5, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_outline_of_an_ellipse_is_round_all_along(radius, ratio, u, v):
    rows, columns = np.indices((128, 128)) + 0.5
    mask = ((columns - 64 - u) / radius) ** 2 + ((rows - 64 - v) / (radius * ratio)) ** 2 < 1
    edges = outline(silhouette(mask))
    lengths = np.linalg.norm(np.roll(edges.corners, -1, axis=0) - edges.corners, axis=1)
    assert np.average(edges.roundness, weights=lengths + np.roll(lengths, 1)) > 0.4


def test_outline_of_few_pixels_has_a_finite_roundness():
    for mask in (np.ones((1, 1), bool), np.ones((1, 5), bool), np.eye(3, dtype=bool)):
        roundness = outline(silhouette(mask)).roundness
        assert ((roundness >= 0) & (roundness <= 1)).all()
