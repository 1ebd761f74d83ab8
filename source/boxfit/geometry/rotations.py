"""Quaternions (wxyz) and rotation matrices (columns are the rotated axes)."""

from __future__ import annotations

import numpy as np


def _terms() -> np.ndarray:
    """Return the factors of the products of two components of a unit quaternion in half its matrix less the identity.

    With the vector part v, R = I + 2 (v v^T - |v|^2 I + w [v]x).

    Returns:
        Shape (16, 9): products ww, wx, ..., zz by entries of the matrix, row by row. One product of matrices is three
        times as fast as the nine entries one by one.
    """
    terms = np.zeros((4, 4, 3, 3))
    for i, j in np.ndindex(3, 3):
        terms[i + 1, j + 1, i, j] += 1
        terms[i + 1, i + 1, j, j] -= 1
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        terms[0, k + 1, i, j], terms[0, k + 1, j, i] = -1, 1
    return terms.reshape(16, 9)


_TERMS = _terms()


def matrix_from_quaternion(quaternion: np.ndarray) -> np.ndarray:
    """Convert quaternions of any non-zero length to rotation matrices.

    Args:
        quaternion: wxyz, shape (..., 4).

    Returns:
        Shape (..., 3, 3), determinant 1.
    """
    quaternion = np.asarray(quaternion, dtype=np.float64)
    shape, factor = quaternion.shape[:-1], 2 / (quaternion * quaternion).sum(axis=-1)
    products = quaternion[..., :, None] * quaternion[..., None, :] * factor[..., None, None]
    return np.eye(3) + (products.reshape(*shape, 16) @ _TERMS).reshape(*shape, 3, 3)


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
