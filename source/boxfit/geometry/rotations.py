"""Quaternions (wxyz) and rotation matrices (columns are the rotated axes)."""

from __future__ import annotations

import numpy as np


def matrix_from_quaternion(quaternion: np.ndarray) -> np.ndarray:
    """Convert quaternions of any non-zero length to rotation matrices.

    Args:
        quaternion: wxyz, shape (..., 4).

    Returns:
        Shape (..., 3, 3), determinant 1.
    """
    quaternion = np.asarray(quaternion, dtype=np.float64)
    w, x, y, z = np.moveaxis(quaternion / np.linalg.norm(quaternion, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Convert a rotation matrix to a unit quaternion with w >= 0.

    The division is by the largest of the four components, for accuracy.

    Args:
        matrix: Rotation, shape (3, 3).

    Returns:
        wxyz, shape (4,).
    """
    m = np.asarray(matrix, dtype=np.float64)
    # Four times the outer product of the quaternion with itself: every row is the quaternion up to a factor.
    outer = np.array(
        [
            [1 + m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], 1 - m[0, 0] + m[1, 1] - m[2, 2], m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], 1 - m[0, 0] - m[1, 1] + m[2, 2]],
        ]
    )
    row = outer[np.argmax(np.diag(outer))]
    quaternion = row / np.linalg.norm(row)
    return -quaternion if quaternion[0] < 0 else quaternion


def euler_xyz_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Convert a rotation matrix to angles about the fixed axes X, then Y, then Z, as in USD's rotateXYZ.

    If Y is 90 degrees, X and Z are about the same axis, and Z is 0.

    Args:
        matrix: Rotation, shape (3, 3).

    Returns:
        Angles about X, Y and Z in [degrees], shape (3,).
    """
    m = np.asarray(matrix, dtype=np.float64)
    cosine = np.hypot(m[0, 0], m[1, 0])
    y = np.arctan2(-m[2, 0], cosine)
    if cosine < 1e-9:
        x, z = np.arctan2(-m[1, 2], m[1, 1]), 0.0
    else:
        x, z = np.arctan2(m[2, 1], m[2, 2]), np.arctan2(m[1, 0], m[0, 0])
    return np.degrees([x, y, z])
