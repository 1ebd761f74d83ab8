"""Closed triangle meshes: blocks, ellipsoids, turned profiles, tubes, radial surfaces, and unions of such parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Mesh = tuple[np.ndarray, np.ndarray]
"""Vertices, shape (V, 3), and vertex indices of faces, counter-clockwise from outside, shape (F, 3)."""
Point = tuple[float, float, float]


def box(low: Point, high: Point) -> Mesh:
    """Make a block from two opposite corners."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])
    return np.array(low) + corners * (np.array(high) - np.array(low)), faces


def rounded_box(low: Point, high: Point, radius: float) -> Mesh:
    """Make a block whose edges and corners are rounded off: a sphere of `radius` pulled apart along the axes."""
    sphere, faces = icosphere(2)
    middle, half = (np.array(low) + high) / 2, (np.array(high) - low) / 2
    return middle + radius * sphere + np.sign(sphere.round(9)) * (half - radius), faces


def ellipsoid(centre: Point, radii: Point, power: float = 2, subdivisions: int = 3) -> Mesh:
    """Make the superellipsoid |x / a|^power + |y / b|^power + |z / c|^power = 1: a cushion with a power above 2."""
    vertices, faces = around(lambda d: (np.abs(d) ** power).sum(axis=1) ** (-1 / power), subdivisions)
    return centre + vertices * radii, faces


def join(*parts: Mesh) -> Mesh:
    """Put parts into one mesh; they may overlap."""
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts])
    faces = [part[1] + start for part, start in zip(parts, starts, strict=False)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def moved(mesh: Mesh, offset: Point) -> Mesh:
    """Translate a mesh."""
    return mesh[0] + offset, mesh[1]


def skin(rings: np.ndarray, ends: np.ndarray | None = None) -> Mesh:
    """Connect each ring with the next.

    Args:
        rings: Shape (r, s, 3), each counter-clockwise as seen from the rings after it.
        ends: Middles of the discs that close the first and the last ring, shape (2, 3). Without them the last ring is
            connected with the first, as in a torus.
    """
    count, sides = rings.shape[:2]
    here = np.arange(count * sides).reshape(count, sides)
    aside = np.roll(here, -1, axis=1)
    a, b, c, d = here, aside, np.roll(aside, -1, axis=0), np.roll(here, -1, axis=0)
    used = slice(None) if ends is None else slice(-1)
    faces = [np.stack(corners, axis=-1)[used].reshape(-1, 3) for corners in ((a, b, c), (a, c, d))]
    vertices = rings.reshape(-1, 3)
    if ends is not None:
        first, last = (np.full(sides, len(vertices) + end) for end in (0, 1))
        faces += [np.stack([first, aside[0], here[0]], axis=-1), np.stack([last, here[-1], aside[-1]], axis=-1)]
        vertices = np.concatenate([vertices, ends])
    return vertices, np.concatenate(faces)


def turned(profile: list[tuple[float, float]], segments: int = 40) -> Mesh:
    """Turn a profile of (radius, y), listed upwards, about the Y axis and close it at both ends."""
    rings = np.stack([circle(segments) * radius + (0, y, 0) for radius, y in profile])
    return skin(rings, np.array([[0, profile[0][1], 0], [0, profile[-1][1], 0]]))


def torus(major: float, minor: float, segments: int = 36, sides: int = 18) -> Mesh:
    """Make a torus around the Y axis."""
    phi, theta = (2 * np.pi * np.arange(count) / count for count in (segments, sides))
    radius = major + minor * np.cos(theta)
    height = np.broadcast_to(minor * np.sin(theta), (segments, sides))
    return skin(np.stack([np.outer(np.sin(phi), radius), height, np.outer(np.cos(phi), radius)], axis=-1)[::-1])


def tube(path: list[tuple[float, float]], radii: list[float], sides: int = 16) -> Mesh:
    """Move a circle along a path of (x, y) in the plane z = 0, and close it at both ends."""
    centres = np.column_stack([np.array(path), np.zeros(len(path))])
    along = np.gradient(centres, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, (0, 0, 1))
    turn = 2 * np.pi * np.arange(sides)[:, None] / sides
    offsets = np.cos(turn) * across[:, None] + np.sin(turn) * (0, 0, -1)
    return skin(centres[:, None] + np.array(radii)[:, None, None] * offsets, centres[[0, -1]])


def around(radius: Callable[[np.ndarray], np.ndarray], subdivisions: int = 3) -> Mesh:
    """Make a radial surface: the icosphere, scaled to a radius in each direction."""
    vertices, faces = icosphere(subdivisions)
    return vertices * radius(vertices)[:, None], faces


def circle(segments: int) -> np.ndarray:
    """Return points of the unit circle in the plane y = 0, counter-clockwise from +Y, shape (segments, 3)."""
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    return np.stack([np.sin(angles), np.zeros(segments), np.cos(angles)], axis=1)


def icosphere(subdivisions: int) -> Mesh:
    """Make the unit sphere of 20 * 4^subdivisions faces."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [(0, s, t * golden) for s in (-1, 1) for t in (-1, 1)]
    vertices = np.array([np.roll(corner, shift) for shift in range(3) for corner in corners], dtype=np.float64)
    distance = np.linalg.norm(vertices[:, None] - vertices, axis=-1)
    near = np.isclose(distance, 2.0)
    faces = np.array(
        [(a, b, c) for a in range(12) for b in range(a) for c in range(b) if near[a, b] and near[b, c] and near[a, c]]
    )
    outward = np.linalg.det(vertices[faces]) > 0
    faces[~outward] = faces[~outward][:, ::-1]
    vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    for _ in range(subdivisions):
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, which = np.unique(edges, axis=0, return_inverse=True)
        middle = which.reshape(-1, 3) + len(vertices)
        (a, b, c), (ab, bc, ca) = faces.T, middle.T
        faces = np.stack([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]).transpose(0, 2, 1).reshape(-1, 3)
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
        vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    return vertices, faces
