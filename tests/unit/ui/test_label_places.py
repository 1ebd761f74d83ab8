"""Tests of label places: beside their box, inside the view, not over each other."""

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.polygons import convex_polygon
from boxfit.ui.view3d.label_places import label_places
from boxfit.ui.view3d.orbit import Orbit
from boxfit.ui.view3d.view_projection import ViewProjection
from PIL import Image, ImageDraw

SIZE = (600.0, 500.0)
TEXTS = [(110.0, 15.0)] * 3
BOX = Box(np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.5]), np.array([0.9, 0.1, 0.3, 0.2]))


def seen_from(azimuth: float, elevation: float, distance: float) -> ViewProjection:
    orbit = Orbit(BOX.centre, distance, azimuth, elevation)
    return ViewProjection.from_rows(orbit.view(), orbit.projection(SIZE[0] / SIZE[1]), orbit.eye, SIZE)


def covered(sight: ViewProjection, area: np.ndarray) -> int:
    """Count the pixels of an area that the silhouette of the box covers."""
    picture = Image.new("1", (int(SIZE[0]), int(SIZE[1])))
    ImageDraw.Draw(picture).polygon([tuple(corner) for corner in convex_polygon(sight.project(BOX.corners))], fill=1)
    return int(np.asarray(picture.crop(tuple(int(edge) for edge in area))).sum())


@pytest.mark.parametrize("azimuth", np.linspace(-3, 3, 7))
@pytest.mark.parametrize("elevation", [-1.2, -0.3, 0.4, 1.3])
def test_lengths_stand_outside_of_the_box_in_the_view_and_apart(azimuth: float, elevation: float) -> None:
    sight = seen_from(azimuth, elevation, 16.0)
    places = label_places(BOX, BOX.corners, sight, TEXTS)
    areas = [place.area for place in places if place is not None]
    assert len(areas) == 3
    for area in areas:
        assert (area[:2] >= 0).all() and (area[2:] <= SIZE).all()
        assert covered(sight, area) == 0
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert (areas[first][:2] >= areas[second][2:]).any() or (areas[second][:2] >= areas[first][2:]).any()


def test_point_and_side_of_a_text_say_where_its_area_is() -> None:
    sight = seen_from(0.5, 0.4, 16.0)
    for place in label_places(BOX, BOX.corners, sight, TEXTS):
        assert place is not None
        shares = (1 - np.array(place.side)) / 2
        anchor = place.area[:2] + shares * (place.area[2:] - place.area[:2])
        np.testing.assert_allclose(sight.project(place.point), anchor, atol=1e-6)


@pytest.mark.parametrize("distance", [1.5, 3.0, 5.0])
def test_lengths_of_a_box_larger_than_the_view_are_in_the_view(distance: float) -> None:
    sight = seen_from(0.5, 0.4, distance)
    places = [place for place in label_places(BOX, BOX.corners, sight, TEXTS) if place is not None]
    assert places
    for place in places:
        assert (place.area[:2] >= 0).all() and (place.area[2:] <= SIZE).all()


def test_lengths_give_way_to_what_is_written_already() -> None:
    sight = seen_from(0.5, 0.4, 16.0)
    (before, *_) = label_places(BOX, BOX.corners, sight, TEXTS)
    assert before is not None
    (after, *_) = label_places(BOX, BOX.corners, sight, TEXTS, [before.area])
    assert after is not None
    assert (after.area[:2] >= before.area[2:]).any() or (before.area[:2] >= after.area[2:]).any()


def test_box_behind_the_viewer_has_no_lengths() -> None:
    orbit = Orbit(BOX.centre + 100.0, 10.0)
    behind = Orbit(BOX.centre + 30.0 * orbit.axes[2], 5.0)
    sight = ViewProjection.from_rows(behind.view(), behind.projection(1.2), behind.eye, SIZE)
    assert not np.isnan(sight.project(BOX.corners)).any()
    away = ViewProjection(sight.eye, sight.clip_from_world * np.array([[1], [1], [1], [-1]]), SIZE)
    assert label_places(BOX, BOX.corners, away, TEXTS) == [None] * 3
