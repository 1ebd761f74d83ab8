"""Line segments of the 3D view: pairs of ends, shape (n, 2, 3)."""

from __future__ import annotations

import math

import numpy as np

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.ui.model.scene_content import SceneContent

FRUSTUM_SIZE = 0.05
"""Largest depth of a camera's pyramid, as a part of the scene's size with the cameras."""

FRUSTUM_BESIDE = 0.15
"""Largest depth of a camera's pyramid, as a part of the size of the meshes and boxes."""

_CROWDED = 0.5
"""Largest depth of a pyramid, as a part of the distance to the nearest camera, for most cameras."""

GRID_LINES = 10
"""Approximate number of grid lines under the scene, in each direction."""

_PYRAMID = np.array([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1), (1, 5), (5, 2)])
"""Pairs of corners of a camera's pyramid."""

_FACES = np.array([(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 1), (1, 2, 3), (1, 3, 4)])
"""Triangles of the pyramid's base in a picture."""


def box_edges(box: Box) -> np.ndarray:
    """Return the edges of a box, ordered as `BOX_EDGES`, shape (12, 2, 3)."""
    return box.corners[BOX_EDGES]


def bounds_shells(box: Box, bounds: FaceBounds) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the boxes of the outermost and the innermost faces.

    Returns:
        Corners of the outer and of the inner box, ordered as `box.corners`, shape (8, 3) each. None for a box that
        does not exist, as its faces are unbounded or lie beyond each other.
    """
    shells = []
    for faces in (bounds.outer, bounds.inner):
        is_box = np.isfinite(faces).all() and (faces.sum(axis=1) > 0).all()
        offsets = np.where(CORNER_SIGNS > 0, faces[:, 1], -faces[:, 0])
        shells.append(box.centre + offsets @ box.rotation.T if is_box else None)
    return shells[0], shells[1]


def frustum_size(cameras: list[Camera], scene_size: float, content_size: float | None = None) -> float:
    """Return the depth of the cameras' pyramids: small compared with the scene and with the distances between cameras.

    Args:
        cameras: The cameras.
        scene_size: Size of the scene with the cameras.
        content_size: Size of what it shows besides them, or None.
    """
    size = min(FRUSTUM_SIZE * scene_size, FRUSTUM_BESIDE * (content_size or np.inf))
    if len(cameras) < 2:
        return size
    positions = np.array([camera.position for camera in cameras])
    squares = (positions**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * positions @ positions.T, 0))
    np.fill_diagonal(distances, np.inf)
    spacing = _CROWDED * float(np.median(distances.min(axis=1)))
    # Cameras at the same place have no distance.
    return min(size, spacing) if spacing > 0.1 * size else size


def frustum_corners(camera: Camera, size: float) -> np.ndarray:
    """Return a camera's pyramid: the centre, the image's corners, and a tip at the top of the image.

    Args:
        camera: In the world.
        size: Depth of the pyramid, in the world's units.

    Returns:
        Shape (6, 3).
    """
    height, width = camera.resolution
    pixels = np.array([[0, 0], [width, 0], [width, height], [0, height], [width / 2, -0.35 * height]])
    # The camera's units may differ from the world's.
    scale = float(np.linalg.norm(camera.world_from_camera[:3, 2]))
    ends = camera.position + size / scale * camera.ray_directions(pixels)
    return np.concatenate([camera.position[None], ends])


def frustum_edges(corners: np.ndarray) -> np.ndarray:
    """Return the edges of pyramids, shape (..., 6, 3) -> (..., 10, 2, 3)."""
    return corners[..., _PYRAMID, :]


def pick_frustum(corners: np.ndarray, mouse: tuple[float, float], reach: float) -> int | None:
    """Return the index of the camera pyramid under the mouse.

    Args:
        corners: Projected corners, in [px], shape (n, 6, 2), nearest pyramid first; NaN for invisible corners.
        mouse: Position of the mouse, in [px].
        reach: Largest distance from a pyramid that still picks it, in [px].
    """
    relative = corners - np.asarray(mouse)
    a, b = np.moveaxis(frustum_edges(relative), -2, 0)
    along = b - a
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(-(a * along).sum(axis=-1) / (along**2).sum(axis=-1), 0, 1)
        share = np.where(np.isfinite(share), share, 0.0)
        distance = np.linalg.norm(a + share[..., None] * along, axis=-1).min(axis=-1)
        triangles = relative[:, _FACES]
        following = np.roll(triangles, -1, axis=-2)
        turn = triangles[..., 0] * following[..., 1] - triangles[..., 1] * following[..., 0]
        inside = ((turn > 0).all(axis=-1) | (turn < 0).all(axis=-1)).any(axis=-1)
        hits = np.flatnonzero(inside | (distance <= reach))
    return int(hits[0]) if len(hits) else None


def content_points(content: SceneContent) -> np.ndarray:
    """Return points that span the content without the cameras, shape (n, 3)."""
    parts = [part.reshape(-1, 3).astype(np.float64) for part in (content.outlines, content.surface)]
    return np.concatenate([*parts, *(shown.box.corners for shown in content.drawn)])


def scene_points(content: SceneContent) -> np.ndarray:
    """Return points that span the content, shape (n, 3); n is 0 for an empty scene."""
    cameras = (camera.camera.position[None] for camera in content.cameras)
    return np.concatenate([content_points(content), *cameras])


def scene_size(points: np.ndarray) -> float:
    """Return the diagonal of points of shape (n, 3); 1 where they span nothing."""
    return float(np.linalg.norm(np.ptp(points, axis=0))) or 1.0 if len(points) else 1.0


def has_same_surroundings(content: SceneContent, other: SceneContent) -> bool:
    """Return True if two contents differ at most in their boxes, the hull and the chosen camera."""
    if content.up_axis != other.up_axis or len(content.cameras) != len(other.cameras):
        return False
    for a, b in ((content.triangles, other.triangles), (content.outlines, other.outlines)):
        if a is not b and not np.array_equal(a, b):
            return False
    return all(
        a.view == b.view and (a.camera is b.camera or _is_same_camera(a.camera, b.camera))
        for a, b in zip(content.cameras, other.cameras, strict=True)
    )


def _is_same_camera(a: Camera, b: Camera) -> bool:
    lenses = ((camera.focal, camera.principal, camera.resolution) for camera in (a, b))
    return np.array_equal(a.camera_from_world, b.camera_from_world) and next(lenses) == next(lenses)


def ground_grid(points: np.ndarray, up_axis: str) -> np.ndarray:
    """Return a grid on the ground at height 0, or where the scene is nearest to it, with a round line distance.

    Args:
        points: Points that span the scene, shape (n, 3).
        up_axis: "Y" or "Z".
    """
    up = "XYZ".index(up_axis)
    across = [axis for axis in range(3) if axis != up]
    low, high = points.min(axis=0), points.max(axis=0)
    span = float((high - low)[across].max()) or 1.0
    power = 10.0 ** math.floor(math.log10(span / GRID_LINES))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * GRID_LINES >= span * (1 - 1e-9))
    middle = np.round((low + high)[across] / 2 / step) * step
    count = GRID_LINES // 2 + 1
    places = np.arange(-count, count + 1) * step
    lines = np.zeros((2, len(places), 2, 3))
    lines[..., up] = np.clip(0.0, low[up], high[up])
    for direction, (along, other) in enumerate((across, across[::-1])):
        lines[direction, :, :, other] = (middle[across.index(other)] + places)[:, None]
        lines[direction, :, :, along] = middle[across.index(along)] + np.array([-count, count]) * step
    return lines.reshape(-1, 2, 3)
