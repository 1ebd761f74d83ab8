from dataclasses import replace

import numpy as np
import pytest
from boxfit.types import Box, Camera, FaceBounds
from boxfit.ui.model.scene_content import SceneContent, ShownBox, ShownCamera
from boxfit.ui.view3d.scene_lines import (
    FRUSTUM_SIZE,
    bounds_edges,
    box_axes,
    box_edges,
    frustum_corners,
    frustum_edges,
    frustum_size,
    ground_grid,
    has_same_surroundings,
    pick_frustum,
    scene_points,
    size_places,
)

BOX = Box(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 1.5]), np.array([0.9, 0.1, 0.3, 0.2]))


def camera(position: tuple[float, float, float] = (0.0, 0.0, 0.0), unit: float = 1.0) -> Camera:
    """Looks along -Z; `unit` is the length of the camera's own unit in the world."""
    pose = np.eye(4)
    pose[:3, :3] *= unit
    pose[:3, 3] = position
    return Camera(np.linalg.inv(pose), (200.0, 200.0), (100.0, 50.0), (100, 200))


def test_edges_of_a_box_have_its_lengths() -> None:
    lengths = np.linalg.norm(np.diff(box_edges(BOX), axis=1)[:, 0], axis=-1)
    np.testing.assert_allclose(np.sort(lengths), np.repeat([1.0, 2.0, 3.0], 4))


def test_edges_of_bounds_lie_on_the_innermost_and_outermost_faces() -> None:
    half = BOX.half_extents[:, None]
    bounds = FaceBounds(half - np.array([0.1, 0.2]), half + np.array([0.3, 0.4]))
    local = BOX.to_local(bounds_edges(BOX, bounds))
    assert local.shape == (24, 2, 3)
    for axis in range(3):
        low, high = BOX.half_extents[axis] * np.array([-1, 1])
        places = np.unique(local[..., axis].round(9))
        np.testing.assert_allclose(places, [low - 0.3, low + 0.1, high - 0.2, high + 0.4])


def test_edges_of_bounds_too_tight_to_be_seen_are_none() -> None:
    half = np.repeat(BOX.half_extents[:, None], 2, axis=1)
    assert len(bounds_edges(BOX, FaceBounds(half - 1e-3, half + 1e-3))) == 0


def test_edges_of_bounds_that_turn_inside_out_are_the_outer_ones_alone() -> None:
    half = np.repeat(BOX.half_extents[:, None], 2, axis=1)
    assert len(bounds_edges(BOX, FaceBounds(half - 0.6, half + 0.1))) == 12


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
    wireframe=np.array([[[0, 0, 0], [-4, 0, 0]]], dtype=np.float32),
)


def test_points_of_a_scene_span_meshes_cameras_and_boxes() -> None:
    points = scene_points(CONTENT)
    np.testing.assert_allclose(points.min(axis=0), [-4, 0, 0])
    np.testing.assert_allclose(points.max(axis=0), [*BOX.corners.max(axis=0)[:2], 9])
    assert scene_points(SceneContent()).shape == (0, 3)


def test_surroundings_are_the_same_where_only_box_and_choice_differ() -> None:
    chosen = tuple(replace(one, camera=camera(tuple(one.camera.position)), chosen=True) for one in CONTENT.cameras)
    other = replace(CONTENT, boxes=(), cameras=chosen, wireframe=CONTENT.wireframe.copy())
    assert has_same_surroundings(CONTENT, other)


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, up_axis="Z"),
        replace(CONTENT, wireframe=CONTENT.wireframe + 1),
        replace(CONTENT, cameras=CONTENT.cameras[:1]),
        replace(CONTENT, cameras=CONTENT.cameras[::-1]),
        replace(CONTENT, cameras=(replace(CONTENT.cameras[0], camera=camera()), CONTENT.cameras[1])),
    ],
    ids=["up axis", "meshes", "fewer cameras", "other order", "a camera moved"],
)
def test_surroundings_differ_where_anything_else_does(other: SceneContent) -> None:
    assert not has_same_surroundings(CONTENT, other)


def test_axes_of_a_box_go_from_its_centre_to_its_faces() -> None:
    axes = box_axes(BOX)
    np.testing.assert_allclose(axes[:, 0], np.broadcast_to(BOX.centre, (3, 3)))
    np.testing.assert_allclose(BOX.to_local(axes[:, 1]), np.diag(BOX.half_extents), atol=1e-12)


@pytest.mark.parametrize("eye", [(9.0, 7.0, 8.0), (-6.0, 1.0, 0.5), (1.0, 2.0, 20.0)])
def test_lengths_stand_beside_edges_of_the_silhouette_along_their_axes(eye: tuple[float, float, float]) -> None:
    local = BOX.to_local(size_places(BOX, np.array(eye)))
    for axis, place in enumerate(local):
        # In the middle of an edge along the axis, and outside of the box.
        assert place[axis] == pytest.approx(0.0, abs=1e-12)
        others = np.delete(np.abs(place) / BOX.half_extents, axis)
        assert (others > 1).all()


def test_lengths_seen_from_within_the_box_stand_at_the_nearest_edges() -> None:
    inside = BOX.centre + BOX.rotation @ (0.5 * BOX.half_extents)
    local = BOX.to_local(size_places(BOX, inside))
    assert all((np.delete(place, axis) > 0).all() for axis, place in enumerate(local))
