from dataclasses import replace

import numpy as np
import pytest
from boxfit.geometry.box import CORNER_SIGNS, Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.ui.model.scene_content import SceneContent, ShownBox, ShownCamera
from boxfit.ui.view3d.scene_lines import (
    FRUSTUM_BESIDE,
    FRUSTUM_SIZE,
    bounds_shells,
    box_edges,
    frustum_corners,
    frustum_edges,
    frustum_size,
    ground_grid,
    has_same_surroundings,
    pick_frustum,
    scene_points,
)

BOX = Box(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 1.5]), np.array([0.9, 0.1, 0.3, 0.2]))


def camera(position: tuple[float, float, float] = (0.0, 0.0, 0.0), unit: float = 1.0) -> Camera:
    """Return a camera that looks along -Z; `unit` is the length of the camera's own unit in the world."""
    pose = np.eye(4)
    pose[:3, :3] *= unit
    pose[:3, 3] = position
    return Camera(np.linalg.inv(pose), (200.0, 200.0), (100.0, 50.0), (100, 200))


def test_edges_of_a_box_have_its_lengths() -> None:
    lengths = np.linalg.norm(np.diff(box_edges(BOX), axis=1)[:, 0], axis=-1)
    np.testing.assert_allclose(np.sort(lengths), np.repeat([1.0, 2.0, 3.0], 4))


def test_shells_of_bounds_lie_on_the_outermost_and_innermost_faces() -> None:
    half = BOX.half_extents[:, None]
    bounds = FaceBounds(half - np.array([0.1, 0.2]), half + np.array([0.3, 0.4]))
    for shell, (below, above) in zip(bounds_shells(BOX, bounds), ((0.3, 0.4), (-0.1, -0.2)), strict=True):
        assert shell is not None
        low, high = -BOX.half_extents - below, BOX.half_extents + above
        np.testing.assert_allclose(BOX.to_local(shell), np.where(CORNER_SIGNS > 0, high, low))


def test_shells_of_bounds_that_turn_inside_out_or_have_no_end_are_the_others_alone() -> None:
    half = np.repeat(BOX.half_extents[:, None], 2, axis=1)
    outer, inner = bounds_shells(BOX, FaceBounds(half - 0.6, half + 0.1))
    assert outer is not None and inner is None
    outer, inner = bounds_shells(BOX, FaceBounds(half - 0.1, half + np.inf))
    assert outer is None and inner is not None


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_pyramid_of_a_camera_has_its_field_of_view_and_the_size_asked_for(unit: float) -> None:
    corners = frustum_corners(camera((1.0, 2.0, 3.0), unit), 2.0)
    np.testing.assert_allclose(corners[0], [1, 2, 3])
    np.testing.assert_allclose(corners[1:5, 2], 1.0)
    np.testing.assert_allclose(corners[[1, 3], :2] - [1, 2], [[-1, 0.5], [1, -0.5]])
    assert corners[5, 1] > corners[1, 1] and corners[5, 0] == pytest.approx(1)
    assert frustum_edges(corners).shape == (10, 2, 3)


def test_size_of_pyramids_follows_scene_and_crowd() -> None:
    spread = [camera((0.0, 0.0, 0.0)), camera((100.0, 0.0, 0.0))]
    assert frustum_size(spread, 50.0) == pytest.approx(FRUSTUM_SIZE * 50)
    crowded = [camera((float(x), 0.0, 0.0)) for x in range(20)]
    assert frustum_size(crowded, 50.0) == pytest.approx(0.5)
    assert frustum_size([camera()] * 3, 50.0) == pytest.approx(FRUSTUM_SIZE * 50)


# A pyramid seen from the front, its tip in the middle, and one to its right.
SEEN = np.array([[50, 50], [40, 45], [60, 45], [60, 55], [40, 55], [50, 38]], dtype=np.float64)
TWO = np.stack([SEEN, SEEN + np.array([15, 0])])


