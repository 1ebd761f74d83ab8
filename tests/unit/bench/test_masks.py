import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, label

from bench.masks import add_noise, hide_third


def disc(size=120, radius=40):
    rows, columns = np.indices((size, size))
    return (rows - size / 2) ** 2 + (columns - size / 2) ** 2 <= radius**2


def test_hide_third_hides_a_third():
    mask = disc()
    hidden = hide_third(np.random.default_rng(1), mask)
    assert not (hidden & ~mask).any()
    assert hidden.sum() == pytest.approx(mask.sum() * 2 / 3, rel=0.02)


def test_add_noise_moves_the_border_by_two_to_three_pixels_and_adds_small_blobs():
    mask = disc(400, 120)
    noisy = add_noise(np.random.default_rng(3), mask)
    labels, count = label(noisy)
    sizes = np.bincount(labels.ravel())[1:]
    assert count == 4 and np.sort(sizes)[:-1].max() < 0.01 * mask.sum()
    main = labels == 1 + sizes.argmax()
    inwards, outwards = distance_transform_edt(mask)[mask & ~main].max(), distance_transform_edt(~mask)[main].max()
    assert 2 <= inwards <= 4 and 2 <= outwards <= 4
