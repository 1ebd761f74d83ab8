"""Tests of the 3D view with a real mouse: its drawing, and the effects of clicks, drags and keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.draw.canvas import BOX as ORANGE
from boxfit.geometry.box import BOX_QUADS, Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.ui.model.scene_content import SceneContent, ShownBox, ShownCamera
from PIL import Image

from tests.scenes import BOX, orbit_cameras

CAMERAS = tuple(ShownCamera(f"view {i}", camera, i == 2) for i, camera in enumerate(orbit_cameras(BOX, 8)))
GRID = np.array([[[x, 0, -1], [x, 0, 1]] for x in np.linspace(-1, 1, 21)], dtype=np.float32)
CONTENT = SceneContent((ShownBox("/World/Box", BOX),), CAMERAS, outlines=GRID, up_axis="Z")
ALONE = SceneContent((ShownBox("/World/Box", BOX),))
SMALL = Box(BOX.centre, np.array(BOX.half_extents) / 2, BOX.quaternion)
SOLID = replace(ALONE, triangles=SMALL.corners[np.concatenate([BOX_QUADS[:, [0, 1, 2]], BOX_QUADS[:, [0, 2, 3]]])])


class Opened:
    """A viewport in a window that could be moved and scrolled."""

    def __init__(self, content: SceneContent | None, size: tuple[int, int] = (800, 600)) -> None:
        import omni.ui as ui
        from boxfit.ui.view3d.viewport import Viewport

        self.picked: list[str] = []
        flags = ui.WINDOW_FLAGS_NO_SAVED_SETTINGS
        self.window = ui.Window("view", width=size[0], height=size[1], position_x=20, position_y=30, flags=flags)
        with self.window.frame, ui.ScrollingFrame(identifier="around"), ui.VStack(height=0):
            with ui.Frame(height=size[1] - 80):
                self.viewport = Viewport(self.picked.append)
            ui.Spacer(height=600)
        if content is not None:
            self.viewport.show(content)

    @property
    def orbit(self) -> Any:
        return self.viewport.orbit

    async def place(self, driver: Any, points: np.ndarray) -> np.ndarray:
        """Return the expected positions of world points on the screen, in [px]."""
        area = await driver.find("view3d")
        size = (area.computed_width, area.computed_height)
        return self.orbit.project(points, size) + np.array([area.screen_position_x, area.screen_position_y])

    async def camera_place(self, driver: Any, index: int) -> tuple[float, float]:
        x, y = await self.place(driver, CAMERAS[index].camera.position)
        return float(x), float(y)


async def pixels(driver: Any, folder: Path) -> np.ndarray:
    """Return the pixels of the screen, shape (height, width, 3)."""
    return np.asarray(Image.open(await driver.picture(folder / "screen.png")).convert("RGB"), dtype=int)


def is_orange(colours: np.ndarray) -> np.ndarray:
    return np.abs(colours - ORANGE).sum(axis=-1) < 60


async def test_show_box_draws_its_edges_where_the_camera_projects_them(driver: Any, screen: Any) -> None:
    opened = Opened(CONTENT)
    opened.viewport.frame_box()
    shot = await pixels(driver, screen.folder)
    start, end = np.moveaxis(
        await opened.place(driver, BOX.corners[[[0, 1], [0, 2], [0, 4], [7, 6], [7, 5], [7, 3]]]), 1, 0
    )
    shares = np.linspace(0.1, 0.9, 17)[:, None]
    drawn = []
    for a, b in zip(start, end, strict=True):
        columns, rows = np.round(a + shares * (b - a)).astype(int).T
        near = [shot[rows + dy, columns + dx] for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        drawn.append(np.mean(np.any([is_orange(colours) for colours in near], axis=0)))
    # Of the edges at two opposite corners, three can be behind the box, and are fainter.
    assert sum(share == 1.0 for share in drawn) >= 3, drawn


async def test_show_content_before_layout_frames_all_of_it(driver: Any, screen: Any) -> None:
    opened = Opened(CONTENT)
    area = await driver.find("view3d")
    corners = np.concatenate([BOX.corners, [shown.camera.position for shown in CAMERAS]])
    places = opened.orbit.project(corners, (area.computed_width, area.computed_height))
    assert ((places >= 0) & (places <= (area.computed_width, area.computed_height))).all()
    shot = await pixels(driver, screen.folder)
    assert is_orange(shot).sum() > 100


async def test_click_on_a_camera_picks_its_view_and_on_nothing_none(driver: Any) -> None:
    opened = Opened(CONTENT)
    for index in (0, 5):
        await driver.click_at(*await opened.camera_place(driver, index))
    area = await driver.find("view3d")
    await driver.click_at(area.screen_position_x + 4, area.screen_position_y + 4)
    assert opened.picked == ["view 0", "view 5"]


async def test_hover_over_a_camera_shows_its_name_until_the_mouse_leaves(driver: Any) -> None:
    from omni.ui import testing

    opened = Opened(CONTENT)
    await testing.mouse_move(*await opened.camera_place(driver, 3))
    await driver.settle()
    assert driver.exists("view3d.name") and driver.text_of("view3d.name") == "view 3"
    await testing.mouse_move(5, 5)
    await driver.settle()
    assert not driver.exists("view3d.name")


async def turn(driver: Any) -> None:
    await driver.drag("view3d", 60, 40)


async def pan(driver: Any) -> None:
    await driver.drag("view3d", 60, 40, button=2)


async def pan_with_shift(driver: Any) -> None:
    await driver._hold("Shift", driver.drag("view3d", 60, 40))


async def zoom(driver: Any) -> None:
    await driver.drag("view3d", 0, -50, button=1)


async def wheel(driver: Any) -> None:
    await driver.scroll("view3d", 3)


def moved(before: Any, after: Any) -> set[str]:
    changes = {
        "turn": not np.allclose(before.axes, after.axes),
        "target": not np.allclose(before.target, after.target),
        "distance": not np.isclose(before.distance, after.distance),
    }
    return {name for name, changed in changes.items() if changed}


@pytest.mark.parametrize(
    ("act", "changes"),
    [(turn, {"turn"}), (pan, {"target"}), (pan_with_shift, {"target"}), (zoom, {"distance"}), (wheel, {"distance"})],
)
async def test_mouse_over_the_view_moves_the_camera_alone(
    driver: Any, act: Callable[[Any], Awaitable[None]], changes: set[str]
) -> None:
    opened = Opened(CONTENT)
    around = await driver.find("around")
    before = opened.orbit
    await act(driver)
    assert moved(before, opened.orbit) == changes
    assert (opened.window.position_x, opened.window.position_y, around.scroll_y) == (20, 30, 0)
    assert opened.picked == []


async def test_drag_beyond_the_view_goes_on_and_ends_with_the_button(driver: Any) -> None:
    from omni.ui import testing

    opened = Opened(CONTENT, (400, 400))
    before = opened.orbit
    await driver.drag("view3d", 250, 0)
    area = await driver.find("view3d")
    expected = before.turned(250 / area.computed_height, 0)
    np.testing.assert_allclose(opened.orbit.axes, expected.axes, atol=1e-6)
    assert area.computed_width / 2 < 250
    after = opened.orbit
    await testing.mouse_move(200, 200)
    await testing.mouse_move(260, 220)
    await driver.settle()
    assert moved(after, opened.orbit) == set()


async def test_frame_box_and_frame_all_come_nearer_and_go_back(driver: Any) -> None:
    opened = Opened(CONTENT)
    await driver.settle()
    far = opened.orbit.distance
    await driver.click("view3d.frame_box")
    assert opened.orbit.distance < 0.7 * far
    np.testing.assert_allclose(opened.orbit.target, BOX.centre, atol=0.2)
    await driver.click("view3d.frame_all")
    assert opened.orbit.distance == pytest.approx(far)


async def test_frame_box_of_a_name_shows_that_box_though_another_is_selected(driver: Any) -> None:
    other = Box(BOX.centre + np.array([5.0, 0.0, 0.0]), 0.2 * BOX.half_extents)
    boxes = (ShownBox("mine", BOX, None, selected=False), ShownBox("other", other, None, selected=True))
    opened = Opened(replace(CONTENT, boxes=boxes))
    await driver.settle()
    opened.viewport.frame_box(["mine"])
    np.testing.assert_allclose(opened.orbit.target, BOX.centre, atol=0.2)
    opened.viewport.frame_box(["gone"])
    np.testing.assert_allclose(opened.orbit.target, other.centre, atol=0.2)


async def test_show_a_box_that_moves_makes_no_line_and_keeps_the_camera(
    driver: Any, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omni.ui import scene as sc

    opened = Opened(CONTENT)
    opened.viewport.frame_box()
    before = await pixels(driver, screen.folder)
    orbit, line, made = opened.orbit, sc.Line, []
    monkeypatch.setattr(sc, "Line", lambda *args, **kwargs: made.append(1) or line(*args, **kwargs))
    for step in range(1, 11):
        box = Box(BOX.centre + 0.02 * step, BOX.half_extents * (1 - 0.02 * step), BOX.quaternion)
        opened.viewport.show(replace(CONTENT, boxes=(ShownBox("/World/Box", box),)))
        await driver.settle(1)
    assert made == []
    assert moved(orbit, opened.orbit) == set()
    after = await pixels(driver, screen.folder)
    assert (is_orange(before) & ~is_orange(after)).sum() > 100
    assert (is_orange(after) & ~is_orange(before)).sum() > 100


async def test_show_keeps_the_camera_for_another_choice_and_frames_other_meshes(driver: Any) -> None:
    opened = Opened(CONTENT)
    await turn(driver)
    orbit = opened.orbit
    opened.viewport.show(
        replace(
            CONTENT,
            outlines=GRID.copy(),
            cameras=tuple(replace(shown, chosen=shown.view == "view 6") for shown in CAMERAS),
        )
    )
    await driver.settle()
    assert moved(orbit, opened.orbit) == set()
    opened.viewport.show(SceneContent(outlines=GRID * 1000))
    await driver.settle()
    np.testing.assert_allclose(opened.orbit.target, 0, atol=500)
    assert 1000 < opened.orbit.distance < 20000


async def test_show_bounds_draws_a_shell_that_goes_with_them(driver: Any, screen: Any) -> None:
    half = np.repeat(BOX.half_extents[:, None], 2, axis=1)
    opened = Opened(ALONE)
    without = await pixels(driver, screen.folder)
    bounded = ShownBox("/World/Box", BOX, FaceBounds(half * 0.8, half * 1.1))
    opened.viewport.show(replace(ALONE, boxes=(bounded,)))
    with_bounds = await pixels(driver, screen.folder)
    opened.viewport.show(replace(ALONE, boxes=(ShownBox("/World/Box", BOX),)))
    again = await pixels(driver, screen.folder)
    assert (np.abs(with_bounds - without).sum(axis=-1) > 20).sum() > 500
    assert np.abs(again - without).max() == 0


async def test_lines_near_the_camera_stay_inside_the_view(driver: Any, screen: Any) -> None:
    Opened(CONTENT, (400, 300))
    for _ in range(6):
        await driver.scroll("view3d", 4)
    await pan(driver)
    area = await driver.find("view3d")
    shot = await pixels(driver, screen.folder)
    assert is_orange(shot).any()
    x, y = int(area.screen_position_x), int(area.screen_position_y)
    shot[y : y + int(area.computed_height) + 1, x : x + int(area.computed_width) + 1] = 0
    assert not is_orange(shot).any()


async def test_show_a_note_tells_it_below_the_view(driver: Any) -> None:
    opened = Opened(CONTENT)
    await driver.settle()
    assert not driver.exists("view3d.note")
    opened.viewport.show(replace(CONTENT, note="the meshes have 151,204 triangles: their bounds are shown"))
    await driver.settle()
    assert "151,204" in driver.text_of("view3d.note")


async def test_show_nothing_has_nothing_to_frame_or_pick(driver: Any) -> None:
    opened = Opened(SceneContent())
    await driver.click("view3d")
    await driver.click("view3d.frame_all")
    assert not (await driver.find("view3d.frame_box")).enabled
    assert opened.picked == []


async def test_a_destroyed_view_is_deaf(driver: Any) -> None:
    opened = Opened(CONTENT)
    place = await opened.camera_place(driver, 0)
    orbit = opened.orbit
    opened.viewport.destroy()
    await driver.click_at(*place)
    await wheel(driver)
    assert opened.picked == [] and opened.orbit is orbit


async def test_camera_far_from_the_origin_is_drawn_as_near_it(driver: Any, screen: Any) -> None:
    """Check a position 10,000 km away in centimetres, where single precision would lose the box."""
    away = np.array([1e9, 0.0, -1e9])
    opened = Opened(ALONE)
    near = await pixels(driver, screen.folder)
    far_box = Box(BOX.centre + away, BOX.half_extents, BOX.quaternion)
    opened.viewport.show(replace(ALONE, boxes=(ShownBox("/World/Box", far_box),)))
    opened.viewport.frame_all()
    far = await pixels(driver, screen.folder)
    changed = is_orange(near) != is_orange(far)
    assert changed.sum() < 0.1 * is_orange(near).sum()


async def test_camera_of_other_units_is_drawn_at_its_place(driver: Any, screen: Any) -> None:
    centimetres = np.diag([100.0, 100.0, 100.0, 1.0])
    cameras = tuple(
        replace(
            shown,
            camera=Camera(
                centimetres @ shown.camera.camera_from_world,
                shown.camera.focal,
                shown.camera.principal,
                shown.camera.resolution,
            ),
        )
        for shown in CAMERAS
    )
    opened = Opened(CONTENT)
    usual = await pixels(driver, screen.folder)
    opened.viewport.show(replace(CONTENT, cameras=cameras))
    assert np.abs(await pixels(driver, screen.folder) - usual).max() < 3


async def test_cameras_are_switched_off_and_are_off_where_they_are_many(driver: Any, screen: Any) -> None:
    opened = Opened(CONTENT)
    await driver.settle(5)
    x, y = await opened.camera_place(driver, 0)
    await driver.click("view3d.cameras")
    await driver.click_at(x, y)
    assert not opened.picked
    chosen = await opened.camera_place(driver, 2)
    await driver.click_at(*chosen)
    assert opened.picked == ["view 2"]
    many = tuple(ShownCamera(f"many {i}", camera, i == 2) for i, camera in enumerate(orbit_cameras(BOX, 51)))
    opened.viewport.show(CONTENT)
    await driver.click("view3d.cameras")
    opened.viewport.show(replace(CONTENT, cameras=many))
    await driver.settle()
    assert not (await driver.find("view3d.cameras")).model.as_bool
    opened.viewport.show(CONTENT)
    assert (await driver.find("view3d.cameras")).model.as_bool


def is_surface(colours: np.ndarray) -> np.ndarray:
    """Return True for the bluish grey of shaded surfaces, which no line has over so wide an area."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    return (red > 45) & (blue > red) & (blue < 1.3 * red) & (np.abs(green - (red + blue) / 2) < 8)


