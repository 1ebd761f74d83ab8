"""Cameras of the frames of a transforms.json: intrinsics, pose and distortion.

Pixel coordinates begin at the corner of the first pixel, whose centre is at (0.5, 0.5), in nerfstudio and instant-ngp
as in boxfit, so that cx and cy need no shift. docs/transforms-format.md names the sources.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from boxfit.errors import CameraError
from boxfit.geometry.camera import Camera
from boxfit.views.boxes import LARGEST, is_number
from boxfit.views.conventions import camera_from_pose

_FOCAL = {axis: (f"fl_{axis}", f"{axis}_fov", f"camera_angle_{axis}") for axis in "xy"}
"""Fields of the focal length by axis: in [px], and as the angle of the whole image in degrees and in radians."""

_COEFFICIENTS = ("k1", "k2", "k3", "k4", "p1", "p2")
"""Names of the distortion's coefficients, in the order of the list `distortion_params`."""

_GROUPS = (*_FOCAL.values(), (*_COEFFICIENTS, "distortion_params"))
"""Fields that exclude each other: a frame that states one of them replaces all those of the file."""

_PERSPECTIVE = ("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV")
"""Values of `camera_model` that nerfstudio takes for a perspective lens, with the same coefficients."""

_OTHER_LENSES = ("is_fisheye", "ftheta_p1", "latlong", "equirectangular", "orthographic")
"""Fields of instant-ngp that state another lens."""


def frame_fields(common: Mapping[str, Any], frame: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the fields of a frame with those that the file states for all frames."""
    replaced = {key for group in _GROUPS if any(key in frame for key in group) for key in group}
    return {key: value for key, value in common.items() if key not in replaced} | dict(frame)


def stated_size(fields: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the (height, width) for which the intrinsics of a frame are stated; None if it states none."""
    if "w" not in fields or "h" not in fields:
        return None
    height, width = int(_number(fields, "h")), int(_number(fields, "w"))
    if height < 1 or width < 1:
        raise CameraError(f"its size is w {width}, h {height}, not positive")
    return height, width


def frame_camera(fields: Mapping[str, Any], size: tuple[int, int], resolution: tuple[int, int]) -> Camera:
    """Make the camera of a frame, without its distortion.

    Args:
        fields: Fields of the frame.
        size: (height, width) for which its intrinsics are stated.
        resolution: (height, width) of its mask, to which they are scaled.

    Raises:
        CameraError: If a field is missing or cannot be used, the lens is none with perspective, or the resolution is
            not the size scaled.
    """
    (height, width), rows, columns = size, resolution[0] / size[0], resolution[1] / size[1]
    if min(abs(resolution[0] - height * columns), abs(resolution[1] - width * rows)) > 1:
        raise CameraError(
            f"its mask is {resolution[1]} x {resolution[0]} pixels (width x height), of another shape than the image, "
            f"{width} x {height}: it is cropped or turned"
        )
    fx, fy = _focal(fields, "x", width), _focal(fields, "y", height)
    fx = fy if fx is None else fx
    if fx is None:
        raise CameraError("it has no focal length: state fl_x in pixels, or camera_angle_x in radians")
    fy = fx if fy is None else fy
    cx, cy = _number({"cx": width / 2, **fields}, "cx"), _number({"cy": height / 2, **fields}, "cy")
    pose = np.array(fields["transform_matrix"], dtype=np.float64)
    pose = np.vstack([pose, [0, 0, 0, 1]]) if pose.shape == (3, 4) else pose
    if not (np.abs(pose) < LARGEST).all():
        raise CameraError(f"its transform_matrix is not of numbers below {LARGEST:g}")
    return Camera(camera_from_pose(pose, "opengl"), (fx * columns, fy * rows), (cx * columns, cy * rows), resolution)


def frame_distortion(fields: Mapping[str, Any]) -> dict[str, float]:
    """Return the coefficients of a frame's distortion, with OpenCV's names.

    Raises:
        CameraError: If its lens is none with perspective, or has a term that OpenCV's lens lacks.
    """
    model = fields.get("camera_model", "OPENCV")
    others = [key for key in _OTHER_LENSES if fields.get(key)]
    if str(model).upper() not in _PERSPECTIVE or others:
        lens = others[0] if others else f"camera_model {model!r:.40}"
        raise CameraError(f"its lens is {lens}: undistort the images to one of {', '.join(_PERSPECTIVE)}")
    if "distortion_params" in fields:
        fields = dict(zip(_COEFFICIENTS, fields["distortion_params"], strict=True))
    found = {key: _number(fields, key) for key in _COEFFICIENTS if key in fields}
    if found.pop("k4", 0.0) != 0.0:  # The factor of r^8, which is no coefficient of OpenCV's.
        raise CameraError("its distortion has a k4 other than 0, and only k1, k2, k3, p1 and p2 are supported")
    return found


def _focal(fields: Mapping[str, Any], axis: str, length: int) -> float | None:
    """Return the focal length along an axis of an image of that length, in [px]; None if it is not stated."""
    in_pixels, in_degrees, in_radians = _FOCAL[axis]
    if in_pixels in fields:
        return _number(fields, in_pixels)
    key = next((key for key in (in_degrees, in_radians) if key in fields), None)
    if key is None:
        return None
    angle = math.radians(_number(fields, key)) if key == in_degrees else _number(fields, key)
    if not 0 < angle < math.pi:
        raise CameraError(f"its {key} is {fields[key]:g}, not an angle below half a turn")
    return length / 2 / math.tan(angle / 2)


def _number(fields: Mapping[str, Any], key: str) -> float:
    if not is_number(fields[key]):
        raise CameraError(f"its {key} is {fields[key]!r:.40}, not a number")
    return float(fields[key])
