import numpy as np
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.prefix import PrefixSums


def silhouette(mask, resolution):
    return Silhouette("0", Camera(np.eye(4), (1.0, 1.0), (0.0, 0.0), resolution), mask)


def test_sums_count_mask_pixels_left_of_each_column():
    masks = [np.random.default_rng(i).random((7 + i, 11 - i)) < 0.4 for i in range(3)]
    masks[1][3] = False
    prefix = PrefixSums([silhouette(mask, (20, 20)) for mask in masks])
    for view, mask in enumerate(masks):
        rows = prefix.sums[prefix.offset[view] :][: mask.shape[0] * (mask.shape[1] + 2)].reshape(len(mask), -1)
        np.testing.assert_array_equal(rows[:, 0], 0)
        np.testing.assert_array_equal(rows[:, 1:-1], mask.cumsum(axis=1))
        np.testing.assert_array_equal(rows[:, -1], mask.sum(axis=1))
        for row, (first, stop) in enumerate(prefix.row_span[prefix.row_offset[view] :][: len(mask)]):
            columns = np.flatnonzero(mask[row])
            assert (first, stop) == ((columns[0], columns[-1] + 1) if len(columns) else (0, 0))


def test_sums_of_usual_images_take_two_bytes_and_of_huge_ones_do_not_overflow():
    assert PrefixSums([silhouette(np.ones((1, 7680), dtype=bool), (1, 7680))]).sums.itemsize == 2
    assert PrefixSums([silhouette(np.ones((1, 40000), dtype=bool), (1, 40000))]).sums.max() == 40000
