import math

import numpy as np
import pytest
from boxfit.geometry.box import CORNER_SIGNS
from boxfit.ui.view3d.orbit import FARTHEST, HIGHEST, MARGIN, NEAREST, Orbit
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

coordinates = st.floats(-1, 1)
aspects = st.floats(0.2, 5)
axes = st.sampled_from(["Y", "Z"])


@st.composite
def orbits(draw: st.DrawFn) -> Orbit:
    return Orbit(
        target=draw(arrays(np.float64, 3, elements=coordinates)) * 100,
        distance=draw(st.floats(0.1, 50)),
        azimuth=draw(st.floats(-math.pi, math.pi)),
        elevation=draw(st.floats(-HIGHEST, HIGHEST)),
        up_axis=draw(axes),
        scene_size=10.0,
    )


def clip_places(orbit: Orbit, points: np.ndarray, aspect: float) -> np.ndarray:
    """Project points with both matrices of omni.ui.scene: row vectors, then divided."""
    view, projection = (np.reshape(floats, (4, 4)) for floats in (orbit.view(), orbit.projection(aspect)))
    clip = np.column_stack([points, np.ones(len(points))]) @ view @ projection
    return clip[:, :3] / clip[:, 3:]


@given(
    orbits(), arrays(np.float64, (5, 3), elements=coordinates), st.sampled_from([1e-3, 1.0, 1e6]), aspects,
    st.sampled_from([0.0, 1e4]),
)  # fmt: skip
def test_frame_points_at_any_aspect_puts_all_inside(
    orbit: Orbit, points: np.ndarray, unit: float, aspect: float, away: float
) -> None:
    points = (points + away) * unit
    size = float(np.linalg.norm(np.ptp(points, axis=0))) or unit
    framed = orbit.framed(points, aspect, size)
    places = clip_places(framed, points, aspect)
    assert (np.abs(places) <= 1 + 1e-6).all()
    np.testing.assert_allclose(framed.axes, orbit.axes)


@given(orbits(), aspects)
def test_frame_a_cube_leaves_no_more_than_the_margins_free(orbit: Orbit, aspect: float) -> None:
    places = clip_places(orbit.framed(CORNER_SIGNS, aspect, 3.0), CORNER_SIGNS, aspect)[:, :2]
    low, high = places.min(axis=0), places.max(axis=0)
    # The cube touches the margins at two opposite borders.
    assert (np.isclose(low, 2 * MARGIN - 1) & np.isclose(high, 1 - 2 * MARGIN)).any()


@given(orbits(), arrays(np.float64, (4, 3), elements=coordinates), aspects)
def test_project_points_agrees_with_the_matrices(orbit: Orbit, points: np.ndarray, aspect: float) -> None:
    points = orbit.target + points * orbit.distance / 2
    x, y = clip_places(orbit, points, aspect)[:, :2].T
    height = 400.0
    expected = np.column_stack([(1 + x) / 2 * height * aspect, (1 - y) / 2 * height])
    np.testing.assert_allclose(orbit.project(points, (height * aspect, height)), expected, atol=1e-6)


def test_project_point_behind_the_camera_is_not_a_number() -> None:
    orbit = Orbit()
    assert np.isnan(orbit.project(orbit.eye + orbit.axes[2], (100, 100))).all()


@given(orbits(), st.floats(-2, 2), st.floats(-2, 2))
def test_turn_keeps_distance_and_target_in_the_middle_and_the_horizon_level(orbit: Orbit, dx: float, dy: float) -> None:
    turned = orbit.turned(dx, dy)
    assert np.linalg.norm(turned.eye - turned.target) == pytest.approx(orbit.distance)
    np.testing.assert_allclose(turned.project(orbit.target, (200, 100)), [100, 50], atol=1e-6)
    right, up, back = turned.axes
    height = 1 if orbit.up_axis == "Y" else 2
    assert right[height] == pytest.approx(0) and up[height] > 0
    np.testing.assert_allclose(np.cross(right, up), back, atol=1e-12)


def test_turn_to_the_right_moves_what_is_in_front_to_the_right() -> None:
    orbit = Orbit()
    front = orbit.target + 0.2 * orbit.axes[2]
    x, y = orbit.turned(0.1, 0.1).project(front, (200, 200))
    assert x > 101 and y > 101


@given(orbits(), st.floats(-1, 1), st.floats(-1, 1))
def test_pan_keeps_the_target_under_the_mouse(orbit: Orbit, dx: float, dy: float) -> None:
    place = orbit.panned(dx, dy).project(orbit.target, (300, 200))
    np.testing.assert_allclose(place, [150 + dx * 200, 100 + dy * 200], atol=1e-6)


@given(orbits(), st.floats(1e-9, 1e9))
def test_zoom_stays_between_the_limits(orbit: Orbit, factor: float) -> None:
    zoomed = orbit.zoomed(factor)
    assert NEAREST * 10 <= zoomed.distance <= FARTHEST * 10
    if NEAREST * 10 < orbit.distance * factor < FARTHEST * 10:
        assert zoomed.distance == pytest.approx(orbit.distance * factor)
