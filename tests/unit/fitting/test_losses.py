import numpy as np
import pytest
from boxfit.fitting.losses import LossNotebook, LossTight
from boxfit.fitting.params import CameraFrames, turned
from boxfit.geometry.box import Box
from boxfit.render.area import RendererArea
from boxfit.start.start_box import start_box
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 5, (96, 96), 0.8))
FRAMES, RENDERER = CameraFrames(SILHOUETTES), RendererArea(SILHOUETTES)
START = start_box(SILHOUETTES)
VIEWS = np.arange(len(SILHOUETTES))


def evaluate(loss, box, views=VIEWS):
    return loss(box, RENDERER.areas(FRAMES.corners(box, views), views), views)


def losses():
    return LossNotebook(SILHOUETTES, FRAMES, 1.0, 0.05), LossTight(SILHOUETTES, FRAMES, START, 1e4)


@pytest.mark.parametrize("index", [0, 1])
@given(seed=st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_gradient_at_any_box_matches_finite_differences(index, seed):
    generator = np.random.default_rng(seed)
    nudge = 0.05 * generator.normal(size=9)
    box = Box(BOX.centre + nudge[:3], BOX.half_extents * np.exp(nudge[3:6]), turned(BOX.quaternion, nudge[6:]))
    direction = generator.normal(size=9)
    loss, step = losses()[index], 1e-6

    def value(t):
        moved = Box(
            box.centre + t * direction[:3],
            box.half_extents + t * direction[3:6],
            turned(box.quaternion, t * direction[6:]),
        )
        return evaluate(loss, moved)[0]

    gradient = evaluate(loss, box)[1]
    parts = np.concatenate([gradient.centre, gradient.half_extents, gradient.turn])
    numeric = (value(step) - value(-step)) / (2 * step)
    assert numeric == pytest.approx(parts @ direction, abs=2e-4 * (1 + np.abs(parts).sum()))


def test_notebook_loss_of_perfect_box_is_what_its_formula_says():
    image = 96 * 96
    mask = np.array([silhouette.area for silhouette in SILHOUETTES])
    value, _ = evaluate(losses()[0], BOX)
    assert value == pytest.approx(np.mean(1 - mask / image + 0.05 * mask / image), abs=5e-3)


def test_notebook_loss_is_the_mean_over_the_batch():
    loss = losses()[0]
    both, gradient = evaluate(loss, BOX, np.array([1, 3]))
    first, second = (evaluate(loss, BOX, np.array([view])) for view in (1, 3))
    assert both == pytest.approx((first[0] + second[0]) / 2)
    np.testing.assert_allclose(gradient.turn, (first[1].turn + second[1].turn) / 2, atol=1e-12)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("side", (-1, 1))
def test_tight_loss_of_box_that_leaves_contacts_outside_pulls_the_face_outwards(axis, side):
    loss = losses()[1]
    inwards = 0.1 * START.box.half_extents[axis]
    half_extents = START.box.half_extents - inwards / 2 * np.eye(3)[axis]
    centre = START.box.centre - side * inwards / 2 * START.box.rotation[:, axis]
    value, gradient = evaluate(loss, Box(centre, half_extents, START.box.quaternion))
    assert value > evaluate(loss, START.box)[0]
    outward = side * gradient.centre @ START.box.rotation[:, axis] + gradient.half_extents[axis]
    assert outward < 0


def test_tight_loss_of_larger_box_pulls_every_face_inwards():
    loss = losses()[1]
    larger = Box(START.box.centre, START.box.half_extents * 1.3, START.box.quaternion)
    assert (evaluate(loss, larger)[1].half_extents > 0).all()
    assert evaluate(loss, larger)[0] > evaluate(loss, START.box)[0]
