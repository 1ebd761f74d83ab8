"""Conversion of silhouettes and areas to arrays and back, for messages to another process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Areas


def pack_silhouettes(silhouettes: Sequence[Silhouette]) -> tuple[np.ndarray, ...]:
    """Pack silhouettes as arrays, without the views' names."""
    cameras = [silhouette.camera for silhouette in silhouettes]
    return (
        np.array([camera.camera_from_world for camera in cameras]),
        np.array([(*camera.focal, *camera.principal) for camera in cameras], dtype=np.float64),
        np.array([camera.resolution for camera in cameras], dtype=np.int64),
        np.array([silhouette.origin for silhouette in silhouettes], dtype=np.int64),
        *(silhouette.mask for silhouette in silhouettes),
    )


def unpack_silhouettes(arrays: Sequence[np.ndarray]) -> tuple[Silhouette, ...]:
    """Unpack silhouettes; their views are named by their numbers."""
    matrices, lenses, resolutions, origins, *masks = arrays
    silhouettes = []
    for index, (matrix, lens, resolution, origin, mask) in enumerate(
        zip(matrices, lenses.tolist(), resolutions.tolist(), origins.tolist(), masks, strict=True)
    ):
        camera = Camera(matrix, (lens[0], lens[1]), (lens[2], lens[3]), (resolution[0], resolution[1]))
        silhouettes.append(Silhouette(str(index), camera, mask, (origin[0], origin[1])))
    return tuple(silhouettes)


AREAS_BYTES = 8 * (1 + 1 + 24 + 24)
"""Size of the packed areas of a view."""


def pack_areas(areas: Areas) -> tuple[np.ndarray, ...]:
    """Pack areas and their gradients as arrays."""
    return areas.box, areas.overlap, areas.box_gradient, areas.overlap_gradient


def unpack_areas(arrays: Sequence[np.ndarray], count: int) -> Areas:
    """Unpack areas and their gradients.

    Args:
        arrays: Arrays of an answer.
        count: Number of views.

    Raises:
        ValueError: If the arrays are not finite areas of so many views.
    """
    layouts = [(array.dtype.str, *array.shape) for array in arrays]
    double = np.dtype(np.float64).str
    if layouts != [(double, count), (double, count), (double, count, 8, 3), (double, count, 8, 3)]:
        raise ValueError(f"arrays of {layouts} are not areas of {count} views")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("areas that are not finite are not areas")
    return Areas(*arrays)
