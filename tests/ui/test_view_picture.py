"""Tests of the picture of a view with live lines, against the same picture drawn by Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.draw.canvas import BOX as ORANGE
from boxfit.draw.tile import Tile, make_tile
from boxfit.geometry.box import Box
from PIL import Image

from tests.scenes import BOX, box_silhouettes

SIDE = 640
SILHOUETTE = box_silhouettes()[1]


def tile() -> Tile:
    return make_tile(SILHOUETTE, [BOX], None, SIDE)


def rgba(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGBA"))


def open_picture(width: int) -> Any:
    """Return a picture between two labels, in a column like the panel's."""
    import omni.ui as ui
    from boxfit.ui.panel.view_picture import ViewPicture

    flags = ui.WINDOW_FLAGS_NO_SAVED_SETTINGS | ui.WINDOW_FLAGS_NO_SCROLLBAR
    window = ui.Window("picture", width=width + 8, height=780, position_x=10, position_y=10, flags=flags)
    with window.frame, ui.VStack(height=0):
        ui.Label("above", height=20)
        picture = ViewPicture()
        ui.Label("below", height=20, identifier="below")
    return picture


async def seen(driver: Any, folder: Path) -> np.ndarray:
    """Return the part of the screen with the picture, shape (height, width, 3)."""
    widget = await driver.find("view_picture")
    left, top = round(widget.screen_position_x), round(widget.screen_position_y)
    area = (left, top, left + round(widget.computed_width), top + round(widget.computed_height))
    shot = Image.open(await driver.picture(folder / "screen.png")).convert("RGB")
    return np.asarray(shot.crop(area), dtype=int)


def is_orange(colours: np.ndarray) -> np.ndarray:
    return np.abs(colours - ORANGE).sum(axis=-1) < 70


@pytest.mark.parametrize("width", [280, 450, 640])
async def test_picture_with_lines_looks_like_the_one_that_pillow_draws(driver: Any, screen: Any, width: int) -> None:
    picture = open_picture(width)
    picture.show_picture(rgba(tile().picture))
    picture.show_lines(tile().outline(BOX))
    shot = await seen(driver, screen.folder)
    assert shot.shape[0] == shot.shape[1] and abs(shot.shape[1] - width) <= 1
    drawn = tile().with_box(BOX).resize((shot.shape[1], shot.shape[0]), Image.Resampling.BOX)
    expected = np.asarray(drawn, dtype=int)
    assert np.abs(shot - expected).mean() < 6
    # Every line of each picture is within 2 px of a line of the other.
    for first, second in ((shot, expected), (expected, shot)):
        rows, columns = np.nonzero(is_orange(first))
        places = [
            is_orange(second)[np.clip(rows + dy, 0, len(second) - 1), np.clip(columns + dx, 0, len(second) - 1)]
            for dx in range(-2, 3)
            for dy in range(-2, 3)
        ]
        assert len(rows) > 200 and np.any(places, axis=0).mean() > 0.98


async def test_show_lines_of_a_box_that_moves_moves_them_alone(driver: Any, screen: Any) -> None:
    picture = open_picture(400)
    picture.show_picture(rgba(tile().picture))
    without = await seen(driver, screen.folder)
    picture.show_lines(tile().outline(BOX))
    before = await seen(driver, screen.folder)
    smaller = Box(BOX.centre, BOX.half_extents * 0.6, BOX.quaternion)
    picture.show_lines(tile().outline(smaller))
    after = await seen(driver, screen.folder)
    assert is_orange(before).sum() > 1.3 * is_orange(after).sum() > 200
    assert not (is_orange(before) & is_orange(after)).all()
    picture.show_lines(None)
    assert np.abs(await seen(driver, screen.folder) - without).max() == 0


async def test_show_lines_far_beyond_the_picture_draws_nothing_beside_it(driver: Any, screen: Any) -> None:
    picture = open_picture(300)
    picture.show_picture(rgba(tile().picture))
    towards = SILHOUETTE.camera.position - BOX.centre
    close = Box(BOX.centre + 0.8 * towards, BOX.half_extents * 3, BOX.quaternion)
    lines = tile().outline(close)
    assert np.abs(lines.edges).max() > 3
    picture.show_lines(lines)
    shot = np.array(Image.open(await driver.picture(screen.folder / "screen.png")).convert("RGB"), dtype=int)
    widget = await driver.find("view_picture")
    x, y = round(widget.screen_position_x), round(widget.screen_position_y)
    shot[y : y + round(widget.computed_height), x : x + round(widget.computed_width)] = 0
    assert not is_orange(shot).any()


async def test_show_another_picture_replaces_it_with_its_own_proportions(driver: Any, screen: Any) -> None:
    picture = open_picture(400)
    picture.show_picture(rgba(tile().picture))
    await driver.settle()
    wide = np.zeros((200, 600, 4), dtype=np.uint8)
    wide[..., 3] = 255
    wide[:100, :, 0] = 255
    wide[100:, :, 2] = 255
    picture.show_picture(wide)
    shot = await seen(driver, screen.folder)
    assert abs(shot.shape[1] - 3 * shot.shape[0]) <= 3
    middle = shot[:, shot.shape[1] // 2]
    np.testing.assert_array_equal(middle[len(middle) // 4], [255, 0, 0])
    np.testing.assert_array_equal(middle[3 * len(middle) // 4], [0, 0, 255])
    below = await driver.find("below")
    widget = await driver.find("view_picture")
    assert below.screen_position_y == pytest.approx(widget.screen_position_y + shot.shape[0], abs=1.5)


async def test_show_no_picture_shows_no_lines_either_until_there_is_one(driver: Any, screen: Any) -> None:
    picture = open_picture(300)
    picture.show_lines(tile().outline(BOX))
    assert not is_orange(await seen(driver, screen.folder)).any()
    picture.show_picture(rgba(tile().picture))
    assert is_orange(await seen(driver, screen.folder)).any()
    picture.show_picture(None)
    assert np.ptp((await seen(driver, screen.folder)).reshape(-1, 3), axis=0).max() == 0


class ListProvider:
    """Image provider without `set_data_array`, as in old versions of Kit."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def set_bytes_data(self, data: Any, size: list[int]) -> None:
        assert isinstance(data, list)
        self._provider.set_bytes_data(data, size)


async def test_show_picture_without_the_quick_way_draws_the_same(driver: Any, screen: Any) -> None:
    picture = open_picture(300)
    values = rgba(tile().picture)
    picture.show_picture(values)
    quick = await seen(driver, screen.folder)
    picture.show_picture(np.zeros_like(values))
    assert np.abs(await seen(driver, screen.folder) - quick).max() > 50
    picture._provider = ListProvider(picture._provider)
    picture.show_picture(values)
    assert np.abs(await seen(driver, screen.folder) - quick).max() == 0
