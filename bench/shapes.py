"""Twelve everyday meshes, one to two units large, from boxes, turned profiles and radial surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Shape:
    """Closed triangle mesh.

    Attributes:
        name: One of `SHAPES`.
        kind: "boxy", "rounded" or "thin": the class that its figures are reported under.
        vertices: Shape (V, 3).
        faces: Vertex indices, counter-clockwise from outside, shape (F, 3).
    """

    name: str
    kind: str
    vertices: np.ndarray
    faces: np.ndarray


Mesh = tuple[np.ndarray, np.ndarray]


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])
    return np.array(low) + corners * (np.array(high) - np.array(low)), faces


def _join(*parts: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts])
    faces = [part[1] + start for part, start in zip(parts, starts, strict=False)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def _turned(profile: list[tuple[float, float]], segments: int = 40) -> Mesh:
    """Turn a profile of (radius, y), listed upwards, about the Y axis and close it at both ends."""
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    circle = np.stack([np.sin(angles), np.zeros(segments), np.cos(angles)], axis=1)
    rings = [circle * radius + (0, y, 0) for radius, y in profile]
    bottom, top = len(rings) * segments, len(rings) * segments + 1
    faces = []
    for i in range(segments):
        j = (i + 1) % segments
        faces.append((bottom, j, i))
        for below in range(0, (len(rings) - 1) * segments, segments):
            above = below + segments
            faces += [(below + i, below + j, above + j), (below + i, above + j, above + i)]
        faces.append((top, bottom - segments + i, bottom - segments + j))
    return np.concatenate([*rings, [[0, profile[0][1], 0], [0, profile[-1][1], 0]]]), np.array(faces)


def _torus(major: float, minor: float, segments: int = 36, sides: int = 18) -> Mesh:
    around, across = np.meshgrid(np.arange(segments), np.arange(sides), indexing="ij")
    phi, theta = 2 * np.pi * around / segments, 2 * np.pi * across / sides
    radius = major + minor * np.cos(theta)
    vertices = np.stack([radius * np.sin(phi), minor * np.sin(theta), radius * np.cos(phi)], axis=-1)
    here = around * sides + across
    ahead = (around + 1) % segments * sides + across
    turned = around * sides + (across + 1) % sides
    both = (around + 1) % segments * sides + (across + 1) % sides
    faces = np.stack([[here, ahead, both], [here, both, turned]]).transpose(0, 2, 3, 1).reshape(-1, 3)
    return vertices.reshape(-1, 3), faces


def _around(radius: Callable[[np.ndarray], np.ndarray], subdivisions: int = 3) -> Mesh:
    """Make a radial surface: an icosphere of 20 * 4^subdivisions faces, scaled to a radius in each direction."""
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
    for _ in range(subdivisions):
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, which = np.unique(edges, axis=0, return_inverse=True)
        middle = which.reshape(-1, 3) + len(vertices)
        (a, b, c), (ab, bc, ca) = faces.T, middle.T
        faces = np.stack([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]).transpose(0, 2, 1).reshape(-1, 3)
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
        vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    return vertices * radius(vertices)[:, None], faces


def _cube() -> Mesh:
    return _box((-0.6, -0.6, -0.6), (0.6, 0.6, 0.6))


def _l() -> Mesh:
    return _join(_box((-0.8, -0.6, -0.35), (-0.2, 0.9, 0.35)), _box((-0.2, -0.6, -0.35), (0.8, 0.0, 0.35)))


def _chair() -> Mesh:
    legs = [_box((x, 0, z), (x + 0.1, 0.8, z + 0.1)) for x in (-0.42, 0.32) for z in (-0.45, 0.35)]
    seat = _box((-0.45, 0.8, -0.48), (0.45, 0.9, 0.48))
    back = _box((-0.45, 0.9, -0.48), (0.45, 1.75, -0.4))
    return _join(*legs, seat, back)


def _table() -> Mesh:
    legs = [_box((x, 0, z), (x + 0.08, 0.7, z + 0.08)) for x in (-0.85, 0.77) for z in (-0.5, 0.42)]
    return _join(*legs, _box((-0.95, 0.7, -0.58), (0.95, 0.78, 0.58)))


def _bottle() -> Mesh:
    body = [(0.22, 0.0), (0.28, 0.03), (0.3, 0.1), (0.3, 0.9), (0.28, 1.02), (0.2, 1.15)]
    neck = [(0.11, 1.27), (0.09, 1.4), (0.09, 1.55), (0.12, 1.57), (0.12, 1.65)]
    return _turned(body + neck)


def _lamp() -> Mesh:
    foot = [(0.34, 0.0), (0.34, 0.04), (0.1, 0.09), (0.035, 0.14), (0.035, 0.95)]
    shade = [(0.45, 0.95), (0.43, 1.0), (0.25, 1.45), (0.03, 1.47), (0.02, 1.56)]
    return _turned(foot + shade)


def _cone() -> Mesh:
    return _turned([(0.6, 0.0), (0.45, 0.375), (0.3, 0.75), (0.15, 1.125), (0.01, 1.475)])


def _rod() -> Mesh:
    return _turned([(0.03, -1.0), (0.03, 1.0)], segments=24)


def _plate() -> Mesh:
    return _box((-0.8, -0.015, -0.55), (0.8, 0.015, 0.55))


def _blob() -> Mesh:
    def radius(d: np.ndarray) -> np.ndarray:
        x, y, z = d.T
        low = 0.18 * x * y + 0.25 * y * z - 0.12 * (x * x - z * z) + 0.2 * y
        high = 0.3 * x * y * z + 0.1 * (5 * y**3 - 3 * y) + 0.12 * x * (x * x - 3 * z * z)
        return 0.75 + low + high

    vertices, faces = _around(radius)
    return vertices * (1.25, 0.9, 0.75), faces


def _star() -> Mesh:
    spikes = np.array([(1, 0.1, 0), (-0.9, 0.3, 0.2), (0, 1, 0.1), (0.2, -0.9, 0.3), (0.1, 0.2, 1), (0, -0.3, -1)])
    length = np.array([0.75, 0.6, 0.85, 0.55, 0.5, 0.65])
    spikes = spikes / np.linalg.norm(spikes, axis=1, keepdims=True)
    return _around(lambda d: 0.35 + np.exp(14 * (d @ spikes.T - 1)) @ length)


_BUILDERS: dict[str, tuple[str, Callable[[], Mesh]]] = {
    "cube": ("boxy", _cube),
    "L": ("boxy", _l),
    "chair": ("boxy", _chair),
    "table": ("boxy", _table),
    "bottle": ("rounded", _bottle),
    "lamp": ("rounded", _lamp),
    "cone": ("rounded", _cone),
    "torus": ("rounded", lambda: _torus(0.7, 0.24)),
    "rod": ("thin", _rod),
    "plate": ("thin", _plate),
    "blob": ("rounded", _blob),
    "star": ("rounded", _star),
}

SHAPES = tuple(_BUILDERS)
"""Names of the shapes, in the order of the tables."""


def make_shape(name: str) -> Shape:
    """Build one of `SHAPES`."""
    kind, build = _BUILDERS[name]
    vertices, faces = build()
    return Shape(name, kind, vertices, faces)
