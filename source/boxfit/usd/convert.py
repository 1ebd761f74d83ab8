"""Conversion between Gf values and NumPy; the only module that transposes USD's matrices for row vectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pxr import Gf


def matrix_from_gf(matrix: Gf.Matrix4d) -> np.ndarray:
    """Convert a USD matrix (row vectors, translation in the last row) to column vectors, shape (4, 4)."""
    return np.array(matrix, dtype=np.float64).T


def gf_from_matrix(matrix: np.ndarray) -> Gf.Matrix4d:
    """Convert a matrix for column vectors, shape (4, 4), to a USD matrix."""
    return Gf.Matrix4d(np.asarray(matrix, dtype=np.float64).T.tolist())


def gf_value(kind: Any, numbers: Iterable[float]) -> Any:
    """Make a Gf vector or quaternion of any precision.

    Args:
        kind: Class such as `Gf.Vec3d` or `Gf.Quatf`.
        numbers: Its components in order; wxyz for a quaternion.
    """
    return kind(*(float(number) for number in numbers))


def numbers_from_gf(value: Any) -> list[float]:
    """Return the components of a Gf vector or quaternion, the latter as wxyz."""
    parts = [value.GetReal(), *value.GetImaginary()] if hasattr(value, "GetImaginary") else value
    return [float(part) for part in parts]
