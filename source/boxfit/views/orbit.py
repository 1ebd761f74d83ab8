"""Cameras around an object, evenly distributed over a sphere."""

from __future__ import annotations

import numpy as np

from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.settings import CaptureSettings
from boxfit.views.metadata import FOCAL_LENGTH

APERTURE = 20.955
"""Width of the sensor of USD's and the generator's default camera, in tenths of a unit."""

_MARGIN = 1.1
"""Default distance, relative to that at which the sphere around the object exactly fits into the image."""

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def orbit_cameras(
    centre: np.ndarray, radius: float, settings: CaptureSettings, up_axis: str = "Y"
) -> tuple[Camera, ...]:
    """Place cameras around a sphere, looking at its centre; the result is deterministic.

    Successive azimuths differ by the golden angle, and the sines of the elevations are evenly spaced: a Fibonacci
    lattice, in which each camera covers an equal part of the sphere (Gonzalez 2010,
    https://doi.org/10.1007/s11004-009-9257-x).

    Args:
        centre: Centre of the sphere that contains the object, shape (3,).
        radius: Radius of the sphere, in the same units.
        settings: Number, elevations, distance and image size.
        up_axis: "Y" or "Z".

    Raises:
        DatasetError: If the distance in the settings is inside the sphere.
    """
    height, width = settings.resolution
    focal = FOCAL_LENGTH / APERTURE * width
    half_view = np.arctan(min(height, width) / 2 / focal)
    distance = settings.distance or _MARGIN * radius / np.sin(half_view)
    if distance <= radius:
        raise DatasetError(
            f"a distance of {distance:g} is inside the prims, which extend {radius:.4g} from their centre: increase it"
        )
    low, high = np.sin(np.radians([settings.elevation_from, settings.elevation_to]))
    elevations = np.arcsin(low + (np.arange(settings.view_count) + 0.5) / settings.view_count * (high - low))
    poses = [
        orbit_pose(centre, distance, index * _GOLDEN_ANGLE, elevation, up_axis)
        for index, elevation in enumerate(elevations)
    ]
    return tuple(Camera(pose, (focal, focal), (width / 2, height / 2), (height, width)) for pose in poses)


def orbit_pose(centre: np.ndarray, distance: float, azimuth: float, elevation: float, up_axis: str = "Y") -> np.ndarray:
    """Return the pose of a camera that looks at a point with the vertical upright, also from directly above.

    Args:
        centre: The point, shape (3,).
        distance: Distance from the point.
        azimuth: Angle about the vertical, in [rad]: from +Z towards +X if Y is up, from +X towards +Y if Z is up.
        elevation: Angle above the horizontal, in [rad].
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
