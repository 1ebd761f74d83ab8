"""Number of mask pixels to the left of each position in a row, for many masks in one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.geometry.silhouette import Silhouette


class PrefixSums:
    """Running sums along the rows of every silhouette's crop, two bytes per pixel.

    A row of a crop of width w has w + 2 entries: entry c is the number of mask pixels in columns before c, and the last
    entry repeats the row's total, so that the mask at column c is entry c + 1 minus entry c, and 0 right of the crop.

    Attributes:
        sums: All rows of all crops, one after the other, shape (total,).
        offset: Start of each crop in `sums`, shape (n,).
        shape: (height, width) of each crop, shape (n, 2).
        origin: (row, column) of each crop in its image, shape (n, 2).
        row_offset: Start of each crop in `row_span`, shape (n,).
        row_span: Column of each row's first mask pixel, and the column after its last, shape (rows of all crops, 2);
            (0, 0) for a row without any.
    """

    def __init__(self, silhouettes: Sequence[Silhouette]) -> None:
        self.shape = np.array([silhouette.mask.shape for silhouette in silhouettes], dtype=np.int64)
        self.origin = np.array([silhouette.origin for silhouette in silhouettes], dtype=np.int64)
        lengths = self.shape[:, 0] * (self.shape[:, 1] + 2)
        self.offset = np.cumsum(lengths) - lengths
        # Signed, since PyTorch barely supports unsigned 16-bit integers.
        dtype = np.int16 if self.shape[:, 1].max() <= np.iinfo(np.int16).max else np.int32
        self.sums = np.zeros(lengths.sum(), dtype=dtype)
        self.row_offset = np.cumsum(self.shape[:, 0]) - self.shape[:, 0]
        self.row_span = np.zeros((self.shape[:, 0].sum(), 2), dtype=np.int64)
        for view, silhouette in enumerate(silhouettes):
            mask, (height, width) = silhouette.mask, self.shape[view]
            rows = self.sums[self.offset[view] :][: lengths[view]].reshape(height, width + 2)
            np.cumsum(mask, axis=1, dtype=dtype, out=rows[:, 1:-1])
            rows[:, -1] = rows[:, -2]
            span = np.stack([mask.argmax(axis=1), width - mask[:, ::-1].argmax(axis=1)], axis=-1)
            self.row_span[self.row_offset[view] :][:height] = span * mask.any(axis=1)[:, None]
