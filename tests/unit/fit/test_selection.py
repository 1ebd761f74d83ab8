"""Judging two boxes by views that the fit did not see."""

import numpy as np
import pytest
from boxfit.fit.selection import Judge, split_views
from boxfit.types import Box

from tests.scenes import BOX, box_silhouettes


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(box_silhouettes(), BOX.corners)


@pytest.mark.parametrize("count", [8, 12, 24, 100])
def test_split_views_many_keeps_a_quarter_apart(count: int) -> None:
    fitted, judging = split_views(count)
    assert not set(fitted) & set(judging)
    assert set(fitted) | set(judging) == set(range(count))
    assert 0.2 <= len(judging) / count <= 0.3


@pytest.mark.parametrize("count", [2, 5, 6])
def test_split_views_few_fits_and_judges_by_all(count: int) -> None:
    fitted, judging = split_views(count)
    assert list(fitted) == list(judging) == list(range(count))


def test_judge_true_box_is_nearly_without_fault(judge: Judge) -> None:
    score = judge(BOX)
    assert score.outside < 0.01
    assert score.beyond == pytest.approx(0, abs=1e-9)


def test_judge_smaller_box_leaves_mask_outside(judge: Judge) -> None:
    small = judge(Box(BOX.centre, BOX.half_extents * 0.9, BOX.quaternion))
    assert small.outside > 0.05
    assert small.beyond == pytest.approx(0, abs=1e-9)
    assert small.total > judge(BOX).total


def test_judge_larger_box_reaches_beyond_the_hull(judge: Judge) -> None:
    large = judge(Box(BOX.centre, BOX.half_extents * 1.1, BOX.quaternion))
    assert large.outside == pytest.approx(0, abs=1e-6)
    assert large.beyond > 0.1
    assert large.total > judge(BOX).total


def test_judge_box_around_a_camera_still_gives_a_score() -> None:
    silhouettes = box_silhouettes()
    huge = Box(silhouettes[0].camera.position, np.full(3, 0.1))
    assert np.isfinite(Judge(silhouettes, BOX.corners)(huge).total)
