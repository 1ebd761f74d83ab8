"""Values that several formats share: boxes in metres, axes by another name, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from boxfit.geometry.box import Box
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.session.results import ObjectResult


def json_bytes(values: Any) -> bytes:
    """Format plain values as JSON in UTF-8; a surrogate in a name is written as JSON's escape."""
    text = json.dumps(values, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def class_names(results: Sequence[ObjectResult]) -> list[str]:
    """List the classes of some objects, sorted: the index of a class is its number in a file."""
    return sorted({result.labelled.label.class_name for result in results})


def metres_of(result: ObjectResult) -> float:
    """Return the metres per unit of a result's world, which `check_exports` has found to be known."""
    assert result.world.meters_per_unit is not None
    return result.world.meters_per_unit


def scaled(box: Box, factor: float) -> Box:
    """Return a box in another unit."""
    return Box(box.centre * factor, box.half_extents * factor, box.quaternion)


def renamed(box: Box, axes: np.ndarray) -> Box:
    """Return the same cuboid with other names of its axes.

    Args:
        box: Any box.
        axes: The new axes in terms of the old ones, as columns: a rotation that permutes the axes, shape (3, 3).
    """
    return Box(box.centre, np.abs(axes).T @ box.half_extents, quaternion_from_matrix(box.rotation @ axes))


def axes_with_y(axis: int, sign: float) -> np.ndarray:
    """Return axes for `renamed` whose y is another axis, or its opposite; x stays x unless that is the one.

    Args:
        axis: Index of the axis that becomes y.
        sign: 1, or -1 for its opposite.
    """
    x, y = np.eye(3)[0 if axis else 1], sign * np.eye(3)[axis]
    return np.column_stack([x, y, np.cross(x, y)])
