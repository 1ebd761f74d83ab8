"""Reader of the annotator `camera_params`; docs/replicator-format.md describes its conventions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from boxfit.errors import CameraError, DatasetError
from boxfit.geometry.camera import Camera
from boxfit.views.metadata import row_matrix

_PINHOLE = ("pinhole", "")
"""Lens models that the projection matrix describes completely; empty if the camera has none."""


def camera_from_params(params: Mapping[str, Any]) -> Camera:
    """Read a camera from the annotator's output.

    `cameraViewTransform` transforms row vectors from the world to a camera that looks along -Z. Only the x, y and w
    columns of `cameraProjection` are used: its depth is reversed and nearly infinite. The vertical aperture is not
    used, since the renderer's pixels are square.

    Args:
        params: Output of the annotator, as arrays or lists.

    Raises:
        DatasetError: If a key is missing, or a value is invalid.
        CameraError: If the camera is not a pinhole camera, or the values are not those of a valid camera.
    """
    model = params.get("cameraModel", "")
    if model not in _PINHOLE:
        raise CameraError(
            f"its camera model is {model}, whose projection the file does not hold: only pinhole cameras can be used; "
            "render the view with a pinhole camera, or leave it out"
        )
    width, height = (int(length) for length in _numbers(params, "renderProductResolution", 2))
    if min(width, height) < 1:
        raise DatasetError(f"its renderProductResolution is {width} x {height}, not positive")
    view = _numbers(params, "cameraViewTransform", 16).reshape(4, 4)
    projection = _numbers(params, "cameraProjection", 16).reshape(4, 4)
    focal, principal = _intrinsics(projection, (height, width))
    return Camera(row_matrix(view, "cameraViewTransform").T, focal, principal, (height, width))


def meters_per_unit(params: Mapping[str, Any]) -> float | None:
    """Return the length of the scene's unit in metres, or None if the parameters have none.

    Raises:
        DatasetError: If it is not a positive number.
    """
    if "metersPerSceneUnit" not in params:
        return None
    (meters,) = _numbers(params, "metersPerSceneUnit", 1)
    if not 1e-15 < meters < 1e15:
        raise DatasetError(f"metersPerSceneUnit is {meters:g}, not positive and within 1e-15 to 1e15")
    # The renderer writes a float32 with the digits of a float64: 0.009999999776482582 for 0.01.
    return float(str(np.float32(meters)))


def lens_properties(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the available clipping range and aperture, as in the Data Generator's `camera_properties`."""
    properties: dict[str, Any] = {}
    with suppress(DatasetError):
        properties["clipping_range"] = _numbers(params, "cameraNearFar", 2).tolist()
    with suppress(DatasetError):
        properties["horizontal_aperture"] = float(_numbers(params, "cameraAperture", 2)[0])
    return properties


def _intrinsics(projection: np.ndarray, resolution: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Compute focal lengths and principal point in [px] from a projection matrix for row vectors.

    For a point (x, y, -depth), w = P23 z + P33 is a multiple of the depth, u = (x' / w + 1) W / 2 and
    v = (1 - y' / w) H / 2.
    """
    scale = -projection[2, 3]
    across = [projection[0, 1], projection[1, 0], projection[3, 0], projection[3, 1], *projection[[0, 1, 3], 3]]
    if not scale > 0 or np.abs(across).max() > 1e-6 * max(scale, abs(projection[0, 0])):
        raise CameraError(
            "its cameraProjection is not that of a pinhole camera (orthographic?): render the view with a perspective "
            "camera, or leave it out"
        )
    height, width = resolution
    (fx, fy), (offset_x, offset_y) = np.diag(projection)[:2] / scale, projection[2, :2] / scale
    focal = (float(fx) * width / 2, float(fy) * height / 2)
    return focal, ((1 - float(offset_x)) * width / 2, (1 + float(offset_y)) * height / 2)


def _numbers(params: Mapping[str, Any], key: str, count: int) -> np.ndarray:
    if key not in params:
        raise DatasetError(f"its camera_params have no {key}: write the view again")
    try:
        values = np.array(params[key], dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError) as error:
        raise DatasetError(f"{key} of its camera_params is not numbers ({error})") from error
    if len(values) != count or not np.isfinite(values).all():
        raise DatasetError(f"{key} of its camera_params is not {count} finite numbers")
    return values
