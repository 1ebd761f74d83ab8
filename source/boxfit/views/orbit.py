"""Cameras around an object, spread evenly over all sides of it."""

from __future__ import annotations

import numpy as np

from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.settings import CaptureSettings
from boxfit.views.metadata import FOCAL_LENGTH

APERTURE = 20.955
"""Width of the sensor of USD's and the generator's default camera, in tenths of a unit."""

_MARGIN = 1.1
"""Distance in units of that from which the sphere around the object just fits into the image."""

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def orbit_cameras(
    centre: np.ndarray, radius: float, settings: CaptureSettings, up_axis: str = "Y"
) -> tuple[Camera, ...]:
    """Cameras that look at the middle of a sphere from all around; the same every time.

    Each next one is a golden angle further about the vertical, and the sines of the elevations are evenly spaced: a
    Fibonacci lattice, so that each camera has an equal part of the sphere to itself (Gonzalez 2010,
    https://doi.org/10.1007/s11004-009-9257-x).

    Args:
        centre: Middle of the sphere that holds the object, shape (3,).
        radius: Of the sphere, in the same units.
        settings: Number, elevations, distance and image size.
        up_axis: "Y" or "Z".

    Raises:
        DatasetError: If the distance asked for is inside the sphere.
    """
    height, width = settings.resolution
    focal = FOCAL_LENGTH / APERTURE * width
    half_view = np.arctan(min(height, width) / 2 / focal)
    distance = settings.distance or _MARGIN * radius / np.sin(half_view)
    if distance <= radius:
        raise DatasetError(
            f"a distance of {distance:g} is inside the prims, which reach {radius:.4g} from their middle: take more"
        )
    low, high = np.sin(np.radians([settings.elevation_from, settings.elevation_to]))
    elevations = np.arcsin(low + (np.arange(settings.view_count) + 0.5) / settings.view_count * (high - low))
    poses = [
        orbit_pose(centre, distance, index * _GOLDEN_ANGLE, elevation, up_axis)
        for index, elevation in enumerate(elevations)
    ]
    return tuple(Camera(pose, (focal, focal), (width / 2, height / 2), (height, width)) for pose in poses)


def orbit_pose(centre: np.ndarray, distance: float, azimuth: float, elevation: float, up_axis: str = "Y") -> np.ndarray:
    """Pose of a camera that looks at a point, with the vertical upright in its image; straight from above too.

    Args:
        centre: The point, shape (3,).
        distance: From the point.
        azimuth: About the vertical, in [rad]: from +Z towards +X where Y is up, from +X towards +Y where Z is.
        elevation: Above the horizontal, in [rad].
        up_axis: "Y" or "Z".

    Returns:
        camera_from_world, shape (4, 4).
    """
    back = np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    if up_axis == "Z":
        back, right = np.roll(back, 1), np.roll(right, 1)
    rotation = np.stack([right, np.cross(back, right), back])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = -rotation @ (centre + distance * back)
    return matrix
