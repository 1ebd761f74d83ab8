"""Shift of the upper edge of an outline whose mask has a noisy border."""

import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.mask_noise import mean_outline
from boxfit.start.outline import outline

CAMERA = Camera(np.eye(4), (300.0, 300.0), (100.0, 100.0), (200, 200))
HEIGHT, NOISE = 6, 3.0
"""Of the teeth along the upper side of a mask, and how far its border is said to wobble, both in [px]."""


def moved_down(teeth: np.ndarray, notch: int = 0) -> float:
    """By how many pixels the upper edge of a rectangle with teeth comes down.

    Args:
        teeth: Which columns of the rectangle reach up to the tips, the outermost ones among them.
        notch: Width of a deep notch in the middle, in [px].
    """
    left, middle = 50, 50 + len(teeth) // 2
    mask = np.zeros((200, 200), dtype=bool)
    mask[50 : 50 + HEIGHT, left : left + len(teeth)] = teeth
    mask[50 + HEIGHT : 75, left : left + len(teeth)] = True
    mask[50:70, middle - notch // 2 : middle + notch // 2] = False
    before = outline(Silhouette("0", CAMERA, mask))
    after = mean_outline(Silhouette("0", CAMERA, mask), before, NOISE)
    (above,), (below,) = (edges.offsets[edges.normals[:, 1] < -0.99] for edges in (before, after))
    return float(above - below)


def test_mean_outline_over_a_fringe_comes_down_to_half_its_height():
    fringe = np.arange(101) % 2 == 0
    assert moved_down(fringe) == pytest.approx(HEIGHT / 2, abs=0.25)


def test_mean_outline_over_a_notch_of_most_of_its_length_stays_near_the_tips_that_it_rests_on():
    bumps = np.arange(105) // 5 % 2 == 0
    assert 0 < moved_down(bumps, notch=60) < HEIGHT / 4
