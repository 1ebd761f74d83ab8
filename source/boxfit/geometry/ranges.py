"""Expansion of index ranges without a Python loop."""

from __future__ import annotations

import numpy as np


def expand_ranges(first: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List every (i, k) with first[i] <= k < stop[i], in the order of i, then k.

    Args:
        first: Integers, shape (n,).
        stop: Integers, shape (n,); a range that ends before it begins is empty.

    Returns:
        i and k, each of shape (sum of the lengths,).
    """
    counts = np.maximum(stop - first, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    # The running index minus the index at which the owner's range begins is the position within the range.
    return owner, np.arange(len(owner)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
