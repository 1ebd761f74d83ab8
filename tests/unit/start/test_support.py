"""The likely support of hand-made segments: by how many reach as far, how round the outlines are, and noise."""

import numpy as np
import pytest
from boxfit.start.support import BULGE, FAR, NOISE_BIAS, PROOF, SAG, Support

PIXEL, HULL = 0.005, 1.1


def likely_top(heights: np.ndarray, roundness: float = 0.0, noise: float = 0.0, hull: float = HULL) -> float:
    """Return the likely support along +z of segments that are points at these heights, from 24 views."""
    points = np.zeros((len(heights), 3))
    points[:, 2] = heights
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-hull, hull)], dtype=float)
    none = np.zeros((0, 3))
    rounded = np.full(len(heights), roundness)
    support = Support(corners, points, points, rounded, 24, none, none, none, 1.0, PIXEL, noise, PIXEL)
    return float(support.likely(np.eye(3))[1, 2])


def reaching(count: int, of: int = 200, height: float = 1.0) -> np.ndarray:
    """Return heights of which some are as great as the greatest, and the others far below."""
    return np.where(np.arange(of) < count, height, 0.0)


def test_likely_support_is_where_many_segments_reach():
    assert likely_top(reaching(100)) == pytest.approx(1.0, abs=0.01 * PIXEL)
    assert likely_top(reaching(100), roundness=1.0) == pytest.approx(1.0, abs=0.01 * PIXEL)


@pytest.mark.parametrize(("roundness", "place"), [(0.0, BULGE[0]), (1.0, BULGE[1])])
def test_likely_support_of_few_segments_bulges_by_the_roundness_of_the_outlines(roundness, place):
    doubt = np.exp(-1 / 200 / PROOF)
    room = HULL - 1.0
    bulge = place * room / (1 + room / FAR) + SAG * PIXEL
    assert likely_top(reaching(1), roundness) == pytest.approx(1.0 + doubt * bulge, rel=1e-6)


def test_likely_support_falls_with_each_segment_that_reaches_as_far():
    tops = [likely_top(reaching(count), 0.5) for count in (1, 2, 5, 10, 20, 60)]
    assert np.all(np.diff(tops) < 0) and tops[0] > 1.019 and tops[-1] == pytest.approx(1.0, abs=0.02 * PIXEL)


def test_likely_support_where_the_hull_leaves_no_room_is_the_hull():
    assert likely_top(reaching(1), 1.0, hull=1.0) == pytest.approx(1.0 + 0.2 * PIXEL, abs=0.15 * PIXEL)


def test_noise_lowers_the_support_that_many_segments_reach():
    noise = 2.0
    assert likely_top(reaching(100), noise=noise) == pytest.approx(1.0 - NOISE_BIAS * noise * PIXEL, rel=1e-6)


def test_noise_spreads_the_segments_that_count_as_reaching_as_far():
    # Five pixels below the farthest: they count at a noise of 2 px, and hardly without noise.
    heights = np.maximum(reaching(1), reaching(60, height=1.0 - 5 * PIXEL))
    above = [likely_top(heights, 0.5, noise) - 1.0 for noise in (0.0, 2.0)]
    assert above[0] > 2 * PIXEL and abs(above[1] + NOISE_BIAS * 2 * PIXEL) < 0.3 * PIXEL
