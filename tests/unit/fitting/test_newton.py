import numpy as np
import pytest
from boxfit.fitting.losses import LossTight
from boxfit.fitting.newton import NewtonTight
from boxfit.fitting.params import BoxGradient, BoxMoves, CameraFrames
from boxfit.geometry.box import Box
from boxfit.render.area import RendererArea
from boxfit.render.outline import box_outlines, near_distances
from boxfit.start.outline import outline

from tests.scenes import BOX, box_silhouettes, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 5, (96, 96), 0.8))
VIEWS = np.arange(len(SILHOUETTES))
LOSS = LossTight(SILHOUETTES, CameraFrames(SILHOUETTES), np.array([outline(each).perimeter for each in SILHOUETTES]))


def newton(moves):
    return NewtonTight(SILHOUETTES, LOSS, moves)


def evaluate(box):
    return LOSS(box, RendererArea(SILHOUETTES).areas(LOSS.frames.corners(box, VIEWS), VIEWS))


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
