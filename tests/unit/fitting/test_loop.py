from dataclasses import replace
from itertools import chain, islice, pairwise

import numpy as np
import pytest
from boxfit.errors import FitError
from boxfit.fitting.loop import fit_notebook, fit_tight
from boxfit.fitting.params import quaternion_product
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.settings import FitSettings
from boxfit.start.outline import outline
from boxfit.start.start_box import start_box

from tests.scenes import BOX, box_silhouettes, orbit_cameras, shape_silhouettes

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 9, (128, 128), 0.8))
START = start_box(SILHOUETTES)


def tight(silhouettes=SILHOUETTES, start=START, most_steps=30):
    return list(fit_tight(silhouettes, borders(silhouettes), RendererArea(silhouettes), start, most_steps))


def borders(silhouettes):
    return np.array([outline(silhouette).perimeter for silhouette in silhouettes])


def notebook(silhouettes=SILHOUETTES, start=None, **settings):
    settings = FitSettings(method="notebook", **settings)
    return list(fit_notebook(silhouettes, RendererArea(silhouettes), start, settings))


def worst_corner(box, truth=BOX):
    """Return the greatest distance from a true corner to the box's nearest corner, in half diagonals."""
    distance = np.linalg.norm(box.corners[:, None] - truth.corners, axis=-1).min(axis=0).max()
    return distance / np.linalg.norm(truth.half_extents)


def test_fit_tight_of_a_box_reaches_its_corners():
    steps = tight()
    assert worst_corner(steps[-1].box) < 0.012
    assert steps[-1].loss <= steps[0].loss


def test_fit_tight_from_beside_the_truth_returns_to_it():
    # Of few views, the start box's own likely places would be off beside the truth.
    silhouettes = box_silhouettes(BOX, orbit_cameras(BOX, 16, (192, 192), 0.8))
    beside = Box(BOX.centre + 0.02, BOX.half_extents * [1.03, 0.97, 1.02], [0.8, 0.21, -0.4, 0.31])
    assert worst_corner(beside) > 0.03
    start = replace(start_box(silhouettes), box=beside)
    steps = tight(silhouettes, start)
    assert worst_corner(steps[-1].box) < 0.012
    assert steps[-1].loss < 0.2 * steps[0].loss


def test_fit_tight_counts_its_steps_each_of_which_lowers_the_loss():
    steps = tight()
    assert [step.index for step in steps] == list(range(len(steps))) and 2 < len(steps) < 8
    assert {step.total for step in steps} == {30} and {step.stage for step in steps} == {"tight"}
    np.testing.assert_array_equal(steps[0].box.corners, START.box.corners)
    assert (np.diff([step.loss for step in steps]) < 0).all()


def test_fit_tight_of_few_steps_at_most_ends_after_them():
    steps = tight(most_steps=1)
    assert [step.index for step in steps] == [0, 1] and {step.total for step in steps} == {1}


def test_fit_tight_of_what_it_has_fitted_moves_it_no_more():
    steps = tight()
    again = tight(start=replace(START, box=steps[-1].box))
    assert np.abs(again[-1].box.corners - steps[-1].box.corners).max() < 0.02 * START.support.pixel


def test_fit_tight_from_where_full_steps_lead_too_far_halves_them():
    # The outlines of an L lie far within those of any box, which no square of a distance describes.
    silhouettes = shape_silhouettes("L")
    steps = tight(silhouettes, start_box(silhouettes))
    losses = np.array([step.loss for step in steps])
    assert losses[0] > 5 and losses[-1] < 0.99 * losses[0] and (np.diff(losses) < 0).all()


def test_fit_tight_without_a_finite_loss_is_an_error():
    class Blind(RendererArea):
        def areas(self, corners, views):
            areas = super().areas(corners, views)
            return replace(areas, box=areas.box * np.nan)

    steps = fit_tight(SILHOUETTES, borders(SILHOUETTES), Blind(SILHOUETTES), START, 30)
    with pytest.raises(FitError, match="the loss of the start box is nan"):
        next(steps)


def test_fit_tight_of_what_is_thinner_than_a_pixel_does_not_vanish():
    rod = Box(np.zeros(3), [1.0, 0.001, 0.001])
    silhouettes = box_silhouettes(rod, orbit_cameras(rod, 24))
    start = start_box(silhouettes)
    box = tight(silhouettes, start)[-1].box
    assert box.half_extents.min() >= 0.12 * start.support.pixel


@pytest.mark.parametrize("quaternion", [[1.0, 0, 0, 0], [0.8, 0.2, -0.4, 0.3]])
def test_fit_tight_of_a_rod_three_pixels_thick_keeps_its_thickness(quaternion):
    half = 0.0145
    rod = Box(np.zeros(3), [1.0, half, half], quaternion)
    silhouettes = box_silhouettes(rod, orbit_cameras(rod, 24))
    start = start_box(silhouettes)
    assert 2 * half / start.support.pixel == pytest.approx(3, abs=0.1)
    fitted = np.sort(tight(silhouettes, start)[-1].box.half_extents)
    np.testing.assert_allclose(fitted, [half, half, 1.0], atol=0.1 * start.support.pixel)


def test_fit_tight_twice_gives_the_same_history():
    for first, second in zip(tight(), tight(), strict=True):
        np.testing.assert_array_equal(first.box.corners, second.box.corners)
        assert first.loss == second.loss


