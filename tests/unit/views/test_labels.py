import numpy as np
from boxfit.views.labels import label_pairs, label_regions, pixel_runs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

_IMAGES = npst.arrays(
    st.sampled_from([np.int32, np.uint8, np.int64]),
    npst.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.integers(0, 5),
)


@given(_IMAGES)
def test_label_regions_agree_with_a_search_pixel_by_pixel(image):
    regions = label_regions(pixel_runs(image))
    assert list(regions) == [value for value in np.unique(image) if value]
    for value, (top, left, bottom, right) in regions.items():
        rows, columns = np.nonzero(image == value)
        assert (top, left) == (rows.min(), columns.min())
        assert (bottom, right) == (rows.max() + 1, columns.max() + 1)


@given(_IMAGES, st.randoms(use_true_random=False))
def test_label_pairs_agree_with_a_search_pixel_by_pixel(image, random):
    other = np.array([random.randint(0, 3) for _ in range(image.size)]).reshape(image.shape)
    expected = {(int(a), int(b)) for a, b in zip(image.ravel(), other.ravel(), strict=True) if a and b}
    assert label_pairs(image, other) == expected
