"""Shaded pictures of triangles with hidden surfaces, drawn by NumPy: omni.ui.scene has no depth test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.ui.view3d.orbit import Orbit

COLOUR = (132, 140, 154)
"""RGB of a side that faces the light."""

_DARKEST = 0.32
"""Brightness of a side that is turned away from the light."""

_LIGHT = np.array([-0.35, 0.55, 0.76])
"""Direction to the light in the view's own axes (right, up, back), a unit vector: it goes with the camera."""


@dataclass(frozen=True, eq=False)
class Shading:
    """A picture of triangles.

    Attributes:
        rgba: Shape (height, width, 4), uint8; alpha is 0 where there is no triangle.
        depth: Distance along the view at every pixel, in the world's units, shape (height, width); infinite where
            there is no triangle.
        size: Width and height, in [px], of the view that the picture fills.
    """

    rgba: np.ndarray
    depth: np.ndarray
    size: tuple[float, float]

    def hides(self, pixels: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Return True for points behind a triangle.

        Args:
            pixels: (x, y) in [px] from the view's top left, shape (n, 2); NaN for points behind the eye.
            depth: Their distance along the view, shape (n,).
        """
        height, width = self.depth.shape
        with np.errstate(invalid="ignore"):
            column, row = np.floor(pixels * (np.array([width, height]) / self.size)).T
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        hidden = np.zeros(len(pixels), dtype=bool)
        at = row[inside].astype(int), column[inside].astype(int)
        hidden[inside] = self.depth[at] < depth[inside]
        return hidden


def shade(
    triangles: np.ndarray, orbit: Orbit, size: tuple[float, float], scale: float = 1.0, averaged: int = 1
) -> Shading:
    """Draw triangles, opaque and alike from both sides, the brighter the more they face the light.

    Args:
        triangles: In the world, shape (n, 3, 3).
        orbit: The view's camera.
        size: Width and height of the view in [px].
        scale: Pixels of the picture per pixel of the view.
        averaged: Number of samples in each direction whose mean is a pixel of the picture: more smooth its outlines.
    """
    rows, columns = (averaged * max(1, round(scale * length)) for length in (size[1], size[0]))
    seen = (triangles - orbit.eye) @ orbit.axes.T
    camera = _camera(orbit, size, (rows, columns))
    kept = np.flatnonzero(_may_cover(seen, camera))
    seen = seen[kept]
    face, depth = rasterize(seen.reshape(-1, 3), np.arange(3 * len(seen)).reshape(-1, 3), camera)
    # The last brightness is that of no triangle, which has the index -1.
    brightness = np.append(_brightness(seen), 0).astype(np.float32)[face]
    covered = _averages((face >= 0).astype(np.float32), averaged)
    mean = _averages(brightness, averaged) / np.maximum(covered, 1e-6)
    rgba = np.empty((*mean.shape, 4), dtype=np.uint8)
    for channel, most in enumerate(COLOUR):
        rgba[..., channel] = most * mean
    rgba[..., 3] = 255 * covered
    return Shading(rgba, depth[::averaged, ::averaged], size)


def _averages(values: np.ndarray, count: int) -> np.ndarray:
    """Return the means of squares of `count` x `count` values, which divide the shape (height, width)."""
    total = np.zeros_like(values[::count, ::count])
    for row, column in np.ndindex(count, count):
        total += values[row::count, column::count]
    return total / count**2


def _camera(orbit: Orbit, size: tuple[float, float], resolution: tuple[int, int]) -> Camera:
    """Return the view's camera for a picture of a resolution (height, width)."""
    rows, columns = resolution
    focal = orbit.focal * rows
    stretched = focal * (columns / rows) / (size[0] / size[1])
    return Camera(np.eye(4), (stretched, focal), (columns / 2, rows / 2), resolution)


def _may_cover(seen: np.ndarray, camera: Camera) -> np.ndarray:
    """Return False for triangles that cover no pixel's centre, as most of a fine mesh in a small picture."""
    # A corner at a time: minima along an axis of three are slow.
    corners = np.moveaxis(seen, 1, 0)
    depth = -corners[..., 2]
    behind = depth <= 0
    may = np.ones(len(seen), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for axis, focal in enumerate((camera.focal[0], -camera.focal[1])):
            a, b, c = camera.principal[axis] - 0.5 + focal * corners[..., axis] / depth
            first, last = np.ceil(np.minimum(np.minimum(a, b), c)), np.ceil(np.maximum(np.maximum(a, b), c))
            may &= (first < last) & (last > 0) & (first < camera.resolution[1 - axis])
    return np.where(behind.any(axis=0), ~behind.all(axis=0), may)


def _brightness(seen: np.ndarray) -> np.ndarray:
    """Return the brightness of triangles by the direction of the side that is seen, shape (n,), in [0, 1]."""
    normals = np.cross(seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0])
    away = (normals * seen[:, 0]).sum(axis=1) > 0
    facing = normals @ _LIGHT * np.where(away, -1, 1) / np.maximum(np.linalg.norm(normals, axis=1), 1e-300)
    return _DARKEST + (1 - _DARKEST) * np.clip(facing, 0, 1)
