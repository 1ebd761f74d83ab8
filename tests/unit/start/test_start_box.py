"""Start box: near the truth, within its bounds, and independent of position and scale."""

import numpy as np
import pytest
from boxfit.errors import FitError
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.start_box import start_box
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from bench.cameras import look_at
from bench.masks import add_noise, hide_third
from bench.metrics import faces_held
from tests.scenes import BOX, box_silhouettes, orbit_cameras, shape_silhouettes


def moved(silhouettes, world_from_frame: np.ndarray) -> list[Silhouette]:
    """Move the world of silhouettes by a similarity; the images stay the same."""
    inverse = np.linalg.inv(world_from_frame)
    return [Silhouette(s.view, s.camera.moved(inverse), s.mask, s.origin) for s in silhouettes]


def matched_sizes(a: Box, b: Box) -> np.ndarray:
    return np.sort(a.size) / np.sort(b.size)


def protrusion(box: Box, points: np.ndarray) -> float:
    return float(np.abs(box.to_local(points) / box.half_extents).max())


def share_of_faces_held(start, truth: Box) -> float:
    return float(faces_held(start.box, start.bounds, truth.corners).mean())


def holds_true_faces(start, truth: Box) -> bool:
    return share_of_faces_held(start, truth) == 1


@pytest.fixture(scope="module")
def views():
    return box_silhouettes()


def test_start_box_of_a_box_is_that_box_within_its_bounds(views):
    start = start_box(views)
    assert abs(start.box.volume / BOX.volume - 1) < 0.03
    assert protrusion(start.box, BOX.corners) < 1.01
    assert holds_true_faces(start, BOX)
    assert not start.dropped and not start.undetermined and start.misses == 0


