"""Scores of boxes in hold-out views."""

import numpy as np
import pytest
from boxfit.fitting.selection import HoldoutScorer, Score, split_views, uncovers_masks
from boxfit.geometry.box import Box

from tests.scenes import BOX, box_silhouettes

LARGE = Box(BOX.centre, BOX.half_extents * 1.1, BOX.quaternion)


@pytest.fixture(scope="module")
def scorer() -> HoldoutScorer:
    return HoldoutScorer(box_silhouettes(), BOX.corners)


@pytest.mark.parametrize("count", [8, 12, 24, 100])
def test_split_views_many_keeps_a_quarter_apart(count: int) -> None:
    fitted, held_out = split_views(count)
    assert not set(fitted) & set(held_out)
    assert set(fitted) | set(held_out) == set(range(count))
    assert 0.2 <= len(held_out) / count <= 0.3


@pytest.mark.parametrize("count", [2, 5, 6])
def test_split_views_few_fits_and_scores_all(count: int) -> None:
    fitted, held_out = split_views(count)
    assert list(fitted) == list(held_out) == list(range(count))


def test_score_true_box_is_nearly_without_fault(scorer: HoldoutScorer) -> None:
    (score,) = scorer(BOX)
    assert score.outside < 0.01
    assert score.beyond == pytest.approx(0, abs=1e-9)


def test_score_smaller_box_leaves_mask_outside(scorer: HoldoutScorer) -> None:
    small, true = scorer(Box(BOX.centre, BOX.half_extents * 0.9, BOX.quaternion), BOX)
    assert small.outside > 0.05
    assert small.beyond == pytest.approx(0, abs=1e-9)
    assert small.total > true.total


def test_score_larger_box_reaches_beyond_the_hull(scorer: HoldoutScorer) -> None:
    large, true = scorer(LARGE, BOX)
    assert large.outside == pytest.approx(0, abs=1e-6)
    assert large.beyond > 0.1
    assert large.total > true.total


def test_score_box_around_a_camera_still_gives_a_score() -> None:
    silhouettes = box_silhouettes()
    huge = Box(silhouettes[0].camera.position, np.full(3, 0.1))
    (score,) = HoldoutScorer(silhouettes, BOX.corners)(huge)
    assert np.isfinite(score.total)


def test_score_leaves_a_view_that_cannot_show_one_box_out_for_the_other_too(scorer: HoldoutScorer) -> None:
    silhouettes = box_silhouettes()
    long = Box(BOX.centre, BOX.half_extents * [4, 1, 1], BOX.quaternion)
    behind = [np.isnan(silhouette.camera.project(long.corners)).any() for silhouette in silhouettes]
    assert 0 < sum(behind) < len(behind)
    shown = [silhouette for silhouette, hidden in zip(silhouettes, behind, strict=True) if not hidden]
    (expected,) = HoldoutScorer(shown, BOX.corners)(LARGE)
    assert scorer(LARGE, long)[0].beyond == expected.beyond != scorer(LARGE)[0].beyond


def test_score_vanished_box_is_seen_in_every_view_and_holds_nothing(scorer: HoldoutScorer) -> None:
    large, vanished = scorer(LARGE, Box(BOX.centre, np.full(3, 1e-9), BOX.quaternion))
    assert (vanished.outside, vanished.beyond) == pytest.approx((1.0, 0.0), abs=1e-6)
    alone = scorer(LARGE)[0]
    assert large.beyond == pytest.approx(alone.beyond, rel=1e-9)


@pytest.mark.parametrize(
    ("start", "fit", "uncovers"),
    [
        (Score(0.01, 0.2), Score(0.01, 0.1), False),
        (Score(0.01, 0.2), Score(0.011, 0.1), False),
        # A better sum, at the cost of uncovering the object.
        (Score(0.8, 3.0), Score(1.0, 0.0), True),
    ],
)
def test_uncovers_masks_of_a_fit_that_leaves_more_of_them_outside(start: Score, fit: Score, uncovers: bool) -> None:
    assert uncovers_masks(start, fit) is uncovers
