"""Calibration from masks: what is mended, what is left alone, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.calibration.calibrate import AGREE, LIMIT, calibrate, calibration_scatter
from boxfit.calibration.results import Calibration
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.start_box import start_box
from boxfit.views.masks import clean_mask

from bench.masks import add_noise, hide_third
from tests.scenes import BOX, box_silhouettes, disturbed, orbit_cameras

VIEWS = box_silhouettes(BOX, orbit_cameras(BOX, 16, (256, 256)))


def check_untouched(calibration: Calibration, views) -> None:
    assert not calibration.changed and calibration.silhouettes == tuple(views)
    assert calibration.principal_shift == (0, 0) and calibration.focal_factor == 1
    assert calibration.before == calibration.after


def image_error(calibration: Calibration, exact) -> float:
    """Median over the views of the mean distance in pixels between the box's corners by mended and exact cameras."""
    pairs = zip(calibration.silhouettes, exact, strict=True)
    away = [new.camera.project(BOX.corners) - old.camera.project(BOX.corners) for new, old in pairs]
    return float(np.median(np.linalg.norm(away, axis=2).mean(axis=1)))


def with_noise(view: Silhouette, generator: np.random.Generator) -> Silhouette:
    mask, origin, _ = clean_mask(add_noise(generator, view.full_mask()))
    return replace(view, mask=mask, origin=origin)


@pytest.mark.parametrize("mode", ["auto", "lens", "poses"])
@pytest.mark.parametrize("count", [3, 6, 16])
def test_calibrate_exact_cameras_touches_nothing(mode, count):
    check_untouched(calibrate(VIEWS[:count], mode), VIEWS[:count])


def test_calibrate_off_measures_nothing():
    views = disturbed(VIEWS, principal=(6.0, -4.0))
    found = calibrate(views, "off")
    check_untouched(found, views)
    assert found.before is None and not found.warnings


def test_calibrate_a_lost_principal_point_finds_it():
    found = calibrate(disturbed(VIEWS, principal=(3.0, -2.0)))
    assert found.principal_shift == pytest.approx((-3.0, 2.0), abs=0.1) and found.focal_factor == 1
    assert image_error(found, VIEWS) < 0.1 and found.after < AGREE < found.before
    assert all(change.turn == change.move == 0 and abs(change.pixels - 13**0.5) < 0.2 for change in found.changes)
    assert "mended: principal point moved by (-3.0, 2." in found.warnings[0] and len(found.warnings) == 1


def test_calibrate_a_wrong_focal_length_finds_its_factor():
    found = calibrate(disturbed(VIEWS, focal=1.1), "lens")
    assert found.focal_factor == pytest.approx(1 / 1.1, rel=0.01)
    assert "focal lengths multiplied by 0.9" in found.warnings[0]


@pytest.mark.parametrize("degrees", [0.2, 0.5])
def test_calibrate_wrong_poses_lets_the_views_agree(degrees):
    views = disturbed(VIEWS, degrees, degrees / 200)
    found = calibrate(views)
    assert found.after < AGREE < found.before and found.stages[-1].name == "poses"
    assert calibration_scatter(found.silhouettes) == pytest.approx(found.after, abs=0.01)
    # What all poses have in common stays, and is stated.
    assert image_error(found, VIEWS) < 0.5 * image_error(calibrate(views, "off"), VIEWS)
    assert "all poses have in common" in found.warnings[-1]
    size = np.sort(start_box(found.silhouettes, "axes").box.size)
    np.testing.assert_allclose(size, np.sort(start_box(VIEWS, "axes").box.size), rtol=0.02)


def test_common_error_is_of_the_poses_alone_and_not_of_the_lens():
    assert calibrate(disturbed(VIEWS, principal=(3.0, -2.0))).common_error == 0
    posed = calibrate(disturbed(VIEWS, 0.3, 0.0015)).common_error
    both = calibrate(disturbed(VIEWS, 0.3, 0.0015, principal=(9.0, -6.0)))
    assert posed > 0.1 and both.principal_shift != (0, 0) and both.stages[-1].name == "poses"
    assert both.common_error == pytest.approx(posed, rel=0.3)


