"""Cameras around an object, and exact masks of meshes seen by them."""

from __future__ import annotations

import numpy as np
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.geometry.silhouette import Silhouette
from scipy.spatial.transform import Rotation

FOCAL = 24.0 / 20.955
"""Focal length in image widths: the Data Generator's default lens."""


def look_at(
    position: np.ndarray, target: np.ndarray, up: tuple[float, float, float], resolution: tuple[int, int]
) -> Camera:
    """Make a camera at `position` with `target` in the middle of its image and `up` upwards in it."""
    backward = np.asarray(position, dtype=np.float64) - target
    backward = backward / np.linalg.norm(backward)
    right = np.cross(up, backward)
    right = right / np.linalg.norm(right)
    rotation = np.stack([right, np.cross(backward, right), backward])
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = rotation
    camera_from_world[:3, 3] = -rotation @ position
    height, width = resolution
    return Camera(camera_from_world, (FOCAL * width, FOCAL * width), (width / 2, height / 2), resolution)


def direction(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return unit directions, shape (n, 3), from angles in [rad]: about +Y from +Z, and up towards +Y."""
    level = np.cos(elevation)
    return np.stack([level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth)], axis=-1)


def orbit(
    rng: np.random.Generator,
    centre: np.ndarray,
    radius: float,
    count: int,
    resolution: tuple[int, int],
    fill: float,
    span: float = 2 * np.pi,
    lowest: float = -10.0,
) -> list[Camera]:
    """Place cameras around a sphere that holds the object.

    Azimuths are evenly spaced with jitter over `span`, in [rad], elevations lie between `lowest` and 60 degrees, and
    each camera aims near the centre, at a distance from which the sphere's diameter fills about `fill` of the image's
    width.
    """
    step = span / count
    azimuth = step * (np.arange(count) + rng.uniform(-0.3, 0.3, count))
    elevation = np.radians(rng.uniform(lowest, 60.0, count))
    distance = 2 * FOCAL * radius / fill * rng.uniform(0.93, 1.07, count)
    aims = centre + rng.uniform(-0.06, 0.06, (count, 3)) * radius
    positions = centre + distance[:, None] * direction(azimuth, elevation)
    return [look_at(p, aim, (0.0, 1.0, 0.0), resolution) for p, aim in zip(positions, aims, strict=True)]


def misplace(rng: np.random.Generator, camera: Camera, target: np.ndarray, degrees: float, share: float) -> Camera:
    """Return a camera with errors in its pose, normally distributed along each of its axes.

    Args:
        rng: Source of the errors.
        camera: The true camera.
        target: Point whose distance the translation is measured in, shape (3,).
        degrees: Standard deviation of the rotation about each axis.
        share: Standard deviation of the translation along each axis, as a share of the distance to `target`.
    """
    matrix = camera.camera_from_world.copy()
    matrix[:3] = Rotation.from_rotvec(np.radians(degrees) * rng.standard_normal(3)).as_matrix() @ matrix[:3]
    matrix[:3, 3] += share * np.linalg.norm(target - camera.position) * rng.standard_normal(3)
    return Camera(matrix, camera.focal, camera.principal, camera.resolution)


def render_mask(vertices: np.ndarray, faces: np.ndarray, camera: Camera, count: int | None = None) -> np.ndarray:
    """Render the mask of a mesh in the camera's world, shape (height, width), dtype bool.

    With `count`, only the first faces are the object, and the others can hide it.
    """
    seen = rasterize(camera.to_camera(vertices), faces, camera)[0]
    return (seen >= 0) & (seen < (len(faces) if count is None else count))


def render_depth(vertices: np.ndarray, faces: np.ndarray, camera: Camera) -> np.ndarray:
    """Render the depth of a mesh along the view, 0 off the mesh, shape (height, width), dtype float32."""
    seen, depth = rasterize(camera.to_camera(vertices), faces, camera)
    return np.where(seen >= 0, depth, 0).astype(np.float32)


def crop(view: str, camera: Camera, mask: np.ndarray) -> Silhouette:
    """Crop the non-empty mask of a whole image to a silhouette."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    row, column = int(rows[0]), int(columns[0])
    return Silhouette(view, camera, mask[row : rows[-1] + 1, column : columns[-1] + 1].copy(), (row, column))