async def view_pixels(driver: Any, folder: Path) -> np.ndarray:
    """Return the pixels of the screen, black beside the view."""
    area = await driver.find("view3d")
    x, y = round(area.screen_position_x), round(area.screen_position_y)
    rows, columns = slice(y, y + round(area.computed_height)), slice(x, x + round(area.computed_width))
    shot, seen = await pixels(driver, folder), np.zeros((800, 1280, 3), dtype=int)
    seen[rows, columns] = shot[rows, columns]
    return seen


async def at_rest(driver: Any, opened: Opened, folder: Path) -> np.ndarray:
    """Return the pixels of the view once the picture of the surface is smooth."""
    await driver.settle(5)
    task = opened.viewport._surface._task
    await driver.wait(lambda: task is None or task.done())
    return await view_pixels(driver, folder)


async def outline(driver: Any, opened: Opened, corners: np.ndarray) -> np.ndarray:
    """Return the area that corners span on the screen: left, top, right, bottom, in [px]."""
    places = await opened.place(driver, corners)
    return np.concatenate([places.min(axis=0), places.max(axis=0)])


def spanned(mask: np.ndarray) -> np.ndarray:
    """Return the area of a mask without its thin lines: left, top, right, bottom, in [px]."""
    wide = mask.copy()
    for axis in (0, 1):
        wide &= np.roll(mask, 1, axis) & np.roll(mask, -1, axis)
    rows, columns = np.nonzero(wide)
    return np.array([columns.min() - 1, rows.min() - 1, columns.max() + 2, rows.max() + 2])


