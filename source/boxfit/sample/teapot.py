"""Teapot mesh of lathed and swept parts; its spout and handle test whether a fit cuts off thin parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BODY = [
    (0, 0),
    (4.4, 0),
    (5.0, 0.7),
    (7.4, 2.4),
    (8.4, 5.6),
    (7.4, 8.8),
    (5.4, 10.7),
    (4.3, 11.2),
    (4.1, 11.6),
]
_LID = [(4.6, 11.3), (4.6, 11.8), (3.2, 12.7), (0.9, 13.1), (0.7, 13.6), (1.5, 14.3), (1.2, 15.2), (0, 15.4)]
_SPOUT = [(6.0, 4.6), (9.8, 5.0), (11.0, 8.4), (12.2, 10.6), (14.2, 11.8)]
_SPOUT_RADII = [2.2, 1.9, 1.3, 1.05, 1.2]
_HANDLE = [(-6.4, 9.6), (-9.8, 11.4), (-13.2, 9.8), (-12.6, 5.2), (-9.6, 3.2), (-7.2, 3.4)]
_HANDLE_RADII = [0.8, 0.75, 0.75, 0.75, 0.7, 0.7]
_GLAZE, _BRASS = (0.13, 0.45, 0.52), (0.85, 0.62, 0.28)
_SIDES = 48


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangle mesh with smooth shading.

    Attributes:
        points: Shape (V, 3).
        faces: Indices of points, counter-clockwise from outside, shape (F, 3).
        normals: Unit normals per point, shape (V, 3).
        colours: Linear RGB per point, shape (V, 3), 0 to 1.
    """

    points: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    colours: np.ndarray


def teapot() -> Mesh:
    """Make the teapot: Z up, on the plane z = 0, in centimetres, about 28 x 17 x 15."""
    parts = [
        (*_lathe(_BODY), _GLAZE),
        (*_lathe(_LID), _BRASS),
        (*_sweep(_SPOUT, _SPOUT_RADII), _GLAZE),
        (*_sweep(_HANDLE, _HANDLE_RADII), _BRASS),
    ]
    first = np.cumsum([0, *(len(points) for points, _, _ in parts)])
    return Mesh(
        np.concatenate([points for points, _, _ in parts]),
        np.concatenate([faces + start for (_, faces, _), start in zip(parts, first[:-1], strict=True)]),
        np.concatenate([_point_normals(points, faces) for points, faces, _ in parts]),
        np.concatenate([np.tile(colour, (len(points), 1)) for points, _, colour in parts]),
    )


def _lathe(profile: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Turn a profile of (radius, z), bottom to top, about the Z axis."""
    radius, z = _rounded(np.array(profile)).T
    angles = 2 * np.pi * np.arange(_SIDES) / _SIDES
    rings = np.stack(
        [
            radius[:, None] * np.cos(angles),
            radius[:, None] * np.sin(angles),
            np.broadcast_to(z[:, None], (len(z), _SIDES)),
        ],
        axis=-1,
    )
    return _skin(rings)


def _sweep(path: list[tuple[float, float]], radii: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Move a circle along a path of (x, z) in the plane y = 0, and close both ends."""
    x, z, radius = _rounded(np.column_stack([path, radii])).T
    centres = np.stack([x, np.zeros_like(x), z], axis=-1)
    tangents = np.gradient(centres, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    aside = np.array([0.0, 1.0, 0.0])
    angles = 2 * np.pi * np.arange(_SIDES // 2) / (_SIDES // 2)
    across = np.cross(aside, tangents)
    circles = (
        across[:, None] * np.cos(angles)[None, :, None]
        + np.cross(tangents, across)[:, None] * np.sin(angles)[None, :, None]
    )
    rings = centres[:, None] + radius[:, None, None] * circles
    ends = [np.broadcast_to(centre, (1, *rings.shape[1:])) for centre in (centres[0], centres[-1])]
    return _skin(np.concatenate([ends[0], rings, ends[1]]))


def _rounded(control: np.ndarray, times: int = 2) -> np.ndarray:
    """Cut the corners of a polyline, both ends kept (Chaikin's scheme), shape (n, k) -> (m, k)."""
    for _ in range(times):
        near, far = 0.75 * control[:-1] + 0.25 * control[1:], 0.25 * control[:-1] + 0.75 * control[1:]
        cut = np.stack([near, far], axis=1).reshape(-1, control.shape[1])
        control = np.concatenate([control[:1], cut, control[-1:]])
    return control


def _skin(rings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Connect rings of shape (rings, sides, 3) and equal winding to points and triangles."""
    count, sides = rings.shape[:2]
    index = np.arange(count * sides).reshape(count, sides)
    a, b = index[:-1], np.roll(index, -1, axis=1)[:-1]
    c, d = np.roll(index, -1, axis=1)[1:], index[1:]
    faces = np.concatenate([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)]).reshape(-1, 3)
    points = rings.reshape(-1, 3)
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return points, faces[area > 1e-9]


def _point_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return unit normals of points, averaged over adjacent faces by area; coincident points share theirs."""
    corners = points[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, place = np.unique(points.round(6), axis=0, return_inverse=True)
    place = place.reshape(-1)
    normals = np.zeros((place.max() + 1, 3))
    np.add.at(normals, place[faces].ravel(), np.repeat(face_normals, 3, axis=0))
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))[place]
