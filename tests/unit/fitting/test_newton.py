"""Moves of a box, and the steps of Newton's method."""

import numpy as np
import pytest
from boxfit.errors import FitError
from boxfit.fitting.losses import LossTight
from boxfit.fitting.newton import BoxMoves, NewtonTight
from boxfit.fitting.params import BoxGradient, CameraFrames, quaternion_product
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.render.area import RendererArea
from boxfit.render.outline import box_outlines, near_distances
from boxfit.start.outline import outline
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 5, (96, 96), 0.8))
VIEWS = np.arange(len(SILHOUETTES))
LOSS = LossTight(SILHOUETTES, CameraFrames(SILHOUETTES), np.array([outline(each).perimeter for each in SILHOUETTES]))
SEEDS = st.integers(0, 2**31).map(np.random.default_rng)
STEP = 1e-6


def random_box(generator):
    return Box(generator.normal(size=3), np.exp(generator.normal(size=3)), generator.normal(size=4))


def newton(moves):
    return NewtonTight(SILHOUETTES, LOSS, moves)


def evaluate(box):
    return LOSS(box, RendererArea(SILHOUETTES).areas(LOSS.frames.corners(box, VIEWS), VIEWS))


@pytest.mark.parametrize("axis", [None, np.array([0.6, 0.0, 0.8])])
@given(generator=SEEDS)
@settings(max_examples=20, deadline=None)
def test_derivatives_by_a_move_match_finite_differences(axis, generator):
    box, gradient = random_box(generator), BoxGradient(*generator.normal(size=(3, 3)))
    moves = BoxMoves(random_box(generator), axis)
    by_corner = moves.corners_by_move(box)
    step = generator.normal(size=by_corner.shape[-1])
    ahead, behind = (moves.moved(box, sign * STEP * step) for sign in (1, -1))
    np.testing.assert_allclose((ahead.corners - behind.corners) / (2 * STEP), by_corner @ step, rtol=1e-5, atol=1e-6)
    turn = ahead.rotation @ behind.rotation.T / (4 * STEP)
    change = (
        gradient.centre @ (ahead.centre - behind.centre) / (2 * STEP)
        + gradient.half_extents @ (ahead.half_extents - behind.half_extents) / (2 * STEP)
        + gradient.turn @ [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]
    )
    assert moves.by_move(box, gradient) @ step == pytest.approx(change, rel=1e-5, abs=1e-5)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_moves_are_covariant_in_any_frame(generator):
    box, unit, place = random_box(generator), np.exp(generator.normal()), generator.normal(size=3)
    quaternion = generator.normal(size=4)
    quaternion /= np.linalg.norm(quaternion)
    rotation = matrix_from_quaternion(quaternion)

    def placed(b):
        centre = unit * rotation @ b.centre + place
        return Box(centre, unit * b.half_extents, quaternion_product(quaternion, b.quaternion))

    step = 0.1 * generator.normal(size=9)
    here, other = BoxMoves(box).moved(box, step), BoxMoves(placed(box)).moved(placed(box), step)
    np.testing.assert_allclose(other.corners, placed(here).corners, atol=1e-9 * unit)


def test_move_with_an_axis_turns_about_it_alone():
    axis = np.array([0.6, 0.0, 0.8])
    turn = BoxMoves(BOX, axis).moved(BOX, np.array([*np.zeros(6), 0.2])).rotation @ BOX.rotation.T
    np.testing.assert_allclose(turn @ axis, axis, atol=1e-12)
    assert np.trace(turn) == pytest.approx(1 + 2 * np.cos(0.2))


def test_move_without_turns_keeps_the_rotation():
    moved = BoxMoves(BOX, turns=False).moved(BOX, np.full(6, 0.1))
    np.testing.assert_allclose(moved.quaternion, BOX.quaternion, atol=1e-15)
    assert np.abs(moved.centre - BOX.centre).max() > 0.05


def test_move_that_shrinks_a_box_ever_more_keeps_the_least_half_extent():
    moves, box = BoxMoves(BOX, least=0.25), BOX
    for _ in range(100):
        box = moves.moved(box, np.array([0, 0, 0, -1.0, -1.0, -1.0, 0, 0, 0]))
    np.testing.assert_array_equal(box.half_extents, 0.25)


def test_move_of_a_plate_outwards_does_not_double_its_thickness():
    plate = Box(np.zeros(3), np.array([1.0, 1.0, 0.001]))
    thicker = BoxMoves(plate).moved(plate, np.array([0, 0, 0, 0, 0, 1.0, 0, 0, 0]))
    assert 1 < thicker.half_extents[2] / plate.half_extents[2] < 2


def test_move_without_numbers_is_an_error_and_no_box():
    with pytest.raises(FitError, match="the fit diverged"):
        BoxMoves(BOX).moved(BOX, np.full(9, np.nan))


def test_farthest_shift_of_a_step_is_that_of_the_outlines_themselves():
    box = Box(BOX.centre + 0.004, BOX.half_extents * 1.004, BOX.quaternion)
    moves = BoxMoves(box)
    step, farthest = newton(moves).step(box, *evaluate(box))
    assert 0.05 < farthest < 1
    shifts = []
    for sign in (0, 1e-3):
        corners = LOSS.frames.corners(moves.moved(box, sign * step), VIEWS)
        lines = box_outlines(corners, near_distances(corners))
        focal = np.array([SILHOUETTES[view].camera.focal[0] for view in lines.box])
        shifts.append(focal[:, None, None] * lines.points[..., :2] * [1, -1] / -lines.points[..., 2:])
    along = np.diff(shifts[0], axis=1)[:, 0]
    across = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.linalg.norm(along, axis=1)[:, None]
    moved = np.einsum("kec,kc->ke", shifts[1] - shifts[0], across) / 1e-3
    assert np.abs(moved).max() == pytest.approx(farthest, rel=0.01)


def test_step_from_half_a_pixel_away_is_nearly_at_the_end():
    away = Box(BOX.centre + 0.004, BOX.half_extents * 1.004, BOX.quaternion)
    moves, before = BoxMoves(away), evaluate(away)
    step, _ = newton(moves).step(away, *before)
    after = evaluate(moves.moved(away, step))
    second, _ = newton(moves).step(moves.moved(away, step), *after)
    assert after[0] < before[0] and np.linalg.norm(second) < 0.3 * np.linalg.norm(step)


def test_step_from_far_away_is_limited_to_the_loss():
    away = Box(BOX.centre + 0.5 * BOX.rotation[:, 0], BOX.half_extents, BOX.quaternion)
    value, gradient = evaluate(away)
    _, farthest = newton(BoxMoves(away)).step(away, value, gradient)
    assert value > 5 and farthest <= 2 * value


def test_step_of_a_box_out_of_sight_is_none():
    behind = Box(np.array([0.0, 0.0, 1e4]), np.ones(3))
    step, farthest = newton(BoxMoves(behind)).step(behind, 1.0, BoxGradient(*np.zeros((3, 3))))
    assert not step.any() and farthest == 0
