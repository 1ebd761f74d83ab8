"""A shaded body in an omni.ui.scene scene, which has no depth test."""

from __future__ import annotations

import numpy as np
from omni.ui import scene as sc

from boxfit.draw.canvas import FAINT_TEXT

_ALPHA = 0.4
_LIGHT = np.array([0.36, 0.8, 0.48])
"""Direction to the light, a unit vector."""
_DARKEST = 0.35
"""Brightness of a side that is turned away from the light."""


class Solid:
    """A convex body of flat, translucent sides, through which its far sides are seen. Built inside a scene."""

    def __init__(self) -> None:
        self._place = sc.Transform()

    def show(self, triangles: np.ndarray) -> None:
        """Draw triangles, seen from outside counter-clockwise, in place of the previous ones.

        Args:
            triangles: Shape (n, 3, 3); none for n = 0.
        """
        self._place.clear()
        if not len(triangles):
            return
        normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        brightness = _DARKEST + (1 - _DARKEST) * (1 + normals @ _LIGHT) / 2
        colours = np.column_stack([brightness[:, None] * np.array(FAINT_TEXT) / 255, np.full(len(triangles), _ALPHA)])
        count = 3 * len(triangles)
        with self._place:
            sc.PolygonMesh(
                triangles.reshape(-1, 3).tolist(),
                np.repeat(colours, 3, axis=0).tolist(),
                [3] * len(triangles),
                list(range(count)),
            )
