"""Tests of projected positions in a view, and of edges that can be distinguished there."""

import numpy as np
import pytest
from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.ui.view3d.orbit import Orbit
from boxfit.ui.view3d.view_projection import ViewProjection

SIZE = (400.0, 300.0)
ORBIT = Orbit(target=np.array([1.0, 2.0, 3.0]), distance=10.0)
BOX = Box(ORBIT.target, np.array([2.0, 1.0, 0.5]), np.array([0.9, 0.1, 0.3, 0.2]))


def seen_from(orbit: Orbit) -> ViewProjection:
    return ViewProjection.from_rows(orbit.view(), orbit.projection(SIZE[0] / SIZE[1]), orbit.eye, SIZE)


def along(axis: int) -> np.ndarray:
    """Return the indices of the edges of a box that are parallel to an axis."""
    ends = CORNER_SIGNS[BOX_EDGES]
    return np.flatnonzero(ends[:, 0, axis] != ends[:, 1, axis])


def test_points_appear_where_the_view_of_the_desktop_has_them() -> None:
    points = np.concatenate([BOX.corners, [ORBIT.eye + ORBIT.axes[2]]])
    places = seen_from(ORBIT).project(points)
    np.testing.assert_allclose(places[:-1], ORBIT.project(points[:-1], SIZE))
    assert np.isnan(places[-1]).all()


def test_projection_with_reversed_infinite_depth_and_without_perspective_project_as_well() -> None:
    usual = seen_from(ORBIT)
    endless = usual.clip_from_world.copy()
    endless[2] = 0.1 * np.array([0.0, 0.0, 0.0, 1.0])
    sight = ViewProjection(ORBIT.eye, endless, SIZE)
    np.testing.assert_allclose(sight.project(BOX.corners), usual.project(BOX.corners))
    moved = sight.shifted(BOX.centre, np.array([30.0, -20.0]))
    np.testing.assert_allclose(sight.project(moved) - sight.project(BOX.centre), [30, -20])
    flat = ViewProjection(ORBIT.eye, np.diag([0.1, 0.2, 0.01, 1.0]), SIZE)
    np.testing.assert_allclose(flat.project(np.array([1.0, 1.0, 5.0])), [220, 120])


def test_place_that_is_shifted_is_as_deep_and_so_many_pixels_away() -> None:
    sight = seen_from(ORBIT)
    moved = sight.shifted(BOX.corners[0], np.array([12.0, -7.0]))
    np.testing.assert_allclose(sight.project(moved) - sight.project(BOX.corners[0]), [12, -7])
    assert (moved - ORBIT.eye) @ ORBIT.axes[2] == pytest.approx((BOX.corners[0] - ORBIT.eye) @ ORBIT.axes[2])


def test_edges_are_told_apart_by_pixels_beside_each_other_not_along() -> None:
    sight = seen_from(Orbit(azimuth=0.0, elevation=0.0, distance=10.0))
    flat = Box(np.zeros(3), np.array([2.0, 1.0, 1e-9]))
    pixel = 1 / (sight.project(np.array([1.0, 0.0, 0.0])) - sight.project(np.zeros(3)))[0]
    longer = Box(np.zeros(3), np.array([2.5, 1.0, 1e-9]))
    assert set(np.flatnonzero(~sight.edges_apart(longer.corners, flat.corners, 3.0))) == set(along(0))
    for gap, count in ((2.9, 0), (3.1, 8)):
        wider = Box(np.zeros(3), flat.half_extents + gap * pixel * np.array([1.0, 1.0, 0.0]))
        # Edges along z are points: they are apart by the diagonal.
        apart = np.delete(sight.edges_apart(wider.corners, flat.corners, 3.0), along(2))
        assert apart.sum() == count


def test_edges_that_reach_behind_the_eye_are_told_apart() -> None:
    sight = seen_from(ORBIT)
    around = Box(ORBIT.eye, np.array([1.0, 1.0, 1.0]))
    assert sight.edges_apart(around.corners, around.corners, 3.0).any()


def test_sight_is_like_another_of_the_same_camera_and_size() -> None:
    sight = seen_from(ORBIT)
    assert sight.is_like(seen_from(ORBIT)) and not sight.is_like(None)
    assert not sight.is_like(seen_from(ORBIT.turned(0.1, 0.0)))
    assert not sight.is_like(ViewProjection(sight.eye, sight.clip_from_world, (300.0, 300.0)))