@pytest.mark.parametrize("content", [SOLID, replace(ALONE, hull=SOLID.triangles)], ids=["meshes", "hull"])
async def test_surface_is_shaded_where_it_is_below_the_edges_of_its_box(
    driver: Any, screen: Any, content: SceneContent
) -> None:
    opened = Opened(ALONE)
    before = await at_rest(driver, opened, screen.folder)
    opened.viewport.show(content)
    opened.viewport.frame_all()
    after = await at_rest(driver, opened, screen.folder)
    assert not is_surface(before).any()
    np.testing.assert_allclose(spanned(is_surface(after)), await outline(driver, opened, SMALL.corners), atol=3)
    # No edge in front is covered, and what is behind shines through.
    assert is_orange(after).sum() >= 0.95 * is_orange(before).sum()
    opened.viewport.show(ALONE)
    assert np.abs(await at_rest(driver, opened, screen.folder) - before).max() < 60


async def test_surface_follows_the_mouse_and_is_smooth_when_the_camera_rests(driver: Any, screen: Any) -> None:
    opened = Opened(SOLID)
    still = await at_rest(driver, opened, screen.folder)
    for dx, dy in ((60, 40), (-200, -30)):
        await driver.drag("view3d", dx, dy)
        moving = await view_pixels(driver, screen.folder)
        expected = await outline(driver, opened, SMALL.corners)
        # A pixel of this picture has two of the view, and thin corners are left out here.
        np.testing.assert_allclose(spanned(is_surface(moving)), expected, atol=7)
        rested = await at_rest(driver, opened, screen.folder)
        np.testing.assert_allclose(spanned(is_surface(rested)), expected, atol=6)
        changed = np.abs(rested - moving).max(axis=-1) > 10
        # The pictures differ at outlines alone: both show the same side of the same thing.
        assert 20 < changed.sum() < 0.2 * is_surface(rested).sum()
    assert (np.abs(rested - still).max(axis=-1) > 10).sum() > 1000