@given(st.floats(-3, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_start_box_under_a_similarity_is_the_moved_box(views, log_scale, seed):
    generator = np.random.default_rng(seed)
    matrix = np.eye(4)
    matrix[:3, :3] = 10**log_scale * matrix_from_quaternion(generator.normal(size=4))
    matrix[:3, 3] = generator.normal(size=3) * 10 ** (log_scale + 3)
    first, second = start_box(views), start_box(moved(views, matrix))
    # The orientation search starts from other axes relative to the object, so results agree to its tolerance only.
    np.testing.assert_allclose(matched_sizes(second.box, first.box), 10**log_scale, rtol=5e-3)
    place = matrix[:3, :3] @ first.box.centre + matrix[:3, 3]
    np.testing.assert_allclose(second.box.centre, place, atol=3e-3 * float(np.linalg.norm(second.box.half_extents)))


def test_start_box_twice_is_the_same_to_the_last_bit(views):
    first, second = start_box(views, seed=3), start_box(views, seed=3)
    np.testing.assert_array_equal(first.box.corners, second.box.corners)


def test_start_box_in_another_view_order_is_the_same_box(views):
    first, second = start_box(views), start_box(views[::-1])
    np.testing.assert_allclose(np.sort(first.box.size), np.sort(second.box.size), rtol=2e-3)


def test_start_box_upright_keeps_one_axis_along_up():
    upright = Box([1.0, 2.0, 3.0], [0.9, 0.5, 0.3], [np.cos(0.3), 0.0, np.sin(0.3), 0.0])
    start = start_box(box_silhouettes(upright, orbit_cameras(upright)), align="up", up=(0.0, 2.0, 0.0))
    assert np.isclose(np.abs(start.box.rotation[1]), [0.0, 1.0, 0.0], atol=1e-9).all()
    np.testing.assert_allclose(matched_sizes(start.box, upright), 1.0, atol=0.05)


def test_start_box_along_the_axes_is_not_turned(views):
    start = start_box(views, align="axes")
    np.testing.assert_array_equal(start.box.rotation, np.eye(3))
    half = np.ptp(BOX.corners, axis=0) / 2
    np.testing.assert_allclose(start.box.half_extents, half, rtol=0.03)


def test_start_box_of_partly_hidden_masks_is_that_of_whole_ones(views):
    generator = np.random.default_rng(1)
    hidden = [Silhouette(s.view, s.camera, s.mask.copy(), s.origin) for s in views]
    for index in (2, 8):
        part = hide_third(generator, views[index].mask)
        hidden[index] = Silhouette(views[index].view, views[index].camera, part, views[index].origin)
    start = start_box(hidden)
    assert set(start.dropped) <= {"2", "8"} and start.dropped
    assert abs(start.box.volume / BOX.volume - 1) < 0.06
    assert any("contradict" in warning for warning in start.warnings)


def test_start_box_of_wobbling_masks_is_not_as_large_as_their_bumps():
    views = box_silhouettes(BOX, orbit_cameras(BOX, 16, (512, 512)))
    volumes, held = [], []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        noisy = []
        for s in views:
            mask = add_noise(generator, np.pad(s.mask, 8))
            noisy.append(Silhouette(s.view, s.camera, _largest(mask), (s.origin[0] - 8, s.origin[1] - 8)))
        start = start_box(noisy)
        volumes.append(start.box.volume / BOX.volume)
        assert start.support.margin > 1.5 * start.support.pixel
        held.append(share_of_faces_held(start, BOX))
    assert np.mean(held) > 0.9
    assert abs(np.mean(volumes) - 1) < 0.055


def _largest(mask: np.ndarray) -> np.ndarray:
    parts, _ = label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return parts == sizes.argmax()


def test_start_box_seen_from_one_side_warns_and_has_wide_bounds():
    cameras = [
        look_at(BOX.centre + np.array([3 * np.sin(a), 0.5, 6.0]), BOX.centre, (0.0, 1.0, 0.0), (256, 256))
        for a in np.linspace(-0.5, 0.5, 8)
    ]
    start = start_box(box_silhouettes(BOX, cameras))
    assert any("one side" in warning for warning in start.warnings)
    assert start.undetermined
    assert holds_true_faces(start, BOX)


def test_start_box_of_few_views_is_tight_at_corners_and_leaves_room_where_outlines_are_round():
    beyond = {}
    for shape, count in (("cube", 3), ("cushion", 4)):
        start = start_box(shape_silhouettes(shape, count))
        beyond[shape] = start.box.volume / start.box_of(start.box, "proven").volume
    assert beyond["cube"] < 1.09 and beyond["cushion"] > 1.5


def test_start_box_of_two_views_has_bounds_that_hold_the_box():
    cameras = orbit_cameras(BOX)
    start = start_box(box_silhouettes(BOX, [cameras[0], cameras[3]]))
    assert holds_true_faces(start, BOX)


def test_start_box_of_a_rod_that_points_at_the_cameras_has_bounds_as_long_as_the_rod():
    rod = Box([0.0, 0.0, 0.0], [0.1, 0.1, 2.0])
    cameras = [look_at(np.array([x, 0.0, 9.0]), rod.centre, (0.0, 1.0, 0.0), (512, 512)) for x in (-0.4, 0.0, 0.4)]
    start = start_box(box_silhouettes(rod, cameras), align="axes")
    assert holds_true_faces(start, rod) and 2 in start.undetermined


def test_start_box_of_views_that_the_border_cuts_is_that_of_whole_ones():
    views = box_silhouettes(BOX, orbit_cameras(BOX, 24, fill=1.4, seed=1))
    start = start_box(views)
    assert abs(start.box.volume / BOX.volume - 1) < 0.05 and not start.left_out
    assert holds_true_faces(start, BOX)


def test_start_box_of_an_edge_on_plate_uses_masks_of_one_pixel():
    plate = Box([0.0, 0.0, 0.0], [1.0, 0.8, 0.002])
    around = [5.0 * np.array([np.cos(a), 0.0, np.sin(a)]) for a in np.radians(np.arange(0.0, 180.0, 20.0))]
    cameras = [look_at(place, plate.centre, (0.0, 1.0, 0.0), (255, 255)) for place in [*around, np.array([3, 3, 3.0])]]
    views = box_silhouettes(plate, cameras)
    assert min(min(s.mask.shape) for s in views) == 1
    start = start_box(views, align="axes")
    assert start.box.half_extents[2] < 2 * start.support.pixel and holds_true_faces(start, plate)


def test_start_box_of_masks_that_fill_the_image_is_refused(views):
    full = [Silhouette(s.view, s.camera, np.ones(s.camera.resolution, dtype=bool)) for s in views]
    with pytest.raises(FitError, match="0 of 12 masks show an edge"):
        start_box(full)


@pytest.mark.parametrize("distances", [(3.0, 4.0, 5.0, 6.0), (4.0, 4.5), (2.5, 3.0, 8.0)])
def test_start_box_of_cameras_in_a_row_is_refused(distances):
    cameras = [
        look_at(BOX.centre + np.array([d, 0.0, 0.0]), BOX.centre, (0.0, 1.0, 0.0), (256, 256)) for d in distances
    ]
    with pytest.raises(FitError, match="same line"):
        start_box(box_silhouettes(BOX, cameras))


def test_start_box_of_one_view_is_refused(views):
    with pytest.raises(
        FitError, match="1 of 1 masks show an edge of the object inside the image: a box needs two views or more"
    ):
        start_box(views[:1])


def test_start_box_of_cameras_on_one_line_is_refused(views):
    with pytest.raises(FitError, match="same line"):
        start_box([views[0], views[0], views[0]])


def test_start_box_of_shuffled_cameras_is_refused(views):
    cameras = [s.camera for s in views]
    shuffled = [Silhouette(s.view, c, s.mask, s.origin) for s, c in zip(views, cameras[5:] + cameras[:5], strict=True)]
    with pytest.raises(FitError, match="contradict each other"):
        start_box(shuffled)


def test_start_box_with_one_wrong_camera_leaves_its_view_out(views):
    wrong = views[3].camera.camera_from_world.copy()
    wrong[0, 3] += 0.3
    camera = Camera(wrong, views[3].camera.focal, views[3].camera.principal, views[3].camera.resolution)
    mixed = [*views[:3], Silhouette(views[3].view, camera, views[3].mask, views[3].origin), *views[4:]]
    start = start_box(mixed)
    assert start.left_out == (views[3].view,)
    assert any(f"views ({views[3].view}) contradict all others" in warning for warning in start.warnings)
    np.testing.assert_allclose(matched_sizes(start.box, BOX), 1.0, atol=0.03)


def test_start_box_of_cameras_that_look_away_is_refused(views):
    turn = np.diag([-1.0, 1.0, -1.0, 1.0])
    away = []
    for s in views:
        camera = Camera(turn @ s.camera.camera_from_world, s.camera.focal, s.camera.principal, s.camera.resolution)
        away.append(Silhouette(s.view, camera, s.mask[:, ::-1], s.origin))
    with pytest.raises(FitError, match="behind most cameras"):
        start_box(away)
