"""Epipolar tangency: its residuals for exact and wrong cameras, their derivatives, and the pairs of views."""

import numpy as np
import pytest
from boxfit.calibration.adjustment import Adjustment, unadjusted
from boxfit.calibration.tangency import NEIGHBOURS, find_tangents, residuals, view_pairs
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import outline

from tests.scenes import BOX, box_silhouettes, disturbed, orbit_cameras


def adjustment_of(silhouettes) -> Adjustment:
    outlines = [outline(view) for view in silhouettes]
    return unadjusted(outlines, object_frame(outlines))


def test_residuals_of_exact_cameras_are_below_a_pixel():
    given = adjustment_of(box_silhouettes())
    tangents = find_tangents(given, view_pairs(12))
    distances, _ = residuals(given, tangents)
    assert len(distances) > 100
    assert np.median(np.abs(distances)) < 0.25 and np.abs(distances).max() < 1.5


def test_residuals_are_measured_in_pixels_of_the_image():
    # Half of the tangents of a shifted principal point are moved across themselves.
    given = adjustment_of(disturbed(box_silhouettes(), principal=(4.0, 0.0)))
    distances, _ = residuals(given, find_tangents(given, view_pairs(12)))
    assert 1 < np.median(np.abs(distances)) < 4


def test_derivatives_of_residuals_agree_with_finite_differences():
    # The denominator counts as constant: beside a residual of 0 that is exact.
    given = adjustment_of(box_silhouettes(BOX, orbit_cameras(BOX, 6, (1024, 1024))))
    values = np.random.default_rng(3).normal(0, 0.02, 39)
    begin = given.with_values(values)
    tangents = find_tangents(begin, view_pairs(6))
    distances, derivatives = residuals(begin, tangents)
    step = 1e-3
    for place in range(39):
        ahead, behind = (begin.with_values(values + sign * step * np.eye(39)[place]) for sign in (1, -1))
        slopes = (residuals(ahead, tangents)[0] - residuals(behind, tangents)[0]) / (2 * step)
        tolerance = 0.02 * (1 + np.abs(distances))
        assert (np.abs(slopes - derivatives[:, [place]].toarray()[:, 0]) < tolerance).all(), place


def test_tangents_at_corners_that_the_border_made_are_not_used():
    whole = adjustment_of(box_silhouettes())
    views = whole.views
    views.free[0] = False
    assert (find_tangents(whole, view_pairs(12)).i != 0).all()


@pytest.mark.parametrize("count", [2, 3, 24, 25])
def test_view_pairs_of_few_views_are_all_pairs(count):
    pairs = set(zip(*view_pairs(count), strict=True))
    assert len(pairs) == count * (count - 1) // 2 and all(i < j for i, j in pairs)


@pytest.mark.parametrize("count", [26, 61, 400])
def test_view_pairs_of_many_views_pair_each_with_equally_many_others(count):
    i, j = view_pairs(count)
    assert (i != j).all() and len({frozenset(pair) for pair in zip(i, j, strict=True)}) == len(i)
    met = np.bincount(np.concatenate([i, j]), minlength=count)
    assert (met == met[0]).all() and met[0] <= NEIGHBOURS
