import numpy as np
import pytest
from boxfit.fitting.losses import LossNotebook, LossTight
from boxfit.fitting.params import CameraFrames, turned
from boxfit.geometry.box import Box
from boxfit.render.area import RendererArea
from boxfit.start.outline import outline
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 5, (96, 96), 0.8))
FRAMES, RENDERER = CameraFrames(SILHOUETTES), RendererArea(SILHOUETTES)
VIEWS = np.arange(len(SILHOUETTES))
BORDERS = np.array([outline(silhouette).perimeter for silhouette in SILHOUETTES])


def evaluate(loss, box, views=VIEWS):
    areas = RENDERER.areas(FRAMES.corners(box, views), views)
    return loss(box, areas) if isinstance(loss, LossTight) else loss(box, areas, views)


def losses():
    return LossNotebook(SILHOUETTES, FRAMES, 1.0, 0.05), LossTight(SILHOUETTES, FRAMES, BORDERS)


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


def test_tight_loss_of_the_true_box_is_what_rounding_to_pixels_makes():
    value, _ = evaluate(losses()[1], BOX)
    assert value == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("side", (-1, 1))
@pytest.mark.parametrize("away", [-0.1, 0.1])
def test_tight_loss_pulls_a_face_from_inside_and_outside_to_its_place(axis, side, away):
    loss = losses()[1]
    shift = away * BOX.half_extents[axis]
    half_extents = BOX.half_extents + shift / 2 * np.eye(3)[axis]
    centre = BOX.centre + side * shift / 2 * BOX.rotation[:, axis]
    value, gradient = evaluate(loss, Box(centre, half_extents, BOX.quaternion))
    assert value > evaluate(loss, BOX)[0]
    outward = side * gradient.centre @ BOX.rotation[:, axis] + gradient.half_extents[axis]
    assert bool(outward > 0) is (away > 0)


def test_tight_loss_of_a_box_that_is_two_pixels_larger_is_as_far_from_the_masks():
    pixel = np.mean([-(s.camera.camera_from_world @ [*BOX.centre, 1])[2] / s.camera.focal[0] for s in SILHOUETTES])
    larger = Box(BOX.centre, BOX.half_extents + 2 * pixel, BOX.quaternion)
    # A side of a silhouette belongs to two faces, and moves by up to sqrt(3) of their distance.
    assert 2 < evaluate(losses()[1], larger)[0] < 2 * np.sqrt(3)
