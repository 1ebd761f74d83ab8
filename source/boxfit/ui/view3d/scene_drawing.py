"""The content of the 3D view as lines of a scene of omni.ui."""

from __future__ import annotations

import numpy as np

from boxfit.draw.canvas import FAINT_TEXT, LINE, MASK, TEXT
from boxfit.ui.controls.line_set import LineSet
from boxfit.ui.model.scene_content import SceneContent
from boxfit.ui.view3d.box_drawing import BoxDrawing
from boxfit.ui.view3d.scene_lines import (
    content_points,
    frustum_corners,
    frustum_edges,
    frustum_size,
    ground_grid,
    has_same_surroundings,
    scene_points,
    scene_size,
)
from boxfit.ui.view3d.solid import Solid
from boxfit.ui.view3d.view_projection import ViewProjection


class SceneDrawing:
    """Grid, meshes or hull, cameras and boxes. Built inside a scene.

    Args:
        hull: Solid in another scene below: in the same one, it would cover the lines.

    Attributes:
        content: The drawn content.
        pyramids: Corners of those that stand for the cameras, shape (n, 6, 3), in the cameras' order.
        shows_cameras: False to draw only the camera of the chosen view.
    """

    def __init__(self, hull: Solid) -> None:
        self.content = SceneContent()
        self.pyramids = np.zeros((0, 6, 3))
        self.shows_cameras = True
        self._pointed_at: int | None = None
        self._grid = LineSet(LINE, 0.5)
        self._meshes = LineSet(FAINT_TEXT, 0.35)
        self._hull = hull
        self._cameras = LineSet(FAINT_TEXT, 0.35)
        self._chosen = LineSet(MASK, thickness=2.0)
        self._pointed = LineSet(TEXT, thickness=2.0)
        self._boxes = BoxDrawing()

    def show(self, content: SceneContent, projection: ViewProjection) -> bool:
        """Draw other content; unchanged parts are kept.

        Args:
            content: Content to draw.
            projection: Of the view.

        Returns:
            Whether more has changed than the boxes, the hull and the choice of a camera.
        """
        before, self.content = self.content, content
        replaced = not has_same_surroundings(content, before)
        if replaced:
            self._show_surroundings()
        if replaced or content.cameras is not before.cameras:
            self._show_cameras()
        if content.hull is not before.hull:
            self._hull.show(content.hull)
        if content.boxes is not before.boxes:
            self._boxes.show(content.drawn, projection)
        return replaced

    def look(self, projection: ViewProjection) -> None:
        """Update the parts that depend on the view projection."""
        self._boxes.look(projection)

    def point_at(self, camera: int | None) -> None:
        """Highlight the camera of this index, or none."""
        if camera != self._pointed_at:
            self._pointed_at = camera
            self._show_cameras()

    def switch_cameras(self, shown: bool) -> None:
        """Show all cameras, or only that of the chosen view."""
        self.shows_cameras = shown
        self._show_cameras()

    @property
    def drawn_cameras(self) -> np.ndarray:
        """Indices of the cameras that are drawn."""
        return np.flatnonzero([self.shows_cameras or camera.chosen for camera in self.content.cameras])

    def points(self) -> np.ndarray:
        """Return the points that span the drawn content without the grid, shape (n, 3)."""
        content = content_points(self.content)
        if len(content) and not self.shows_cameras:
            return content
        return np.concatenate([content, self.pyramids.reshape(-1, 3)])

    def _show_surroundings(self) -> None:
        """Draw the content that stays unchanged during a fit."""
        content, points = self.content, scene_points(self.content)
        self._meshes.show(content.wireframe)
        self._grid.show(ground_grid(points, content.up_axis) if len(points) else np.zeros((0, 2, 3)))
        cameras = [camera.camera for camera in content.cameras]
        inner = content_points(content)
        depth = frustum_size(cameras, scene_size(points), scene_size(inner) if len(inner) else None)
        corners = [frustum_corners(camera, depth) for camera in cameras]
        self.pyramids = np.stack(corners) if corners else np.zeros((0, 6, 3))
        self._pointed_at = None

    def _show_cameras(self) -> None:
        edges = frustum_edges(self.pyramids)
        chosen = np.array([camera.chosen for camera in self.content.cameras], dtype=bool)
        pointed = np.arange(len(edges)) == self._pointed_at
        others = ~chosen & ~pointed if self.shows_cameras else np.zeros(len(edges), dtype=bool)
        self._cameras.show(edges[others].reshape(-1, 2, 3))
        self._chosen.show(edges[chosen & ~pointed].reshape(-1, 2, 3))
        self._pointed.show(edges[pointed].reshape(-1, 2, 3))
