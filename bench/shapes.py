"""Everyday things as meshes, one to two units large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.meshes import Mesh, around, box, circle, ellipsoid, join, moved, rounded_box, skin, torus, tube, turned


@dataclass(frozen=True, eq=False)
class Shape:
    """Closed triangle mesh, or several that overlap.

    Attributes:
        name: One of `SHAPES`.
        kind: "boxy", "rounded", "figure" or "thin": the class that its figures are reported under.
        vertices: Shape (V, 3).
        faces: Vertex indices, counter-clockwise from outside, shape (F, 3).
    """

    name: str
    kind: str
    vertices: np.ndarray
    faces: np.ndarray


def _l() -> Mesh:
    return join(box((-0.8, -0.6, -0.35), (-0.2, 0.9, 0.35)), box((-0.2, -0.6, -0.35), (0.8, 0.0, 0.35)))


def _chair() -> Mesh:
    legs = [box((x, 0, z), (x + 0.1, 0.8, z + 0.1)) for x in (-0.42, 0.32) for z in (-0.45, 0.35)]
    seat = box((-0.45, 0.8, -0.48), (0.45, 0.9, 0.48))
    back = box((-0.45, 0.9, -0.48), (0.45, 1.75, -0.4))
    return join(*legs, seat, back)


def _table() -> Mesh:
    legs = [box((x, 0, z), (x + 0.08, 0.7, z + 0.08)) for x in (-0.85, 0.77) for z in (-0.5, 0.42)]
    return join(*legs, box((-0.95, 0.7, -0.58), (0.95, 0.78, 0.58)))


def _bottle() -> Mesh:
    body = [(0.22, 0.0), (0.28, 0.03), (0.3, 0.1), (0.3, 0.9), (0.28, 1.02), (0.2, 1.15)]
    neck = [(0.11, 1.27), (0.09, 1.4), (0.09, 1.55), (0.12, 1.57), (0.12, 1.65)]
    return turned(body + neck)


def _lamp() -> Mesh:
    foot = [(0.34, 0.0), (0.34, 0.04), (0.1, 0.09), (0.035, 0.14), (0.035, 0.95)]
    shade = [(0.45, 0.95), (0.43, 1.0), (0.25, 1.45), (0.03, 1.47), (0.02, 1.56)]
    return turned(foot + shade)


def _blob() -> Mesh:
    def radius(d: np.ndarray) -> np.ndarray:
        x, y, z = d.T
        low = 0.18 * x * y + 0.25 * y * z - 0.12 * (x * x - z * z) + 0.2 * y
        high = 0.3 * x * y * z + 0.1 * (5 * y**3 - 3 * y) + 0.12 * x * (x * x - 3 * z * z)
        return 0.75 + low + high

    vertices, faces = around(radius)
    return vertices * (1.25, 0.9, 0.75), faces


def _star() -> Mesh:
    spikes = np.array([(1, 0.1, 0), (-0.9, 0.3, 0.2), (0, 1, 0.1), (0.2, -0.9, 0.3), (0.1, 0.2, 1), (0, -0.3, -1)])
    length = np.array([0.75, 0.6, 0.85, 0.55, 0.5, 0.65])
    spikes = spikes / np.linalg.norm(spikes, axis=1, keepdims=True)
    return around(lambda d: 0.35 + np.exp(14 * (d @ spikes.T - 1)) @ length)


def _pizza() -> Mesh:
    """Disc whose top is a low uneven dome, without an edge at its highest point."""
    edge = circle(48)
    angle = np.arctan2(edge[:, 0], edge[:, 2])
    shares = np.array([1.0, 0.97, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1])
    waves = np.outer(shares**2, np.cos(2 * angle + 1) + 0.6 * np.cos(3 * angle))
    heights = 0.05 + 0.04 * (1 - shares[:, None] ** 2) + 0.015 * waves * (1 - shares[:, None] ** 8)
    top = 0.8 * shares[:, None, None] * edge
    top[..., 1] = heights
    return skin(np.concatenate([[0.78 * edge], top]), np.array([[0, 0, 0], [0, 0.09, 0]]))


def _toy() -> Mesh:
    ears = [ellipsoid((x, 1.2, 0.03), (0.15, 0.15, 0.08), subdivisions=2) for x in (-0.27, 0.27)]
    arms = [ellipsoid((x, 0.55, 0.12), (0.13, 0.25, 0.14), subdivisions=2) for x in (-0.44, 0.44)]
    legs = [ellipsoid((x, 0.12, 0.3), (0.15, 0.14, 0.28), subdivisions=2) for x in (-0.25, 0.25)]
    body, head = ellipsoid((0, 0.42, 0), (0.42, 0.44, 0.36)), ellipsoid((0, 0.95, 0.04), (0.34, 0.31, 0.31))
    return join(body, head, *ears, *arms, *legs, ellipsoid((0, 0.88, 0.34), (0.13, 0.1, 0.1), subdivisions=2))


def _animal() -> Mesh:
    """Animal that faces +X."""
    leg = turned([(0.05, 0.0), (0.06, 0.05), (0.07, 0.3), (0.12, 0.62)], segments=16)
    legs = [moved(leg, (x, 0, z)) for x in (-0.46, 0.44) for z in (-0.15, 0.15)]
    body = ellipsoid((0, 0.72, 0), (0.68, 0.27, 0.25))
    neck = tube([(0.45, 0.78), (0.62, 0.98), (0.72, 1.15)], [0.17, 0.13, 0.1])
    head = ellipsoid((0.8, 1.18, 0), (0.24, 0.13, 0.12))
    ears = [ellipsoid((0.68, 1.33, z), (0.04, 0.1, 0.03), subdivisions=2) for z in (-0.08, 0.08)]
    tail = tube([(-0.62, 0.8), (-0.78, 0.78), (-0.86, 0.6), (-0.88, 0.4)], [0.05, 0.04, 0.035, 0.02])
    return join(*legs, body, neck, head, *ears, tail)


def _mug() -> Mesh:
    handle = [(0.4, 0.85), (0.58, 0.87), (0.7, 0.75), (0.73, 0.55), (0.66, 0.36), (0.52, 0.25), (0.38, 0.24)]
    wall = [(0.36, 0.0), (0.42, 0.03), (0.44, 0.2), (0.44, 1.0), (0.39, 1.0), (0.38, 0.1)]
    return join(turned(wall), tube(handle, [0.055] * len(handle)))


def _cushion() -> Mesh:
    return ellipsoid((0, 0, 0), (0.6, 0.2, 0.55), power=4)


def _sofa() -> Mesh:
    arms = [rounded_box((x, 0.1, -0.4), (x + 0.2, 0.55, 0.4), 0.09) for x in (-0.95, 0.75)]
    seats = [rounded_box((x, 0.25, -0.3), (x + 0.75, 0.45, 0.42), 0.08) for x in (-0.75, 0.0)]
    back = rounded_box((-0.9, 0.15, -0.45), (0.9, 0.8, -0.2), 0.1)
    feet = [box((x, 0, z), (x + 0.06, 0.15, z + 0.06)) for x in (-0.85, 0.79) for z in (-0.35, 0.29)]
    return join(*arms, *seats, back, rounded_box((-0.85, 0.1, -0.4), (0.85, 0.3, 0.38), 0.05), *feet)


def _tray() -> Mesh:
    ends = [box((x, 0, -0.5), (x + 0.03, 0.12, 0.5)) for x in (-0.8, 0.77)]
    sides = [box((-0.8, 0, z), (0.8, 0.12, z + 0.03)) for z in (-0.5, 0.47)]
    return join(box((-0.8, 0, -0.5), (0.8, 0.025, 0.5)), *ends, *sides)


def _shelf() -> Mesh:
    walls = [box((x, 0, -0.18), (x + 0.04, 1.8, 0.18)) for x in (-0.5, 0.46)]
    boards = [box((-0.48, y, -0.17), (0.48, y + 0.04, 0.17)) for y in (0.1, 0.65, 1.2, 1.74)]
    return join(*walls, *boards)


def _gasket() -> Mesh:
    """Plate with a round hole that is off its middle."""
    hole = circle(48)
    edge = hole / np.abs(hole).max(axis=1, keepdims=True)
    rings = [(0.3 * hole + (0.12, y, 0), edge * (0.75, 0, 0.5) + (0, y, 0)) for y in (0.0, 0.1)]
    return skin(np.stack([*rings[0], *rings[1][::-1]]))


def _flange() -> Mesh:
    plate = box((-0.6, 0.0, -0.6), (0.6, 0.14, 0.6))
    return join(plate, turned([(0.4, 0.1), (0.34, 0.2), (0.3, 0.3), (0.3, 0.75), (0.36, 0.75), (0.36, 0.85)]))


def _car() -> Mesh:
    (points, faces) = turned([(0.17, -0.06), (0.19, -0.04), (0.19, 0.04), (0.17, 0.06)], segments=32)
    wheel = points[:, [0, 2, 1]], faces[:, ::-1]
    wheels = [moved(wheel, (x, 0.19, z)) for x in (-0.55, 0.58) for z in (-0.34, 0.34)]
    body = rounded_box((-0.95, 0.16, -0.38), (0.95, 0.5, 0.38), 0.08)
    cabin = rounded_box((-0.6, 0.4, -0.34), (0.35, 0.78, 0.34), 0.12)
    return join(body, cabin, *wheels)


def _teapot() -> Mesh:
    body = [(0.3, 0.0), (0.36, 0.04), (0.5, 0.18), (0.56, 0.36), (0.52, 0.54), (0.4, 0.68), (0.28, 0.75)]
    lid = [(0.2, 0.82), (0.06, 0.86), (0.05, 0.9), (0.09, 0.95), (0.08, 1.0), (0.02, 1.03)]
    spout = tube([(0.4, 0.3), (0.62, 0.36), (0.72, 0.52), (0.8, 0.68), (0.93, 0.78)], [0.15, 0.12, 0.085, 0.07, 0.08])
    handle = [(-0.42, 0.62), (-0.6, 0.72), (-0.78, 0.7), (-0.87, 0.55), (-0.82, 0.36), (-0.66, 0.22), (-0.46, 0.22)]
    return join(turned(body + lid), spout, tube(handle, [0.05] * len(handle)))


def _wedge() -> Mesh:
    """Lopsided tetrahedron, none of whose faces is a face of its least box."""
    vertices = np.array([(0.9, 0.0, 0.1), (-0.7, 0.0, 0.55), (-0.5, 0.05, -0.6), (0.1, 0.95, 0.05)])
    return vertices, np.array([(0, 1, 2), (0, 3, 1), (1, 3, 2), (2, 3, 0)])


_BUILDERS: dict[str, tuple[str, Callable[[], Mesh]]] = {
    "cube": ("boxy", lambda: box((-0.6, -0.6, -0.6), (0.6, 0.6, 0.6))),
    "L": ("boxy", _l),
    "chair": ("boxy", _chair),
    "table": ("boxy", _table),
    "bottle": ("rounded", _bottle),
    "lamp": ("rounded", _lamp),
    "cone": ("rounded", lambda: turned([(0.6, 0.0), (0.45, 0.375), (0.3, 0.75), (0.15, 1.125), (0.01, 1.475)])),
    "torus": ("rounded", lambda: torus(0.7, 0.24)),
    "rod": ("thin", lambda: turned([(0.03, -1.0), (0.03, 1.0)], segments=24)),
    "plate": ("thin", lambda: box((-0.8, -0.015, -0.55), (0.8, 0.015, 0.55))),
    "blob": ("rounded", _blob),
    "star": ("rounded", _star),
    "pizza": ("rounded", _pizza),
    "toy": ("figure", _toy),
    "animal": ("figure", _animal),
    "mug": ("rounded", _mug),
    "cushion": ("rounded", _cushion),
    "sofa": ("rounded", _sofa),
    "tray": ("thin", _tray),
    "shelf": ("boxy", _shelf),
    "gasket": ("thin", _gasket),
    "flange": ("boxy", _flange),
    "car": ("boxy", _car),
    "teapot": ("rounded", _teapot),
    "wedge": ("boxy", _wedge),
}

SHAPES = tuple(_BUILDERS)
"""Names of the shapes, in the order of the tables."""


def make_shape(name: str) -> Shape:
    """Build one of `SHAPES`."""
    kind, build = _BUILDERS[name]
    vertices, faces = build()
    return Shape(name, kind, vertices, faces)
