"""Well-formed 2D and 3D boxes in a view's metadata, which is optional and may be invalid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from boxfit.views.regular_files import MALFORMED

LARGEST = 1e15
"""Limit of lengths and scales, beyond which float64 has no digits left for an object."""


def boxes_2d(records: Any) -> Sequence[Mapping[str, Any]]:
    """Return the records of `bbox_2d_tight` or `bbox_2d_loose` whose `bbox` has four finite limits."""
    return tuple(record for record in _records(records) if _has_limits(record, "xy"))


def boxes_3d(records: Any) -> Sequence[Mapping[str, Any]]:
    """Return the records of `bbox_3d` with six finite limits and an affine `transform` of 4x4 finite numbers."""
    return tuple(record for record in _records(records) if _has_limits(record, "xyz") and _has_transform(record))


def moved_boxes_3d(records: Any, target_from_world: np.ndarray) -> list[dict[str, Any]]:
    """Transform the well-formed 3D boxes to another frame by a matrix of shape (4, 4)."""
    return [
        {**record, "transform": (np.array(record["transform"], dtype=np.float64) @ target_from_world.T).tolist()}
        for record in boxes_3d(records)
    ]


def is_number(value: Any) -> bool:
    """Return True if a value from JSON is a finite number below `LARGEST`."""
    try:
        return math.isfinite(value) and abs(value) < LARGEST
    except (TypeError, OverflowError):
        return False


def _records(records: Any) -> list[Mapping[str, Any]]:
    return [record for record in records if isinstance(record, Mapping)] if isinstance(records, list | tuple) else []


def _has_limits(record: Mapping[str, Any], axes: str) -> bool:
    limits = record.get("bbox")
    keys = [f"{axis}_{end}" for axis in axes for end in ("min", "max")]
    return isinstance(limits, Mapping) and all(is_number(limits.get(key)) for key in keys)


def _has_transform(record: Mapping[str, Any]) -> bool:
    try:
        matrix = np.array(record.get("transform"), dtype=np.float64)
    except MALFORMED:
        return False
    return (
        matrix.shape == (4, 4)
        and bool((np.abs(matrix) < LARGEST).all())
        and np.allclose(matrix[:, 3], [0, 0, 0, 1], atol=1e-6)
    )
