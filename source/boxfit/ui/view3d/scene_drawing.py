"""The lines of the 3D view, in two scenes of omni.ui: one below the shaded surface, and one above it."""

from __future__ import annotations

import numpy as np
from omni.ui import scene as sc

from boxfit.draw.canvas import LINE, MASK, TEXT
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
from boxfit.ui.view3d.shading import Shading
from boxfit.ui.view3d.view_projection import ViewProjection


class SceneDrawing:
    """Grid, outlines, cameras and boxes. Built inside the scene above the surface.

    Args:
        below: Scene below the surface, for what the surface hides.

    Attributes:
        content: The drawn content.
        pyramids: Corners of those that stand for the cameras, shape (n, 6, 3), in the cameras' order.
        shows_cameras: False to draw only the camera of the chosen view.
    """

    def __init__(self, below: sc.Scene) -> None:
        self.content = SceneContent()
        self.pyramids = np.zeros((0, 6, 3))
        self.shows_cameras = True
        self._pointed_at: int | None = None
        self._hidden = np.zeros(0, dtype=bool)  # The cameras that the surface hides.
        with below:
            self._grid = LineSet(LINE, 0.5)
            self._hidden_cameras = LineSet(TEXT, 0.3)
        self._outlines = LineSet(TEXT, 0.3)
        self._cameras = LineSet(TEXT, 0.3)
        self._chosen = LineSet(MASK, thickness=2.0)
        self._pointed = LineSet(TEXT, thickness=2.0)
        self._boxes = BoxDrawing(below)

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
        if content.boxes is not before.boxes:
            self._boxes.show(content.drawn, projection)
        return replaced

    def look(self, projection: ViewProjection) -> None:
        """Update the parts that depend on the view projection."""
        self._boxes.look(projection)

    def hide(self, shading: Shading | None, projection: ViewProjection) -> None:
        """Draw the cameras that a surface hides below it.

        Args:
            shading: Picture of the surface; None without one.
            projection: Of the view.
        """
        eyes = self.pyramids[:, 0]
        clip = projection.clip(eyes)
        hidden = np.zeros(len(eyes), dtype=bool)
        if shading is not None and len(eyes):
            hidden = shading.hides(projection.pixels(clip), clip[:, 3])
        if not np.array_equal(hidden, self._hidden):
            self._hidden = hidden
            self._show_cameras()

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
        """Indices of the cameras that are seen: the chosen one, and those that no surface hides."""
        chosen = np.array([camera.chosen for camera in self.content.cameras], dtype=bool)
        return np.flatnonzero(chosen | (self.shows_cameras & ~self._hidden))

    def points(self) -> np.ndarray:
        """Return the points that span the drawn content without the grid, shape (n, 3)."""
        content = content_points(self.content)
        if len(content) and not self.shows_cameras:
            return content
        return np.concatenate([content, self.pyramids.reshape(-1, 3)])

    def _show_surroundings(self) -> None:
        """Draw the content that stays unchanged during a fit."""
        content, points = self.content, scene_points(self.content)
        self._outlines.show(content.outlines)
        self._grid.show(ground_grid(points, content.up_axis) if len(points) else np.zeros((0, 2, 3)))
        cameras = [camera.camera for camera in content.cameras]
        inner = content_points(content)
        depth = frustum_size(cameras, scene_size(points), scene_size(inner) if len(inner) else None)
        corners = [frustum_corners(camera, depth) for camera in cameras]
        self.pyramids = np.stack(corners) if corners else np.zeros((0, 6, 3))
        self._pointed_at = None
        self._hidden = np.zeros(len(cameras), dtype=bool)

    def _show_cameras(self) -> None:
        edges = frustum_edges(self.pyramids)
        chosen = np.array([camera.chosen for camera in self.content.cameras], dtype=bool)
        pointed = np.arange(len(edges)) == self._pointed_at
        others = ~chosen & ~pointed if self.shows_cameras else np.zeros(len(edges), dtype=bool)
        self._cameras.show(edges[others & ~self._hidden].reshape(-1, 2, 3))
        self._hidden_cameras.show(edges[others & self._hidden].reshape(-1, 2, 3))
        self._chosen.show(edges[chosen & ~pointed].reshape(-1, 2, 3))
        self._pointed.show(edges[pointed].reshape(-1, 2, 3))
