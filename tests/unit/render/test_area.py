import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import convex_polygon, intersect_convex, polygon_area
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 6, (60, 80), 0.5))
NUDGES = st.integers(0, 2**31).map(lambda seed: np.random.default_rng(seed).normal(size=10))


def nudged(box, nudge, size):
    """Change all parameters of the box slightly, in shares of `size`."""
    return Box(
        box.centre + size * nudge[:3],
        box.half_extents * np.exp(size * nudge[3:6]),
        box.quaternion + size * nudge[6:],
    )


def one_view(mask, focal=100.0, principal=None, origin=(0, 0), resolution=None):
    resolution = mask.shape if resolution is None else resolution
    principal = (resolution[1] / 2, resolution[0] / 2) if principal is None else principal
    return Silhouette("0", Camera(np.eye(4), (focal, 1.2 * focal), principal, resolution), mask, origin)


def areas(silhouettes, box):
    return RendererArea(silhouettes).areas(camera_corners(box, silhouettes), np.arange(len(silhouettes)))


@given(NUDGES)
@settings(max_examples=25, deadline=None)
def test_areas_of_any_box_match_the_projected_polygon(nudge):
    box = nudged(BOX, nudge, 0.1)
    result = areas(SILHOUETTES, box)
    for silhouette, area, overlap in zip(SILHOUETTES, result.box, result.overlap, strict=True):
        camera = silhouette.camera
        polygon, square = convex_polygon(camera.project(box.corners)), np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        height, width = camera.resolution
        image = intersect_convex(polygon, square * [width, height])
        assert area == pytest.approx(polygon_area(image), rel=1e-9)
        row, column = np.nonzero(silhouette.full_mask())
        exact = sum(
            polygon_area(intersect_convex(polygon, square + pixel))
            for pixel in np.stack([column, row], axis=-1)[near_edge(polygon, column + 0.5, row + 0.5)]
        )
        assert overlap == pytest.approx(exact + within(polygon, column + 0.5, row + 0.5).sum(), rel=1e-9)


