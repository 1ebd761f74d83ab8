"""Where a box appears in an image: its silhouette, and its edges with those behind marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.geometry.box import BOX_EDGES, CORNER_SIGNS, Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.polygons import convex_polygon
from boxfit.render.outline import near_distances


@dataclass(frozen=True, eq=False)
class Outline:
    """A box in an image, in [px].

    Attributes:
        silhouette: Corners of the convex silhouette, shape (n, 2); n is 0 where the box is behind the camera.
        edges: End points of the box's edges, shape (m, 2, 2).
        hidden: Which edges lie behind the box, shape (m,).
    """

    silhouette: np.ndarray
    edges: np.ndarray
    hidden: np.ndarray


def outline(box: Box, camera: Camera) -> Outline:
    """Project a box's edges, cut at the near plane that the renderers have."""
    corners = camera.to_camera(box.corners)
    near = float(near_distances(corners[None])[0])
    ends = corners[BOX_EDGES]
    depth = -ends[..., 2]
    seen = (depth > near).any(axis=1)
    ends, depth, hidden = ends[seen], depth[seen], hidden_edges(box, camera.position)[seen]

    # The end behind the plane moves along its edge, to where the edge crosses the plane.
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.clip((near - depth) / (depth[:, ::-1] - depth), 0.0, 1.0)
    t = np.where(depth < near, t, 0.0)[..., None]
    ends = ends + t * (ends[:, ::-1] - ends)

    focal, principal = np.asarray(camera.focal), np.asarray(camera.principal)
    pixels = principal + focal * ends[..., :2] * (1, -1) / -ends[..., 2:]
    return Outline(convex_polygon(pixels.reshape(-1, 2)), pixels, hidden)


def hidden_edges(box: Box, eye: np.ndarray) -> np.ndarray:
    """Which edges border no face that is turned to the eye, at a place of shape (3,); shape (12,)."""
    local = box.to_local(eye) / box.half_extents
    signs = CORNER_SIGNS[BOX_EDGES]
    # An edge's two faces are those on which both of its ends lie; a face is seen from beyond its plane.
    shared = signs[:, 0] == signs[:, 1]
    visible = shared & (signs[:, 0] * local > 1)
    return ~visible.any(axis=1)
