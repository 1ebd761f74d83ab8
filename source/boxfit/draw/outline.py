"""Projection of a box into an image: its silhouette, and its visible and hidden edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import convex_polygon
from boxfit.render.outline import near_distances


@dataclass(frozen=True, eq=False)
class Outline:
    """Projection of a box into an image, in [px], or into a picture of it.

    Attributes:
        edges: End points of the box's edges, shape (m, 2, 2); m is 0 for a box behind the camera.
        hidden: True for edges behind the box, shape (m,).
    """

    edges: np.ndarray
    hidden: np.ndarray

    @cached_property
    def silhouette(self) -> np.ndarray:
        """Corners of the convex silhouette, shape (n, 2)."""
        return convex_polygon(self.edges.reshape(-1, 2))


def outline(box: Box, camera: Camera) -> Outline:
    """Project a box's edges, clipped at the renderers' near plane."""
    corners = camera.to_camera(box.corners)
    near = float(near_distances(corners[None])[0])
    ends = corners[BOX_EDGES]
    depth = -ends[..., 2]
    seen = (depth > near).any(axis=1)
    ends, depth, hidden = ends[seen], depth[seen], hidden_edges(box, camera.position)[seen]

    # An end behind the plane moves to the edge's intersection with the plane.
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.clip((near - depth) / (depth[:, ::-1] - depth), 0.0, 1.0)
    t = np.where(depth < near, t, 0.0)[..., None]
    ends = ends + t * (ends[:, ::-1] - ends)

    focal, principal = np.asarray(camera.focal), np.asarray(camera.principal)
    pixels = principal + focal * ends[..., :2] * (1, -1) / -ends[..., 2:]
    return Outline(pixels, hidden)


def box_axes(box: Box) -> np.ndarray:
    """Return lines from a box's centre to the middles of its faces +x, +y and +z, shape (3, 2, 3)."""
    ends = box.centre + (np.diag(box.half_extents) @ box.rotation.T)
    return np.stack([np.broadcast_to(box.centre, (3, 3)), ends], axis=1)


def hidden_edges(box: Box, eye: np.ndarray) -> np.ndarray:
    """Return True for edges that border no face visible from the eye, a point of shape (3,); shape (12,)."""
    local = box.to_local(eye) / box.half_extents
    signs = CORNER_SIGNS[BOX_EDGES]
    # An edge's two faces hold both of its ends; a face is visible from beyond its plane.
    shared = signs[:, 0] == signs[:, 1]
    visible = shared & (signs[:, 0] * local > 1)
    return ~visible.any(axis=1)
