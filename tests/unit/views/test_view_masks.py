import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.views.masks import clean_mask, is_saturated, touched_borders
from hypothesis import given
from hypothesis.extra import numpy as npst

_CAMERA = Camera(np.eye(4), (10.0, 10.0), (10.0, 5.0), (10, 20))


def test_clean_mask_drops_specks_and_keeps_parts():
    mask = np.zeros((40, 60), dtype=bool)
    mask[5:25, 10:40] = True  # 600 pixels
    mask[30:33, 20:22] = True  # 6 pixels, a hundredth
    mask[35, 50:55] = True  # 5 pixels, a speck
    cleaned, origin, _ = clean_mask(mask)
    expected = mask.copy()
    expected[35] = False
    assert origin == (5, 10) and cleaned.shape == (28, 30)
    np.testing.assert_array_equal(cleaned, expected[5:33, 10:40])


def test_clean_mask_keeps_a_wire_of_pixels_that_meet_at_corners():
    mask = np.eye(300, dtype=bool)
    cleaned, _, _ = clean_mask(mask)
    assert cleaned.sum() == 300


def test_clean_mask_keeps_the_dots_of_a_wire_that_is_thinner_than_a_pixel():
    mask = np.zeros((80, 60), dtype=bool)
    mask[5:25, 10:40] = True
    mask[25:70:3, 20] = True  # Dots of one pixel, two pixels apart
    mask[40, 50] = True  # A speck off the wire
    cleaned, origin, _ = clean_mask(mask)
    assert origin == (5, 10) and cleaned.shape == (63, 30)


def _disc() -> np.ndarray:
    rows, columns = np.indices((300, 300))
    return np.hypot(rows - 150, columns - 150) <= 80


@pytest.mark.parametrize("share", [0.002, 0.01, 0.03, 0.05])
def test_clean_mask_drops_single_pixels_all_over_the_image(share):
    cleaned, _, _ = clean_mask(_disc() | (np.random.default_rng(1).random((300, 300)) < share))
    assert max(cleaned.shape) <= 161 + 4  # Some touch the disc.


def test_clean_mask_drops_dots_beside_the_object():
    mask = _disc()
    distance = np.hypot(*(np.indices(mask.shape) - 150))
    dots = (np.abs(distance - 83) < 1) & (np.random.default_rng(1).random(mask.shape) < 0.05)
    assert dots.sum() > 20
    cleaned, _, _ = clean_mask(mask | dots)
    assert cleaned.shape == (161, 161)


def test_clean_mask_drops_blobs_beside_a_wire_of_dots():
    mask = np.zeros((120, 60), dtype=bool)
    mask[5:65, 10:40] = True
    mask[65:110:3, 20] = True
    blob = np.s_[85:88, 23:26]
    mask[blob] = True
    cleaned, origin, _ = clean_mask(mask)
    mask[blob] = False
    assert origin == (5, 10)
    np.testing.assert_array_equal(cleaned, mask[5:108, 10:40])


def test_clean_mask_drops_blobs_inside_the_holes_of_the_object():
    mask = np.ones((60, 60), dtype=bool)
    for row, column in ((row, column) for row in (5, 20, 35) for column in (5, 20, 35)):
        mask[row : row + 7, column : column + 7] = False
    holes = mask.copy()
    for row, column in ((row, column) for row in (7, 22, 37) for column in (7, 22, 37)):
        mask[row : row + 3, column : column + 3] = True
    cleaned, _, _ = clean_mask(mask)
    np.testing.assert_array_equal(cleaned, holes)


@given(npst.arrays(bool, npst.array_shapes(min_dims=2, max_dims=2, max_side=12)).filter(np.any))
def test_clean_mask_is_tight_and_adds_nothing(mask):
    cleaned, (row, column), _ = clean_mask(mask)
    height, width = cleaned.shape
    assert cleaned[0].any() and cleaned[-1].any() and cleaned[:, 0].any() and cleaned[:, -1].any()
    assert not (cleaned & ~mask[row : row + height, column : column + width]).any()


def test_touched_borders_names_each_side():
    mask = np.ones((4, 5), dtype=bool)
    sides = [touched_borders(Silhouette("0", _CAMERA, mask, origin)) for origin in ((0, 3), (3, 0), (6, 3), (3, 15))]
    assert np.array_equal(sides, np.eye(4, dtype=bool)[[0, 1, 2, 3]])


def test_is_saturated_tells_a_full_image_from_a_large_object():
    full = np.ones((10, 20), dtype=bool)
    nearly, large = full.copy(), full.copy()
    nearly[4:6, 4:8] = False
    large[2:8, 4:8] = False
    assert is_saturated(Silhouette("0", _CAMERA, full))
    assert is_saturated(Silhouette("0", _CAMERA, nearly))
    assert not is_saturated(Silhouette("0", _CAMERA, large))
    assert not is_saturated(Silhouette("0", _CAMERA, full[:, 1:], (0, 1)))


def test_is_saturated_of_a_mask_that_leaves_one_side_of_the_image_free_is_false():
    camera = Camera(np.eye(4), (10.0, 10.0), (50.0, 50.0), (100, 100))
    mask = np.ones((100, 99), dtype=bool)  # Its left side shows an edge of the object.
    assert not is_saturated(Silhouette("0", camera, mask, (0, 1)))
