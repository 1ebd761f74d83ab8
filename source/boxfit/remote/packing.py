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


def pack_areas(areas: Areas) -> tuple[np.ndarray, ...]:
    """Pack areas and their gradients as arrays."""
    return areas.box, areas.overlap, areas.box_gradient, areas.overlap_gradient


def unpack_areas(arrays: Sequence[np.ndarray], count: int) -> Areas:
    """Unpack areas and their gradients.

    Args:
        arrays: Arrays of an answer.
        count: Number of views.

    Raises:
        ValueError: If the arrays are not areas of so many views.
    """
    shapes = [array.shape for array in arrays]
    if shapes != [(count,), (count,), (count, 8, 3), (count, 8, 3)]:
        raise ValueError(f"arrays of shapes {shapes} are not areas of {count} views")
    return Areas(*arrays)
