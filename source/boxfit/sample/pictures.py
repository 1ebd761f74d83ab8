"""Rendering of a mesh as the Data Generator's sensors: colours, ids, depth and normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.sample.teapot import Mesh

_SKY, _FLOOR = (0.93, 0.94, 0.95), (0.72, 0.75, 0.78)
_LIGHT = np.array([-0.5, 0.7, 0.6]) / np.linalg.norm([-0.5, 0.7, 0.6])
"""Direction to the light in the camera's frame, from the upper left behind the camera."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Images of the sensors.

    Attributes:
        rgb: Shape (height, width, 3), uint8.
        semantic: 1 on the object, 0 elsewhere, shape (height, width, 1), int32.
        depth: Distance along the viewing direction, 0 off the object, shape (height, width), float32.
        normals: 255 (n + 1) / 2 of world normals, 0 off the object, shape (height, width, 3), uint8.
    """

    rgb: np.ndarray
    semantic: np.ndarray
    depth: np.ndarray
    normals: np.ndarray


def render(mesh: Mesh, world_from_mesh: np.ndarray, camera: Camera) -> Pictures:
    """Render a mesh with one light and a plain background.

    Args:
        mesh: The object.
        world_from_mesh: Its pose, a similarity, shape (4, 4).
        camera: A rigid camera.
    """
    camera_from_mesh = camera.camera_from_world @ world_from_mesh
    points = mesh.points @ camera_from_mesh[:3, :3].T + camera_from_mesh[:3, 3]
    face_index, depth = rasterize(points, mesh.faces, camera)
    seen = face_index >= 0
    corners = mesh.faces[face_index[seen]]

    place, rays = _points_seen(camera, seen, depth)
    weights = _barycentric(place, points[corners])
    normals = np.einsum("pc,pcx->px", weights, mesh.normals[corners]) @ camera_from_mesh[:3, :3].T
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    colours = np.einsum("pc,pcx->px", weights, mesh.colours[corners])

    height, width = camera.resolution
    fade = np.linspace(0, 1, height)[:, None, None]
    rgb = np.broadcast_to((1 - fade) * _SKY + fade * _FLOOR, (height, width, 3)).copy()
    rgb[seen] = _shade(colours, normals, rays)
    world_normals = np.zeros((height, width, 3))
    world_normals[seen] = (normals @ camera.camera_from_world[:3, :3] + 1) / 2
    return Pictures(
        (255 * rgb.clip(0, 1)).round().astype(np.uint8),
        seen[..., None].astype(np.int32),
        np.where(seen, depth, 0).astype(np.float32),
        (255 * world_normals).round().astype(np.uint8),
    )


def _points_seen(camera: Camera, seen: np.ndarray, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return camera-frame points of the object's pixels, and unit directions to the camera, shape (p, 3) each."""
    row, column = np.nonzero(seen)
    x = (column + 0.5 - camera.principal[0]) / camera.focal[0]
    y = (camera.principal[1] - row - 0.5) / camera.focal[1]
    points = np.stack([x, y, -np.ones_like(x)], axis=-1) * depth[seen][:, None]
    return points, -points / np.linalg.norm(points, axis=1, keepdims=True)


def _barycentric(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return the barycentric weights of points in the planes of triangles, clipped to the triangle, shape (p, 3)."""
    edges = triangles[:, 1:] - triangles[:, :1]
    gram = np.einsum("pax,pbx->pab", edges, edges)
    right = np.einsum("pax,px->pa", edges, points - triangles[:, 0])
    determinant = gram[:, 0, 0] * gram[:, 1, 1] - gram[:, 0, 1] ** 2
    second = (gram[:, 1, 1] * right[:, 0] - gram[:, 0, 1] * right[:, 1]) / determinant
    third = (gram[:, 0, 0] * right[:, 1] - gram[:, 0, 1] * right[:, 0]) / determinant
    weights = np.stack([1 - second - third, second, third], axis=-1).clip(0, 1)
    return weights / weights.sum(axis=1, keepdims=True)


def _shade(colours: np.ndarray, normals: np.ndarray, to_camera: np.ndarray) -> np.ndarray:
    """Shade linear colours by ambient and diffuse light and a highlight; return display values."""
    diffuse = (normals @ _LIGHT).clip(0)
    half = _LIGHT + to_camera
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    highlight = 0.5 * np.einsum("px,px->p", normals, half).clip(0) ** 60
    return (colours * (0.12 + 0.8 * diffuse)[:, None] + highlight[:, None]).clip(0, 1) ** (1 / 2.2)
