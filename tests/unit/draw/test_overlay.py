"""Tiles, overlay sheet and animation: positions in the pictures."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.draw.animation import save_history_gif
from boxfit.draw.canvas import BOX as BOX_COLOUR
from boxfit.draw.canvas import MASK, fit_text, text_width, wrap_text
from boxfit.draw.overlay import GAP, HEADER, LINE_HEIGHT, TILE, OverlayView, choose_views, overlay_sheet
from boxfit.draw.tile import make_tile
from boxfit.fitting.loop import FitStep
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from PIL import Image

from tests.scenes import BOX, box_silhouettes

SILHOUETTES = box_silhouettes()


def near(picture: Image.Image, colour: tuple[int, int, int], distance: int = 40) -> np.ndarray:
    """Return True for the pixels of about a colour, shape (height, width)."""
    return np.abs(np.asarray(picture.convert("RGB"), dtype=int) - colour).max(axis=-1) < distance


def test_tile_without_image_shows_the_mask_and_the_box_around_it() -> None:
    tile = make_tile(SILHOUETTES[0], [BOX], None, 200)
    picture = tile.with_box(BOX)
    edges = np.argwhere(near(picture, BOX_COLOUR, 60))
    assert near(tile.picture, MASK).sum() > 50
    # The box is as large as the mask: both have the same margin on the longer side.
    assert edges.min() == pytest.approx(200 * 0.08 / 1.16, abs=5)


def test_tile_with_box_leaves_the_picture_of_the_view_as_it_was() -> None:
    tile = make_tile(SILHOUETTES[0], [BOX], None, 100)
    before = tile.picture.tobytes()
    tile.with_box(BOX)
    assert tile.picture.tobytes() == before


def test_tile_image_shines_through_beside_the_mask() -> None:
    camera = Camera(np.diag([1.0, 1, 1, 1]), (10, 10), (8, 8), (16, 16))
    mask = Silhouette("corner", camera, np.ones((4, 4), bool))
    rgb = np.full((16, 16, 3), (200, 30, 30), np.uint8)
    picture = np.asarray(make_tile(mask, [], rgb, 116).picture)
    assert tuple(picture[110, 112]) == (200, 30, 30)
    assert tuple(picture[50, 50]) != (200, 30, 30)


def test_tile_box_that_reaches_behind_the_camera_is_drawn() -> None:
    huge = Box(SILHOUETTES[0].camera.position, np.full(3, 0.5))
    tile = make_tile(SILHOUETTES[0], [huge], None, 64)
    assert tile.with_box(huge).size == (64, 64)
    # The axes of a box whose centre is no point of the image are left out.
    assert tile.with_axes(huge) == tile.with_box(huge)


def test_choose_views_spreads_them_and_keeps_the_first() -> None:
    chosen = choose_views(SILHOUETTES, 4, first=5)
    assert len(chosen) == 4 and 5 in chosen and chosen == sorted(chosen)
    forward = np.stack([SILHOUETTES[index].camera.forward for index in chosen])
    assert (forward @ forward.T - 2 * np.eye(4)).max() < 0.6


def test_choose_views_more_than_there_are_takes_all() -> None:
    assert choose_views(SILHOUETTES[:3], 8) == [0, 1, 2]


@pytest.mark.parametrize(("count", "columns", "rows"), [(2, 2, 1), (5, 3, 2), (6, 3, 2), (8, 4, 2), (12, 4, 3)])
def test_overlay_sheet_is_a_grid(count: int, columns: int, rows: int) -> None:
    views = [OverlayView(silhouette, "IoU 0.5") for silhouette in SILHOUETTES[:count]]
    sheet = overlay_sheet(views, BOX, "box", "of a test")
    assert sheet.width == pytest.approx(columns * 332, abs=20)
    assert sheet.height == pytest.approx(68 + rows * 362, abs=20)


def test_fit_text_shortens_what_is_too_long() -> None:
    short = fit_text("a very long name of an asset.usd", 14, 100)
    assert text_width(short, 14) <= 100 and short.startswith("a v") and short.endswith("usd")


def test_overlay_sheet_makes_room_for_every_line_of_a_long_verdict() -> None:
    views = [OverlayView(silhouette, "IoU 0.5") for silhouette in SILHOUETTES[:2]]
    one, three = (overlay_sheet(views, BOX, "box", text) for text in ("a verdict", 30 * "a verdict "))
    assert three.width == one.width and three.height - one.height == 2 * LINE_HEIGHT
    below = HEADER + np.array([0, 2 * LINE_HEIGHT])
    np.testing.assert_array_equal(np.asarray(one)[below[0] :], np.asarray(three)[below[1] :])


def test_overlay_sheet_marks_the_axes_in_every_view() -> None:
    sheet = overlay_sheet([OverlayView(silhouette, "") for silhouette in SILHOUETTES[:4]], BOX, "box")
    for index, silhouette in enumerate(SILHOUETTES[:4]):
        x, y = GAP + index * (TILE + GAP), HEADER
        assert sheet.crop((x, y, x + TILE, y + TILE)) == make_tile(silhouette, [BOX], None, TILE).with_axes(BOX)


def test_wrap_text_keeps_every_word_in_lines_of_the_width() -> None:
    text = "z only known to be 0.27 to 0.71 m: nothing sees it from below"
    lines = wrap_text(text, 14, 150)
    assert " ".join(lines) == text and 2 < len(lines) < 5
    assert all(text_width(line, 14) <= 150 for line in lines)
    assert wrap_text("a " + 50 * "long", 14, 100)[0] == "a" and wrap_text("", 14, 100) == []


def test_draw_name_in_any_script_is_drawn() -> None:
    views = [OverlayView(silhouette, "IoU 0.5") for silhouette in SILHOUETTES[:2]]
    assert overlay_sheet(views, BOX, "時計 / часы / ρολόι").size


def test_save_history_shows_first_and_last_step_and_pauses_at_the_end(tmp_path: Path) -> None:
    boxes = [Box(BOX.centre, BOX.half_extents * scale, BOX.quaternion) for scale in np.linspace(0.5, 1, 100)]
    history = [FitStep("tight", index, 99, box, 1 - index / 100) for index, box in enumerate(boxes)]
    views = [(silhouette, None) for silhouette in SILHOUETTES[:2]]
    save_history_gif(tmp_path / "fit.gif", views, history, "box", most_frames=10)
    with Image.open(tmp_path / "fit.gif") as gif:
        assert gif.n_frames == 10
        first = near(gif, BOX_COLOUR, 60).sum()
        gif.seek(9)
        assert near(gif, BOX_COLOUR, 60).sum() > 1.2 * first
        assert gif.info["duration"] == 2000