@pytest.mark.parametrize("unit", [0.01, 1000.0])
def test_fit_tight_elsewhere_in_another_unit_and_turn_takes_the_same_history(unit):
    quaternion = np.array([0.5, 0.1, -0.7, 0.4])
    turn, place = matrix_from_quaternion(quaternion), unit * np.array([30.0, -20.0, 10.0])
    old_from_new = np.eye(4)
    old_from_new[:3, :3], old_from_new[:3, 3] = turn.T / unit, -turn.T @ place / unit
    silhouettes = [Silhouette(s.view, s.camera.moved(old_from_new), s.mask, s.origin) for s in SILHOUETTES]

    def moved(points):
        return unit * points @ turn.T + place

    box = START.box
    box = Box(moved(box.centre), unit * box.half_extents, quaternion_product(quaternion, box.quaternion))
    new_from_old = np.linalg.inv(old_from_new)
    start = replace(START, box=box, support=START.support.placed(new_from_old))
    original, other = tight()[-1], tight(silhouettes, start)[-1]
    np.testing.assert_allclose(other.box.corners, moved(original.box.corners), atol=2e-4 * unit)
    assert other.loss == pytest.approx(original.loss, abs=1e-4)


def test_fit_tight_of_an_upright_start_turns_about_its_second_axis_alone():
    box = Box(BOX.centre, BOX.half_extents * 1.02, [0.99, 0.02, 0.05, 0.0])
    result = tight(start=replace(START, box=box, align="up"))[-1].box
    np.testing.assert_allclose(box.rotation[:, 1], result.rotation[:, 1], atol=1e-9)
    assert np.abs(box.rotation - result.rotation).max() > 1e-4


def test_fit_tight_of_a_start_along_the_axes_does_not_turn():
    box = Box(BOX.centre, BOX.half_extents * 1.02)
    result = tight(start=replace(START, box=box, align="axes"))[-1].box
    np.testing.assert_allclose(result.quaternion, box.quaternion, atol=1e-12)
    assert np.abs(result.half_extents - box.half_extents).max() > 1e-4


@pytest.mark.parametrize("renderer", ["area", "dibr"])
def test_fit_notebook_from_a_start_close_by_covers_the_object(renderer, request):
    if renderer == "dibr":
        request.getfixturevalue("torch_module")
    from boxfit.render.registry import make_renderer

    silhouettes = box_silhouettes(BOX, orbit_cameras(BOX, 8, (64, 64), 0.8))
    start = Box(BOX.centre + 0.1, BOX.half_extents * 1.3, BOX.quaternion)
    settings = FitSettings(method="notebook", epochs=15)
    steps = list(fit_notebook(silhouettes, make_renderer(renderer, silhouettes, device="cpu"), start, settings))
    assert worst_corner(start) > 0.25
    assert worst_corner(steps[-1].box) < 0.12
    # Its last loss is of all views.
    area = np.array([silhouette.area for silhouette in silhouettes]) / 64**2
    assert steps[-1].loss == pytest.approx(np.mean(1 - 0.95 * area), abs=0.02)


def test_fit_notebook_without_a_start_begins_with_the_notebooks_cube():
    first = notebook(epochs=1)[0].box
    np.testing.assert_array_equal(first.centre, 0)
    np.testing.assert_array_equal(first.half_extents, 0.75)


def test_fit_notebook_of_an_odd_number_of_views_uses_each_once_per_epoch():
    asked = []

    class Recording(RendererArea):
        def areas(self, corners, views):
            asked.append(views.tolist())
            return super().areas(corners, views)

    settings = FitSettings(method="notebook", epochs=3, batch_size=2)
    steps = list(fit_notebook(SILHOUETTES, Recording(SILHOUETTES), None, settings))
    assert len(steps) == 16 and steps[-1].index == steps[-1].total == 15
    epochs = [asked[first : first + 5] for first in (0, 5, 10)]
    for epoch in epochs:
        assert [len(views) for views in epoch] == [2, 2, 2, 2, 1]
        assert sorted(chain(*epoch)) == list(range(9))
    assert epochs[0] != epochs[1]
    assert asked[15] == list(range(9))


def test_fit_notebook_shortens_its_steps_as_the_notebook_does():
    steps = notebook(epochs=6, scheduler_step=2, batch_size=9)
    moves = [np.abs(b.box.centre - a.box.centre).max() for a, b in pairwise(steps)]
    assert moves[0] == pytest.approx(0.05, rel=1e-4)
    assert max(moves[2:4]) < 0.03 and max(moves[4:]) < 0.016


def test_fit_notebook_with_another_seed_takes_another_history_and_with_the_same_seed_the_same():
    steps, same, other = notebook(epochs=2), notebook(epochs=2), notebook(epochs=2, seed=1)
    np.testing.assert_array_equal(steps[-1].box.corners, same[-1].box.corners)
    assert np.abs(steps[-1].box.corners - other[-1].box.corners).max() > 1e-6


def test_fit_whose_iteration_is_abandoned_renders_no_more():
    count = 0

    class Counting(RendererArea):
        def areas(self, corners, views):
            nonlocal count
            count += 1
            return super().areas(corners, views)

    steps = fit_tight(SILHOUETTES, borders(SILHOUETTES), Counting(SILHOUETTES), START, 30)
    assert len(list(islice(steps, 3))) == 3
    steps.close()
    assert count == 3


def test_fit_tight_where_the_camera_is_inside_the_box_gives_finite_steps():
    inside = Camera(
        np.array([[1.0, 0, 0, -BOX.centre[0]], [0, 1, 0, -BOX.centre[1]], [0, 0, 1, -BOX.centre[2]], [0, 0, 0, 1]]),
        (64.0, 64.0), (64.0, 64.0), (128, 128),
    )  # fmt: skip
    views = [*SILHOUETTES, Silhouette("inside", inside, np.ones((128, 128), dtype=bool))]
    steps = tight(views)
    assert np.isfinite([step.loss for step in steps]).all()
    assert worst_corner(steps[-1].box) < 0.02