async def test_camera_behind_the_surface_is_neither_drawn_over_it_nor_picked(driver: Any, screen: Any) -> None:
    opened = Opened(SOLID)
    await driver.settle(5)
    back, pose = opened.orbit.axes[2], np.eye(4)
    pose[:3, 3] = BOX.centre - 3.0 * back
    lens = CAMERAS[0].camera
    behind = ShownCamera("behind", Camera(np.linalg.inv(pose), lens.focal, lens.principal, lens.resolution))
    drawn = {}
    for name, content in (("without", SOLID), ("solid", replace(SOLID, cameras=(behind,))), ("empty", ALONE)):
        content = replace(content, cameras=(behind,)) if name != "without" else content
        opened.viewport.show(content)
        opened.viewport.frame_box()
        drawn[name] = await at_rest(driver, opened, screen.folder)
        await driver.click_at(*map(float, (await opened.place(driver, pose[None, :3, 3]))[0]))
        assert opened.picked == (["behind"] if name == "empty" else [])
    here = is_surface(drawn["without"])
    # It is framed alike: the frame is the box's.
    assert here.sum() > 3000 and (np.abs(drawn["solid"] - drawn["without"]).max(axis=-1)[here] > 12).mean() < 0.02


async def test_lines_of_the_ground_do_not_show_through_a_surface(driver: Any, screen: Any) -> None:
    opened = Opened(replace(SOLID, boxes=()))
    shot = await at_rest(driver, opened, screen.folder)
    left, top, right, bottom = spanned(is_surface(shot))
    grid = shot[top:bottom, left:right].reshape(-1, 3)
    # Sides of one colour each, their smooth outlines, and the ground with its lines around them.
    colours, counts = np.unique(grid[is_surface(grid)], axis=0, return_counts=True)
    assert np.sort(counts)[-3:].sum() > 0.97 * counts.sum(), len(colours)


