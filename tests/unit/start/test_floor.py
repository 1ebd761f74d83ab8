"""A known floor closes the bounds of what stands on it; one that the object reaches below is not used."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.start_box import start_box

from bench.cameras import look_at
from tests.scenes import box_silhouettes

UP = np.array([0.0, 0.0, 1.0])
CRATE = Box(np.array([3.0, -1.0, 0.4]), np.array([0.7, 0.5, 0.4]))
"""It stands at a height of 0."""


def views_from_above(count: int = 10) -> Sequence[Silhouette]:
    """Views at elevations of 35 to 60 degrees: none sees the bottom edge-on."""
    cameras = []
    for index in range(count):
        azimuth, elevation = 2 * np.pi * index / count, np.radians(35 + 25 * (index % 2))
        towards = [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
        cameras.append(look_at(CRATE.centre + 5 * np.array(towards), CRATE.centre, (0.0, 0.0, 1.0), (256, 256)))
    return box_silhouettes(CRATE, cameras)


VIEWS = views_from_above()


def heights(floor: float | None) -> tuple[float, float]:
    """Heights that the bottom is bounded by."""
    start = start_box(VIEWS, "axes", UP, floor=floor)
    assert start.align == "axes"
    inner, outer = start.bounds.inner[2, 0], start.bounds.outer[2, 0]
    return start.box.centre[2] - outer, start.box.centre[2] - inner


def test_floor_bounds_the_bottom_of_what_stands_on_it():
    (free_low, _), (low, high) = heights(None), heights(0.0)
    pixel = VIEWS[0].camera.focal[0] ** -1 * 5
    assert free_low < -0.1 and -2 * pixel < low < 0 <= high < 0.1
    start = start_box(VIEWS, "axes", UP, floor=0.0)
    assert start.box.volume / CRATE.volume == pytest.approx(1, abs=0.04)


def test_box_of_what_comes_near_the_floor_ends_there():
    pixel = VIEWS[0].camera.focal[0] ** -1 * 5
    for views in (VIEWS, VIEWS[:3]):
        box = start_box(views, "axes", UP, floor=0.0).box
        assert abs(box.centre[2] - box.half_extents[2]) < 0.1 * pixel
    # Too far below for it to stand there.
    box, without = (start_box(VIEWS, "axes", UP, floor=floor).box for floor in (-0.25, None))
    np.testing.assert_allclose(box.corners, without.corners, atol=pixel)


def test_floor_far_below_changes_nothing():
    one, other = start_box(VIEWS, "auto", UP), start_box(VIEWS, "auto", UP, floor=-100.0)
    np.testing.assert_allclose(other.box.corners, one.box.corners, atol=1e-6)
    np.testing.assert_allclose(other.bounds.outer, one.bounds.outer, atol=1e-6)


def test_floor_that_the_masks_reach_below_is_not_used_and_a_warning_says_down_to_where_they_do():
    start, without = start_box(VIEWS, "axes", UP, floor=0.2), start_box(VIEWS, "axes", UP)
    (warning,) = start.warnings
    assert re.fullmatch(r"the masks show it down to a height of 0\.0\d*, below the floor at 0\.2, .*not used", warning)
    np.testing.assert_array_equal(start.bounds.outer, without.bounds.outer)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_floor_is_in_the_units_of_the_cameras_and_along_any_up(scale):
    frame = np.eye(4)
    # The other world's y is up, and its unit and place are others: world_from_frame.
    frame[:3, :3] = scale * np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    frame[:3, 3] = 1, 2, 3
    moved = [replace(view, camera=view.camera.moved(frame)) for view in VIEWS]
    floor = (0.0 - frame[2, 3]) / scale
    start, same = start_box(VIEWS, "axes", UP, floor=0.0), start_box(moved, "axes", (0, 1, 0), floor=floor)
    np.testing.assert_allclose(np.sort(same.box.size) * scale, np.sort(start.box.size), rtol=1e-3)
    assert same.bounds.outer[1, 0] * scale == pytest.approx(start.bounds.outer[2, 0], rel=1e-3)
