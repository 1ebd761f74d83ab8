"""Tests of convex polygons against formulas and against each other."""

import numpy as np
import pytest
from boxfit.geometry.polygons import convex_polygon, intersect_convex, polygon_area
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

POINTS = arrays(np.float64, st.tuples(st.integers(3, 12), st.just(2)), elements=st.integers(-50, 50).map(float))
SQUARE = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])


def test_intersect_squares_gives_the_common_square() -> None:
    common = intersect_convex(SQUARE, SQUARE + 1)
    assert polygon_area(common) == pytest.approx(1)
    assert {tuple(point) for point in common} == {(1, 1), (2, 1), (2, 2), (1, 2)}


def test_intersect_polygons_apart_gives_nothing() -> None:
    assert polygon_area(intersect_convex(SQUARE, SQUARE + 5)) == 0


def test_convex_polygon_of_points_on_a_line_is_empty() -> None:
    assert len(convex_polygon(np.array([[0.0, 0], [1, 1], [2, 2], [3, 3]]))) == 0


@given(POINTS, POINTS)
def test_intersect_area_is_symmetric_and_no_larger_than_either(first: np.ndarray, second: np.ndarray) -> None:
    a, b = convex_polygon(first), convex_polygon(second)
    areas = [polygon_area(a), polygon_area(b)]
    common = polygon_area(intersect_convex(a, b))
    assert common == pytest.approx(polygon_area(intersect_convex(b, a)), abs=1e-6)
    assert -1e-9 <= common <= min(areas) + 1e-6


@given(POINTS)
def test_intersect_with_itself_gives_the_polygon(points: np.ndarray) -> None:
    polygon = convex_polygon(points)
    assert polygon_area(intersect_convex(polygon, polygon)) == pytest.approx(polygon_area(polygon))


@given(POINTS, st.floats(-np.pi, np.pi))
def test_area_does_not_change_when_turned(points: np.ndarray, angle: float) -> None:
    polygon = convex_polygon(points)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert polygon_area(polygon @ turn.T) == pytest.approx(polygon_area(polygon), abs=1e-6)
