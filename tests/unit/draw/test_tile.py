import numpy as np
import pytest
from boxfit.draw.canvas import AXES, PANEL
from boxfit.draw.tile import make_tile
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette

POSE = np.eye(4)
POSE[2, 3] = -6.0
CAMERA = Camera(POSE, (300.0, 300.0), (160.0, 120.0), (240, 320))
BOX = Box(np.zeros(3), np.array([1.0, 0.7, 0.5]), np.array([0.9, 0.2, 0.3, 0.1]))
SILHOUETTE = Silhouette("0", CAMERA, np.ones((60, 80), dtype=bool), (90, 120))


def test_lines_over_a_picture_fall_on_the_edges_that_the_tile_draws() -> None:
    tile = make_tile(SILHOUETTE, [BOX], None, 400)
    lines = tile.outline(BOX)
    drawn = np.abs(np.asarray(tile.with_box(BOX), dtype=int) - np.asarray(tile.picture, dtype=int)).sum(axis=-1)
    assert len(lines.edges) == 12 and 0 < lines.hidden.sum() < 12
    shares = np.linspace(0.05, 0.95, 19)[:, None]
    for start, end in lines.edges[~lines.hidden]:
        columns, rows = ((start + shares * (end - start)) * 400).astype(int).T
        assert (drawn[rows, columns] > 100).all()


def test_dashes_fall_on_all_edges_and_leave_gaps() -> None:
    tile = make_tile(SILHOUETTE, [BOX], None, 400)
    dashed = tile.with_dashes(BOX)
    drawn = np.abs(np.asarray(dashed.picture, dtype=int) - np.asarray(tile.picture, dtype=int)).sum(axis=-1) > 100
    for start, end in tile.outline(BOX).edges:
        columns, rows = ((start + np.linspace(0.02, 0.98, 97)[:, None] * (end - start)) * 400).astype(int).T
        assert 0.4 < drawn[rows, columns].mean() < 0.9
    assert drawn.sum() < 0.1 * drawn.size


@pytest.mark.parametrize("depth", [5.9999, 6.5, 40.0])
def test_dashes_of_a_box_around_the_camera_or_behind_it_stay_inside_the_picture(depth: float) -> None:
    tile = make_tile(SILHOUETTE, [BOX], None, 100)
    near = Box(np.array([0.0, 0.0, depth]), np.array([1.0, 1.0, 2.0]))
    assert tile.with_dashes(near).picture.size == (100, 100)


def test_silhouette_over_a_picture_encloses_all_edges() -> None:
    lines = make_tile(SILHOUETTE, [BOX], None, 400).outline(BOX)
    assert ((lines.silhouette >= 0) & (lines.silhouette <= 1)).all()
    np.testing.assert_allclose(lines.silhouette.min(axis=0), lines.edges.min(axis=(0, 1)))
    np.testing.assert_allclose(lines.silhouette.max(axis=0), lines.edges.max(axis=(0, 1)))


def test_lines_of_a_box_behind_the_camera_are_none() -> None:
    behind = Box(np.array([0.0, 0.0, 20.0]), BOX.half_extents)
    lines = make_tile(SILHOUETTE, [], None, 400).outline(behind)
    assert len(lines.edges) == len(lines.hidden) == len(lines.silhouette) == 0


def test_axes_are_drawn_from_the_centre_to_the_sides_that_they_name() -> None:
    tile = make_tile(SILHOUETTE, [BOX], None, 400)
    left, top, side = tile.window
    plain, marked = (np.asarray(picture, dtype=int) for picture in (tile.with_box(BOX), tile.with_axes(BOX)))
    changed = np.abs(marked - plain).sum(axis=-1) > 40
    shares = np.linspace(0.1, 0.9, 9)[:, None]
    for axis, colour in enumerate(AXES):
        ends = BOX.centre, BOX.centre + BOX.half_extents[axis] * BOX.rotation[:, axis]
        start, end = (CAMERA.project(np.array(ends)) - (left, top)) * (400 / side)
        columns, rows = (start + shares * (end - start)).astype(int).T
        assert changed[rows, columns].all()
        column, row = (end + 8 * (end - start) / np.linalg.norm(end - start)).astype(int)
        letter = marked[row - 8 : row + 9, column - 8 : column + 9]
        assert (np.abs(letter - colour).max(axis=-1) < 30).sum() > 5
    assert changed.mean() < 0.02


@pytest.mark.parametrize("place", [(0, 0), (150, 0), (0, 240), (179, 239)])
def test_tile_of_a_mask_near_the_border_shows_no_area_outside_the_image(place: tuple[int, int]) -> None:
    silhouette = Silhouette("0", CAMERA, np.ones((60, 80), dtype=bool), place)
    left, top, side = make_tile(silhouette, [], None, 100).window
    assert side == pytest.approx(80 * 1.16)
    assert left >= 0 and top >= 0 and left + side <= 320 and top + side <= 240
    assert left <= place[1] and left + side >= place[1] + 80 and top <= place[0] and top + side >= place[0] + 60


def test_tile_of_a_mask_as_high_as_the_image_has_no_margin_instead_of_an_area_outside() -> None:
    silhouette = Silhouette("0", CAMERA, np.ones((240, 100), dtype=bool), (0, 20))
    assert make_tile(silhouette, [], None, 100).window == (0, 0, 240)


def test_tile_of_a_mask_wider_than_the_image_is_high_centres_the_image_and_tells_it_from_the_outside() -> None:
    silhouette = Silhouette("0", CAMERA, np.ones((100, 320), dtype=bool), (0, 0))
    tile = make_tile(silhouette, [], np.full((240, 320, 3), 255, dtype=np.uint8), 320)
    assert tile.window == (0, -40, 320)
    assert tile.picture.getpixel((10, 10)) == tile.picture.getpixel((300, 310)) == PANEL
    assert tile.picture.getpixel((10, 250)) == (255, 255, 255)