@pytest.mark.parametrize(
    ("mouse", "hit"),
    [((45.0, 50.0), 0), ((57.0, 50.0), 0), ((70.0, 50.0), 1), ((37.0, 50.0), 0), ((30.0, 50.0), None)],
    ids=["inside", "inside both", "inside the second", "just beside", "far beside"],
)
def test_pick_takes_the_nearest_pyramid_under_the_mouse(mouse: tuple[float, float], hit: int | None) -> None:
    assert pick_frustum(TWO, mouse, 4.0) == hit


def test_pick_leaves_out_what_is_behind_the_viewer() -> None:
    assert pick_frustum(np.stack([np.full((6, 2), np.nan), SEEN]), (45.0, 50.0), 4.0) == 1


def test_grid_lies_on_the_ground_under_the_scene_with_round_steps() -> None:
    points = np.array([[-3.0, -1.0, 100.0], [5.0, 2.0, 107.0]])
    grid = ground_grid(points, "Y")
    assert (grid[..., 1] == 0).all()
    for axis in (0, 2):
        assert grid[..., axis].min() <= points[0, axis] and grid[..., axis].max() >= points[1, axis]
        np.testing.assert_allclose(np.unique(np.diff(np.unique(grid[..., axis])).round(9)), 1.0)


def test_grid_of_a_scene_above_the_ground_lies_at_its_foot() -> None:
    grid = ground_grid(np.array([[0.0, 0.0, 30.0], [1.0, 1.0, 31.0]]), "Z")
    assert (grid[..., 2] == 30).all()


CONTENT = SceneContent(
    boxes=(ShownBox("box", BOX),),
    cameras=(ShownCamera("0", camera((0.0, 0.0, 9.0))), ShownCamera("1", camera((0.0, 0.0, 8.0)))),
    triangles=np.array([[[0, 0, 0], [-4, 0, 0], [0, 1, 0]]], dtype=np.float32),
)


def test_points_of_a_scene_span_meshes_cameras_and_boxes() -> None:
    points = scene_points(CONTENT)
    np.testing.assert_allclose(points.min(axis=0), [-4, 0, 0])
    np.testing.assert_allclose(points.max(axis=0), [*BOX.corners.max(axis=0)[:2], 9])
    assert scene_points(SceneContent()).shape == (0, 3)
    hidden = replace(CONTENT.boxes[0], visible=False)
    assert scene_points(SceneContent((hidden,))).shape == (0, 3)


def test_surroundings_are_the_same_where_only_box_and_choice_differ() -> None:
    chosen = tuple(
        replace(shown, camera=camera(tuple(shown.camera.position)), chosen=True) for shown in CONTENT.cameras
    )
    other = replace(CONTENT, boxes=(), cameras=chosen, triangles=CONTENT.triangles.copy())
    assert has_same_surroundings(CONTENT, other)


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, up_axis="Z"),
        replace(CONTENT, triangles=CONTENT.triangles + 1),
        replace(CONTENT, outlines=np.ones((1, 2, 3), np.float32)),
        replace(CONTENT, cameras=CONTENT.cameras[:1]),
        replace(CONTENT, cameras=CONTENT.cameras[::-1]),
        replace(CONTENT, cameras=(replace(CONTENT.cameras[0], camera=camera()), CONTENT.cameras[1])),
    ],
    ids=["up axis", "meshes", "outlines", "fewer cameras", "other order", "a camera moved"],
)
def test_surroundings_differ_where_anything_else_does(other: SceneContent) -> None:
    assert not has_same_surroundings(CONTENT, other)


def test_pyramids_are_small_beside_what_the_cameras_look_at() -> None:
    spread = [camera((0.0, 0.0, 0.0)), camera((100.0, 0.0, 0.0))]
    assert frustum_size(spread, 50.0, 2.0) == pytest.approx(FRUSTUM_BESIDE * 2)
    assert frustum_size(spread, 50.0, 50.0) == pytest.approx(FRUSTUM_SIZE * 50)
