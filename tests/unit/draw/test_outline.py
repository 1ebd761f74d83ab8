"""Projection of a box's silhouette and edges."""

import numpy as np
from boxfit.draw.outline import box_axes, outline
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import polygon_area

from tests.scenes import BOX, orbit_cameras

FRONT = Camera(np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -4], [0, 0, 0, 1]]), (100, 100), (50, 50), (100, 100))


def test_outline_box_in_front_shows_nine_edges_at_most() -> None:
    for camera in orbit_cameras(BOX):
        drawn = outline(BOX, camera)
        assert len(drawn.edges) == 12
        # Three visible faces hide the three edges at the far corner, two hide five edges, a single face hides eight.
        assert drawn.hidden.sum() in (3, 5, 8)


def test_outline_box_seen_head_on_is_its_near_face() -> None:
    drawn = outline(Box([0, 0, 0], [1, 1, 1]), FRONT)
    assert drawn.hidden.sum() == 8
    near_side = 2 * 100 / 3
    assert np.isclose(polygon_area(drawn.silhouette), near_side**2)


def test_outline_box_behind_the_camera_is_empty() -> None:
    drawn = outline(Box([0, 0, 20], [1, 1, 1]), FRONT)
    assert len(drawn.silhouette) == len(drawn.edges) == 0


def test_outline_box_around_the_camera_is_cut_and_finite() -> None:
    drawn = outline(Box([0, 0, 0], [1, 1, 10]), FRONT)
    assert 0 < len(drawn.edges) < 12
    assert np.isfinite(drawn.edges).all()


def test_axes_of_a_box_go_from_its_centre_to_its_faces() -> None:
    axes = box_axes(BOX)
    np.testing.assert_allclose(axes[:, 0], np.broadcast_to(BOX.centre, (3, 3)))
    np.testing.assert_allclose(BOX.to_local(axes[:, 1]), np.diag(BOX.half_extents), atol=1e-12)
