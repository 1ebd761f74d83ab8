"""Silhouettes and areas as arrays, for the way to another process and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Areas


def pack_silhouettes(silhouettes: Sequence[Silhouette]) -> tuple[np.ndarray, ...]:
    """All that a renderer looks at; the views' names stay here."""
    cameras = [silhouette.camera for silhouette in silhouettes]
    return (
        np.array([camera.camera_from_world for camera in cameras]),
        np.array([(*camera.focal, *camera.principal) for camera in cameras], dtype=np.float64),
        np.array([camera.resolution for camera in cameras], dtype=np.int64),
        np.array([silhouette.origin for silhouette in silhouettes], dtype=np.int64),
        *(silhouette.mask for silhouette in silhouettes),
    )


def unpack_silhouettes(arrays: Sequence[np.ndarray]) -> tuple[Silhouette, ...]:
    """The silhouettes that were packed; they are called by their numbers."""
    matrices, lenses, resolutions, origins, *masks = arrays
    found = []
    for index, (matrix, lens, resolution, origin, mask) in enumerate(
        zip(matrices, lenses.tolist(), resolutions.tolist(), origins.tolist(), masks, strict=True)
    ):
        camera = Camera(matrix, (lens[0], lens[1]), (lens[2], lens[3]), (resolution[0], resolution[1]))
        found.append(Silhouette(str(index), camera, mask, (origin[0], origin[1])))
    return tuple(found)


def pack_areas(areas: Areas) -> tuple[np.ndarray, ...]:
    """Areas and their gradients."""
    return areas.box, areas.overlap, areas.box_gradient, areas.overlap_gradient


def unpack_areas(arrays: Sequence[np.ndarray], count: int) -> Areas:
    """The areas that were packed.

    Args:
        arrays: What came.
        count: Number of views that they are of.

    Raises:
        ValueError: If they are none of so many views.
    """
    shapes = [array.shape for array in arrays]
    if shapes != [(count,), (count,), (count, 8, 3), (count, 8, 3)]:
        raise ValueError(f"arrays of shapes {shapes} are no areas of {count} views")
    return Areas(*arrays)