def test_calibrate_in_another_unit_and_place_changes_the_same_in_its_units():
    views = disturbed(VIEWS, 0.3, 0.001)
    frame = np.diag([0.01, 0.01, 0.01, 1.0])
    frame[:3, 3] = 5, -3, 2
    moved = calibrate([replace(view, camera=view.camera.moved(frame)) for view in views])
    still, local = calibrate(views), (BOX.corners - frame[:3, 3]) * 100
    for one, other in zip(still.changes, moved.changes, strict=True):
        assert other.pixels == pytest.approx(one.pixels, rel=1e-3)
        # A turn and a move that cancel each other are hardly seen: how far these go is rounding, 2e-3 over many errors.
        assert other.turn == pytest.approx(one.turn, rel=5e-3) and other.move == pytest.approx(100 * one.move, rel=5e-3)
    for one, other in zip(still.silhouettes, moved.silhouettes, strict=True):
        np.testing.assert_allclose(other.camera.project(local), one.camera.project(BOX.corners), atol=0.01)


def test_calibrate_lens_alone_refuses_what_poses_would_explain():
    views = disturbed(VIEWS, 0.4)
    found = calibrate(views, "lens")
    check_untouched(found, views)
    assert [stage.name for stage in found.stages] == ["principal point", "lens"]
    assert all("more than" in stage.refused for stage in found.stages)
    assert "contradict each other by" in found.warnings[0]


def test_calibrate_views_of_different_lenses_mends_their_poses_alone():
    views = list(disturbed(VIEWS, 0.3))
    small = box_silhouettes(BOX, orbit_cameras(BOX, 16, (128, 128)))
    views[::2] = disturbed(small, 0.3)[::2]
    found = calibrate(views)
    assert [stage.name for stage in found.stages] == ["poses"] and found.after < AGREE < found.before
    assert [each.camera.focal for each in found.silhouettes] == [each.camera.focal for each in views]


def test_calibrate_exact_cameras_of_masks_hidden_in_part_touches_nothing():
    generator, views = np.random.default_rng(2), list(VIEWS)
    for index in range(0, 16, 3):
        views[index] = replace(views[index], mask=hide_third(generator, views[index].mask))
    check_untouched(calibrate(views), views)


def test_calibrate_exact_cameras_of_noisy_masks_refuses_every_stage():
    generator = np.random.default_rng(1)
    views = [with_noise(view, generator) for view in VIEWS]
    found = calibrate(views)
    check_untouched(found, views)
    assert len(found.stages) == 3 and all(stage.refused for stage in found.stages)
    assert "the borders of the masks are noisy" in found.warnings[0]


def test_calibrate_exact_cameras_of_slightly_noisy_masks_refuses_poses_that_would_explain_half_of_it():
    generator, views = np.random.default_rng(1), []
    for view in box_silhouettes(BOX, orbit_cameras(BOX, 16, (512, 512))):
        # Every second pixel: the noise is half of what it was.
        mask = with_noise(view, generator).full_mask()[::2, ::2]
        focal = view.camera.focal[0] / 2, view.camera.focal[1] / 2
        camera = replace(view.camera, focal=focal, principal=(128.25, 128.25), resolution=(256, 256))
        views.append(replace(view, mask=mask, origin=(0, 0), camera=camera))
    found = calibrate(views)
    check_untouched(found, views)
    assert found.stages[-1].name == "poses" and found.stages[-1].scatter < LIMIT and found.stages[-1].refused


def test_calibrate_few_views_warns_that_any_could_be_made_to_agree():
    found = calibrate(disturbed(VIEWS[::4], 0.5, 0.002))
    assert found.changed and "any 4 views" in found.warnings[-1]


def test_calibrate_masks_that_are_all_shifted_says_so():
    views = [replace(view, origin=(view.origin[0], view.origin[1] + 9)) for view in VIEWS]
    found = calibrate(views)
    assert found.principal_shift == pytest.approx((9.0, 0.0), abs=0.1)
    assert "masks that are all shifted alike" in found.warnings[1]


def test_calibrate_views_that_show_a_mistake_tries_nothing():
    views = [replace(view, mask=view.mask[::-1], origin=(0, 0)) for view in VIEWS]
    found = calibrate(views)
    check_untouched(found, views)
    assert not found.stages


def test_calibrate_cameras_on_one_line_changes_nothing():
    views = (VIEWS[0], replace(VIEWS[0], view="1"), replace(VIEWS[0], view="2"))
    check_untouched(calibrate(views), views)
    assert calibration_scatter(views) is None


def test_calibrate_400_views_keeps_to_a_few_pairs_of_each():
    few = box_silhouettes(BOX, orbit_cameras(BOX, 400, (64, 64)))
    found = calibrate(disturbed(few, 1.5, 0.005))
    assert found.after < 0.5 * found.before and len(found.changes) == 400