def signed_distance(polygon, u, v):
    """Return the distance of points outside the nearest line through an edge; negative inside."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1, keepdims=True)
    offsets = (normals * polygon).sum(axis=1)
    return (np.outer(u, normals[:, 0]) + np.outer(v, normals[:, 1]) - offsets).max(axis=1)


def near_edge(polygon, u, v):
    """Return the pixels, by their centres, that an edge may cut."""
    return np.abs(signed_distance(polygon, u, v)) < 1


def within(polygon, u, v):
    """Return the pixels that lie inside as a whole."""
    return signed_distance(polygon, u, v) <= -1


@given(NUDGES, st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_gradient_of_any_corner_matches_finite_differences(nudge, seed):
    corners = camera_corners(nudged(BOX, nudge, 0.1), SILHOUETTES)
    direction = np.random.default_rng(seed).normal(size=corners.shape)
    assert_gradient(RendererArea(SILHOUETTES), corners, direction)


def assert_gradient(renderer, corners, direction, step=1e-6, tolerance=1e-4):
    views = np.arange(len(corners))
    here = renderer.areas(corners, views)
    above, below = (renderer.areas(corners + s * step * direction, views) for s in (1, -1))
    for area, gradient in (("box", "box_gradient"), ("overlap", "overlap_gradient")):
        numeric = (getattr(above, area) - getattr(below, area)) / (2 * step)
        analytic = (getattr(here, gradient) * direction).sum(axis=(1, 2))
        scale = 1 + np.abs(getattr(here, gradient)).max()
        # The gradient is discontinuous where an edge crosses a pixel's corner; a step over it has a small error.
        np.testing.assert_allclose(numeric, analytic, atol=tolerance * scale)


def test_areas_of_axis_aligned_square_are_exact_below_a_pixel():
    mask = np.zeros((40, 40), dtype=bool)
    mask[10:20, 12:30] = True
    view = one_view(mask, focal=10.0)
    # At depth 9 the near face spans 20 +- 10 * 7.65 / 9 = 11.5 to 28.5 px in u and
    # 20 +- 12 * 5.925 / 9 = 12.1 to 27.9 px in v.
    result = areas([view], Box([0, 0, -10], [7.65, 5.925, 1.0]))
    assert result.box[0] == pytest.approx(17 * 15.8)
    assert result.overlap[0] == pytest.approx((28.5 - 12) * (20 - 12.1))


def test_areas_where_box_holds_camera_are_the_whole_image():
    mask = np.zeros((30, 50), dtype=bool)
    mask[5:9, 7:30] = True
    result = areas([one_view(mask)], Box([0.1, 0.2, 0.3], [2.0, 1.0, 3.0], [0.9, 0.1, 0.2, 0.3]))
    assert result.box[0] == pytest.approx(1500)
    assert result.overlap[0] == pytest.approx(mask.sum())
    np.testing.assert_allclose(result.box_gradient, 0, atol=1e-9)


def test_areas_where_box_is_behind_camera_are_zero():
    result = areas([one_view(np.ones((10, 10), dtype=bool))], Box([0, 0, 5], [1, 1, 1]))
    assert result.box[0] == 0 and result.overlap[0] == 0
    assert not result.box_gradient.any() and not result.overlap_gradient.any()


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_gradient_where_near_plane_cuts_box_matches_finite_differences(seed):
    generator = np.random.default_rng(seed)
    mask = generator.random((40, 40)) < 0.5
    # A rod beside the camera that reaches from behind it into the image.
    box = Box([1.0, 0.4, -2.0], [0.3, 0.2, 4.0], [1.0, *generator.uniform(-0.05, 0.05, 3)])
    view = one_view(mask, focal=20.0)
    corners = camera_corners(box, [view])
    assert (corners[..., 2] > 0).any() and (corners[..., 2] < 0).any()
    assert RendererArea([view]).areas(corners, np.array([0])).box[0] > 50
    assert_gradient(RendererArea([view]), corners, generator.normal(size=corners.shape), 1e-7, 1e-3)


def test_areas_where_near_plane_cuts_box_match_what_is_left_of_it():
    # The same rod, once from behind the camera and once from just before it: the rest lies outside the image.
    view = one_view(np.ones((40, 40), dtype=bool), focal=20.0)
    long, short = Box([1.0, 0.4, -2.0], [0.3, 0.2, 4.0]), Box([1.0, 0.4, -3.05], [0.3, 0.2, 2.95])
    np.testing.assert_allclose(areas([view], long).box, areas([view], short).box, rtol=1e-9)


def test_areas_of_cropped_mask_equal_those_of_whole_mask():
    cropped = SILHOUETTES[0]
    whole = Silhouette("whole", cropped.camera, cropped.full_mask())
    first, second = (areas([silhouette], nudged(BOX, np.ones(10), 0.05)) for silhouette in (cropped, whole))
    for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-9)


def test_areas_of_views_in_another_order_follow_the_order():
    renderer = RendererArea(SILHOUETTES)
    corners = camera_corners(BOX, SILHOUETTES)
    order = np.array([4, 1, 1, 3])
    all_views, some = renderer.areas(corners, np.arange(6)), renderer.areas(corners[order], order)
    np.testing.assert_array_equal(some.overlap, all_views.overlap[order])
    np.testing.assert_allclose(some.box_gradient, all_views.box_gradient[order], rtol=1e-12)


@given(st.floats(-12, 12), NUDGES)
@settings(max_examples=20, deadline=None)
def test_areas_in_another_unit_are_the_same(exponent, nudge):
    box, unit = nudged(BOX, nudge, 0.05), 10.0**exponent
    corners = camera_corners(box, SILHOUETTES)
    renderer, views = RendererArea(SILHOUETTES), np.arange(len(corners))
    original, scaled = renderer.areas(corners, views), renderer.areas(unit * corners, views)
    np.testing.assert_allclose(scaled.overlap, original.overlap, rtol=1e-9)
    size = np.abs(original.overlap_gradient).max()
    np.testing.assert_allclose(unit * scaled.overlap_gradient, original.overlap_gradient, atol=1e-6 * size)


def test_moving_box_by_parts_of_a_pixel_changes_areas_smoothly():
    renderer, views = RendererArea(SILHOUETTES), np.arange(6)
    shifts = np.linspace(0, 0.02, 41)
    overlap = []
    for shift in shifts:
        box = Box(BOX.centre + shift * np.eye(3)[1], BOX.half_extents, BOX.quaternion)
        overlap.append(renderer.areas(camera_corners(box, SILHOUETTES), views).overlap)
    jumps = np.abs(np.diff(overlap, n=2, axis=0))
    first = np.abs(np.diff(overlap, axis=0)).max()
    assert jumps.max() < 0.1 * first


def test_box_areas_are_those_of_areas_without_looking_at_the_masks():
    silhouettes = box_silhouettes(BOX, orbit_cameras(BOX, 5, (96, 96), 1.3))
    renderer, views = RendererArea(silhouettes), np.array([3, 1, 4])
    corners = camera_corners(BOX, [silhouettes[view] for view in views])
    np.testing.assert_array_equal(renderer.box_areas(corners, views), renderer.areas(corners, views).box)