@pytest.mark.parametrize(("fine", "part"), [(20_000, 1 / 2), (1, 1 / 3)], ids=["coarse mesh", "fine mesh"])
async def test_picture_of_the_surface_has_fewer_pixels_in_motion_and_never_more_than_can_be_drawn_soon(
    driver: Any, monkeypatch: pytest.MonkeyPatch, fine: int, part: float
) -> None:
    from boxfit.ui.view3d import surface_picture

    monkeypatch.setattr(surface_picture, "_FINE_MESH", fine)
    monkeypatch.setattr(surface_picture, "_MOST_PIXELS", 90_000)
    sizes, shade = [], surface_picture.shade
    monkeypatch.setattr(
        surface_picture, "shade", lambda *args: (sizes.append(shade(*args).rgba.shape[:2]), shade(*args))[1]
    )
    opened = Opened(SOLID)
    await driver.settle(5)
    await driver.wait(lambda: opened.viewport._surface._task.done())
    area = await driver.find("view3d")
    assert np.prod(sizes[-1]) == pytest.approx(90_000, rel=0.02)
    assert sizes[-1][1] / sizes[-1][0] == pytest.approx(area.computed_width / area.computed_height, rel=0.01)
    still = sizes[-1]
    sizes.clear()
    await driver.drag("view3d", 40, 10)
    task = opened.viewport._surface._task
    await driver.wait(lambda: task.done())
    np.testing.assert_allclose(sizes[0], np.multiply(still, part), atol=1)
    assert sizes[-1] == still and opened.viewport._surface.shading.rgba.shape[:2] == still
