"""Exact masks of known boxes and meshes, for tests that need views of something whose truth is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from boxfit.geometry.box import BOX_QUADS, Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette

from bench.cameras import crop, orbit, render_mask
from bench.shapes import make_shape

BOX = Box(np.array([0.3, -0.2, 0.5]), np.array([0.9, 0.5, 0.3]), np.array([0.8, 0.2, -0.4, 0.3]))
"""A box whose edges differ, turned, beside the origin."""

BOX_FACES = np.array([triangle for a, b, c, d in BOX_QUADS for triangle in ((a, b, c), (a, c, d))])
"""Triangles over `Box.corners`, counter-clockwise from outside, shape (12, 3)."""


def orbit_cameras(
    box: Box, count: int = 12, resolution: tuple[int, int] = (256, 256), fill: float = 0.8, seed: int = 0
) -> list[Camera]:
    """Cameras around a box that hold all of it, at elevations of -10 to 60 degrees.

    Args:
        box: What to look at.
        count: Number of cameras, evenly spaced in azimuth but for some jitter.
        resolution: (height, width); for a wide image take a `fill` below 0.8 height / width.
        fill: Diameter of the sphere around the box in image widths.
        seed: Of the jitter.
    """
    radius = float(np.linalg.norm(box.half_extents))
    return orbit(np.random.default_rng(seed), box.centre, radius, count, resolution, fill)


def mesh_silhouettes(vertices: np.ndarray, faces: np.ndarray, cameras: list[Camera]) -> tuple[Silhouette, ...]:
    """Masks of a mesh, sampled at pixel centres; a camera that does not see it gives none."""
    masks = [render_mask(vertices, faces, camera) for camera in cameras]
    pairs = zip(cameras, masks, strict=True)
    return tuple(crop(str(view), camera, mask) for view, (camera, mask) in enumerate(pairs) if mask.any())


def shape_silhouettes(name: str, views: int = 12, resolution: tuple[int, int] = (192, 192)) -> tuple[Silhouette, ...]:
    """Silhouettes of a shape of the bench, seen from all around."""
    mesh = make_shape(name)
    radius = np.linalg.norm(mesh.vertices, axis=1).max()
    cameras = orbit_cameras(Box(np.zeros(3), np.full(3, radius / np.sqrt(3))), views, resolution)
    return mesh_silhouettes(mesh.vertices, mesh.faces, cameras)


def box_silhouettes(box: Box = BOX, cameras: list[Camera] | None = None) -> tuple[Silhouette, ...]:
    """Masks of a box, sampled at pixel centres, by default from `orbit_cameras`."""
    return mesh_silhouettes(box.corners, BOX_FACES, orbit_cameras(box) if cameras is None else cameras)


def camera_corners(box: Box, silhouettes: Sequence[Silhouette]) -> np.ndarray:
    """Corners of a box in the frames of the views' cameras, shape (views, 8, 3)."""
    return np.stack([silhouette.camera.to_camera(box.corners) for silhouette in silhouettes])


def disturbed(
    silhouettes: Sequence[Silhouette],
    degrees: float = 0.0,
    share: float = 0.0,
    principal: tuple[float, float] = (0.0, 0.0),
    focal: float = 1.0,
    seed: int = 0,
) -> tuple[Silhouette, ...]:
    """Views with wrong cameras.

    Args:
        silhouettes: Views with exact cameras.
        degrees: Standard deviation of a camera's turn about each of its axes.
        share: That of its move along each of them, as a share of its distance from `BOX`.
        principal: Error of all principal points, in pixels.
        focal: Factor of all focal lengths.
        seed: Of the random numbers.
    """
    generator, wrong = np.random.default_rng(seed), []
    for view in silhouettes:
        camera, error = view.camera, np.eye(4)
        x, y, z = np.radians(degrees) * generator.standard_normal(3)
        error[:3, :3] = matrix_from_quaternion(np.array([1.0, x / 2, y / 2, z / 2]))
        error[:3, 3] = share * np.linalg.norm(camera.to_camera(BOX.centre)) * generator.standard_normal(3)
        lens = tuple(np.multiply(camera.focal, focal)), tuple(np.add(camera.principal, principal))
        wrong.append(replace(view, camera=Camera(error @ camera.camera_from_world, *lens, camera.resolution)))
    return tuple(wrong)
