"""Distances from the annotators `distance_to_image_plane` and `distance_to_camera`, as depth along the view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.views.sensors import depth_values, read_depth

DEPTHS = ("distance_to_image_plane", "distance_to_camera")
"""Annotators of distances, in order of preference: along the view, and along the ray through each pixel."""


def depth_image(
    annotators: Mapping[str, Any], camera: Camera, meters_per_unit: float | None
) -> dict[str, Callable[[], np.ndarray]]:
    """Make a function for `View.images` that returns the depth along the view, in the scene's units.

    Args:
        annotators: Outputs by annotator: arrays of shape (height, width), which are copied, or paths of npy files.
        camera: Camera of the view.
        meters_per_unit: Unit of the scene, since the annotators give metres; None if unknown, to convert nothing.

    Returns:
        The function, as `depth_linear`; nothing without distances.

    Raises:
        DatasetError: If an array does not hold numbers, or has another size than the camera's image.
    """
    annotator = next((name for name in DEPTHS if np.size(annotators.get(name, ())) > 0), None)
    if annotator is None:
        return {}
    output, resolution = annotators[annotator], camera.resolution
    if not isinstance(output, Path):
        output = np.array(depth_values(f"its {annotator}", np.asarray(output), resolution))

    def depth() -> np.ndarray:
        values = read_depth(output, resolution) if isinstance(output, Path) else output
        if annotator == "distance_to_camera":
            height, width = resolution
            values = values / camera.ray_lengths(np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5)
        return np.asarray(values / (meters_per_unit or 1.0), dtype=np.float32)

    return {"depth_linear": depth}
