"""Tests of the shaded pictures of the 3D view."""

import numpy as np
import pytest
from boxfit.geometry.box import BOX_QUADS
from boxfit.ui.view3d.orbit import Orbit
from boxfit.ui.view3d.shading import COLOUR, shade

from tests.scenes import BOX

SIZE = (300.0, 200.0)
BLOCK = BOX.corners[np.concatenate([BOX_QUADS[:, [0, 1, 2]], BOX_QUADS[:, [0, 2, 3]]])]


def look(triangles: np.ndarray, **turn: float) -> Orbit:
    return Orbit(up_axis="Z", **turn).framed(triangles.reshape(-1, 3), SIZE[0] / SIZE[1], 1.0)


def square(depth: float, half: float = 1.0) -> np.ndarray:
    """Return a square that a camera of no turn sees frontally, at a depth along the X axis towards it."""
    corners = np.array([(depth, y, z) for y, z in ((-half, -half), (half, -half), (half, half), (-half, half))])
    return corners[[(0, 1, 2), (0, 2, 3)]]


FRONT = Orbit(azimuth=0.0, elevation=0.0, up_axis="Z", distance=10.0)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25])
@pytest.mark.parametrize("azimuth", [0.3, 2.0, 4.0])
def test_picture_is_where_the_camera_projects_the_surface(azimuth: float, scale: float) -> None:
    orbit = look(BLOCK, azimuth=azimuth)
    shading = shade(BLOCK, orbit, SIZE, scale)
    assert shading.rgba.shape == (200 * scale, 300 * scale, 4)
    places = orbit.project(BOX.corners, SIZE)
    rows, columns = np.nonzero(shading.rgba[..., 3])
    for seen, axis in ((columns, 0), (rows, 1)):
        assert seen.min() / scale == pytest.approx(places[:, axis].min(), abs=1.5 / scale)
        assert (seen.max() + 1) / scale == pytest.approx(places[:, axis].max(), abs=1.5 / scale)
    # Of a box at most three sides are seen, each of one colour.
    assert 1 <= len(np.unique(shading.rgba[shading.rgba[..., 3] > 0], axis=0)) <= 3


def test_nearer_surface_hides_the_farther_one_whatever_their_order_and_winding() -> None:
    near, far = square(1.0, 0.5), square(0.0)[:, ::-1]
    pictures = [shade(np.concatenate(parts), FRONT, SIZE) for parts in ([near, far], [far, near], [near[:, ::-1], far])]
    for picture in pictures:
        assert picture.depth[100, 150] == pytest.approx(9.0) and picture.depth.min() == pytest.approx(9.0)
        edge = round(float(FRONT.project(np.array([0.0, 0.8, 0.0]), SIZE)[0]))
        assert picture.depth[100, edge] == pytest.approx(10.0)
        np.testing.assert_array_equal(picture.rgba, pictures[0].rgba)


def test_side_that_faces_the_light_is_brighter() -> None:
    up, down = (
        shade(square(0.0) @ turn.T, FRONT, SIZE).rgba[100, 150, :3].astype(int)
        for turn in (np.array([[1, 0, a], [0, 1, 0], [-a, 0, 1]]) for a in (-0.7, 0.7))
    )
    assert (up > down + 30).all() and (up <= COLOUR).all()


def test_mean_of_samples_smooths_outlines_alone() -> None:
    turned = square(0.0) @ np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]).T
    sharp, smooth = shade(turned, FRONT, SIZE), shade(turned, FRONT, SIZE, averaged=2)
    assert smooth.rgba.shape == sharp.rgba.shape and smooth.depth.shape == sharp.depth.shape
    partly = (smooth.rgba[..., 3] > 0) & (smooth.rgba[..., 3] < 255)
    assert 50 < partly.sum() < 500 and np.isin(sharp.rgba[..., 3], (0, 255)).all()
    np.testing.assert_array_equal(smooth.rgba[100, 150], sharp.rgba[100, 150])
    # An outline fades out in its own colour, not towards black.
    assert (np.abs(smooth.rgba[partly].astype(int) - sharp.rgba[100, 150])[:, :3] <= 1).all()


def test_points_behind_the_surface_are_hidden() -> None:
    shading = shade(square(0.0), FRONT, SIZE)
    middle, beside, outside = (150.0, 100.0), (5.0, 5.0), (500.0, -3.0)
    pixels = np.array([middle, middle, beside, outside, (np.nan, np.nan)])
    np.testing.assert_array_equal(
        shading.hides(pixels, np.array([11.0, 9.0, 11.0, 11.0, 11.0])), [True, False, False, False, False]
    )


def test_surface_around_and_behind_the_eye_is_drawn_where_it_is_in_front() -> None:
    floor = np.array([[(-50, -50, -1), (50, -50, -1), (50, 50, -1)], [(-50, -50, -1), (50, 50, -1), (-50, 50, -1)]])
    shading = shade(floor.astype(float), FRONT, SIZE)
    assert (shading.rgba[:100, :, 3] == 0).all() and (shading.rgba[130:, :, 3] == 255).all()
    assert not shade(floor + np.array([100.0, 0.0, 0.0]), FRONT, SIZE).rgba.any()
    assert not shade(np.zeros((0, 3, 3)), FRONT, SIZE).rgba.any()
