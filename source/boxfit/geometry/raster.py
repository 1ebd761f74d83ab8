"""Rasterisation of triangles at pixel centres, as in a segmentation image: visible face and depth per pixel.

Scanlines: a row of pixel centres crosses two edges of a triangle, and the pixels between the two crossings
are covered. Rows and crossings are half-open, and each edge is evaluated from its upper end in every triangle,
so two triangles that share an edge share no pixel and leave no gap.
"""

from __future__ import annotations

import numpy as np

from boxfit.geometry.camera import Camera

NEAR = 1e-6
"""Distance of the near plane, as a fraction of the farthest vertex's distance."""


def rasterize(vertices: np.ndarray, faces: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest face at every pixel centre.

    Faces are visible from both sides, and clipped at the near plane.

    Args:
        vertices: In the camera's frame (looking along -Z, +Y up), shape (V, 3).
        faces: Vertex indices of triangles, shape (F, 3).
        camera: Only its intrinsics are used: focal lengths, principal point and resolution.

    Returns:
        Index of the visible face, shape (height, width), int32, -1 where there is none; and its depth along
        the view in the vertices' units, shape (height, width), float64, infinite where there is none.
    """
    height, width = camera.resolution
    face_index = np.full(height * width, -1, dtype=np.int32)

    triangles, source = _clip_near(np.asarray(vertices, dtype=np.float64)[np.asarray(faces)])
    inverse = -1.0 / triangles[..., 2]
    u = camera.principal[0] + camera.focal[0] * triangles[..., 0] * inverse
    v = camera.principal[1] - camera.focal[1] * triangles[..., 1] * inverse

    triangle, row, ends = _spans(np.stack([u, v, inverse], axis=-1), height)
    first = np.clip(np.ceil(ends[:, 0, 0] - 0.5), 0, width).astype(np.int64)
    stop = np.clip(np.ceil(ends[:, 1, 0] - 0.5), 0, width).astype(np.int64)
    span, column = expand_ranges(first, stop)

    # The inverse depth is linear in the image, so it is interpolated between the ends of a span.
    length, change = (ends[:, 1] - ends[:, 0]).T
    slope = np.divide(change, length, out=np.zeros_like(change), where=length > 0)
    inverse_depth = ends[span, 0, 1] + slope[span] * (column + 0.5 - ends[span, 0, 0])

    pixel = row[span] * width + column
    nearest = np.zeros(height * width)
    np.maximum.at(nearest, pixel, inverse_depth)
    seen = inverse_depth == nearest[pixel]
    face_index[pixel[seen]] = source[triangle[span[seen]]]
    depth = np.divide(1.0, nearest, out=np.full_like(nearest, np.inf), where=nearest > 0)
    return face_index.reshape(height, width), depth.reshape(height, width)


def _clip_near(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clip triangles, shape (F, 3, 3), at the near plane; also return the face of each piece."""
    depth = -triangles[..., 2]
    near = NEAR * np.abs(triangles).max(initial=0.0)
    inside = depth > near
    whole = inside.all(axis=1)
    pieces, source = [triangles[whole]], [np.flatnonzero(whole)]
    for face in np.flatnonzero(inside.any(axis=1) & ~whole):
        polygon = []
        for a in range(3):
            b = (a + 1) % 3
            if inside[face, a]:
                polygon.append(triangles[face, a])
            if inside[face, a] != inside[face, b]:
                t = (near - depth[face, a]) / (depth[face, b] - depth[face, a])
                crossing = triangles[face, a] + t * (triangles[face, b] - triangles[face, a])
                crossing[2] = -near
                polygon.append(crossing)
        fan = [[polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1)]
        pieces.append(np.array(fan))
        source.append(np.full(len(fan), face))
    return np.concatenate(pieces), np.concatenate(source).astype(np.int32)


def _spans(triangles: np.ndarray, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut triangles along the rows of pixel centres.

    Args:
        triangles: (u, v, inverse depth) per corner, shape (T, 3, 3).
        height: Number of rows.

    Returns:
        For each of n spans its triangle, shape (n,), its row, shape (n,), and (u, inverse depth) at its left
        and its right end, shape (n, 2, 2).
    """
    v = triangles[..., 1]
    first = np.clip(np.ceil(v.min(axis=1, initial=np.inf) - 0.5), 0, height).astype(np.int64)
    stop = np.clip(np.ceil(v.max(axis=1, initial=-np.inf) - 0.5), 0, height).astype(np.int64)
    triangle, row = expand_ranges(first, stop)
    y = row + 0.5

    upper = np.take_along_axis(triangles, np.argsort(v, axis=1, kind="stable")[..., None], axis=1)
    # Every row crosses the long edge and one of the two short edges.
    second = (y >= upper[triangle, 1, 1]).astype(np.int64)
    short = _cross(upper[triangle, second], upper[triangle, second + 1], y)
    long = _cross(upper[triangle, 0], upper[triangle, 2], y)
    left = (short[:, 0] <= long[:, 0])[:, None]
    ends = np.stack([np.where(left, short, long), np.where(left, long, short)], axis=1)
    return triangle, row, ends


def _cross(start: np.ndarray, end: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (u, inverse depth) where edges cross rows, shape (n, 2), for ends of shape (n, 3)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = ((y - start[:, 1]) / (end[:, 1] - start[:, 1]))[:, None]
        return start[:, ::2] + t * (end - start)[:, ::2]


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
