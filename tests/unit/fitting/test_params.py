import numpy as np
import pytest
from boxfit.errors import FitError
from boxfit.fitting.params import (
    Adam,
    BoxGradient,
    BoxMoves,
    CameraFrames,
    ParametersRaw,
    quaternion_gradient,
    quaternion_product,
    turned,
)
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import matrix_from_quaternion
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes

SILHOUETTES = box_silhouettes()[:3]
SEEDS = st.integers(0, 2**31).map(np.random.default_rng)
STEP = 1e-6


def random_box(generator):
    return Box(generator.normal(size=3), np.exp(generator.normal(size=3)), generator.normal(size=4))


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_pull_back_of_any_corner_gradient_matches_finite_differences(generator):
    box, views = random_box(generator), np.array([2, 0])
    frames, weights = CameraFrames(SILHOUETTES), generator.normal(size=(2, 8, 3))
    gradient = frames.pull_back(box, weights, views)
    move, grow, turn = generator.normal(size=(3, 3))

    def value(step):
        moved = Box(box.centre + step * move, box.half_extents + step * grow, turned(box.quaternion, step * turn))
        return (weights * frames.corners(moved, views)).sum()

    numeric = (value(STEP) - value(-STEP)) / (2 * STEP)
    analytic = gradient.centre @ move + gradient.half_extents @ grow + gradient.turn @ turn
    np.testing.assert_allclose(numeric, analytic, rtol=1e-6, atol=1e-6)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_quaternion_gradient_of_any_length_matches_finite_differences(generator):
    quaternion, point, weight = generator.normal(size=4), generator.normal(size=3), generator.normal(size=3)

    def value(q):
        return weight @ matrix_from_quaternion(q) @ point

    turn = np.cross(matrix_from_quaternion(quaternion) @ point, weight)
    numeric = [(value(quaternion + d) - value(quaternion - d)) / (2 * STEP) for d in STEP * np.eye(4)]
    np.testing.assert_allclose(quaternion_gradient(turn, quaternion), numeric, rtol=1e-5, atol=1e-6)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_quaternion_product_of_two_rotations_is_the_second_followed_by_the_first(generator):
    a, b = generator.normal(size=(2, 4))
    product = matrix_from_quaternion(quaternion_product(a, b))
    np.testing.assert_allclose(product, matrix_from_quaternion(a) @ matrix_from_quaternion(b), atol=1e-12)


def test_turned_by_a_quarter_about_z_takes_x_to_y():
    quaternion = turned(np.array([1.0, 0, 0, 0]), np.array([0, 0, np.pi / 2]))
    np.testing.assert_allclose(matrix_from_quaternion(quaternion) @ [1, 0, 0], [0, 1, 0], atol=1e-15)


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


def test_descend_in_raw_parameters_first_steps_by_the_rate_against_the_gradient():
    gradient = BoxGradient(np.array([1.0, -2.0, 3.0]), np.array([1.0, 1.0, -5.0]), np.array([0.3, 0.2, -0.1]))
    parameters = ParametersRaw(BOX)
    parameters.descend(gradient, 0.05)
    np.testing.assert_allclose(parameters.box.centre - BOX.centre, [-0.05, 0.05, -0.05], rtol=1e-6)
    np.testing.assert_allclose(parameters.box.half_extents / BOX.half_extents, [0.95, 0.95, 1.05], rtol=1e-6)


def test_descend_that_diverges_is_an_error_and_no_box_without_numbers():
    with pytest.raises(FitError, match="the fit diverged"), np.errstate(invalid="ignore"):
        ParametersRaw(BOX).descend(BoxGradient(np.full(3, np.inf), np.ones(3), np.ones(3)), 1.0)


def test_adam_equals_torch(torch_module):
    torch = torch_module
    generator = np.random.default_rng(0)
    target, values = generator.normal(size=4), np.zeros(4)
    theirs = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer, adam = torch.optim.Adam([theirs], lr=0.1), Adam(4)
    for _ in range(30):
        values = values + adam.step(4 * (values - target) ** 3, 0.1)
        optimizer.zero_grad()
        ((theirs - torch.tensor(target)) ** 4).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(values, theirs.detach().numpy(), atol=1e-9)


def test_descend_in_raw_parameters_against_a_pull_that_never_ends_does_not_grow_beyond_zero():
    parameters = ParametersRaw(BOX)
    inwards = BoxGradient(np.zeros(3), np.ones(3), np.zeros(3))
    for _ in range(100):  # Twenty steps of this rate take a scale to zero.
        parameters.descend(inwards, 0.05)
    assert (parameters.box.half_extents < 0.8 * BOX.half_extents).all()
