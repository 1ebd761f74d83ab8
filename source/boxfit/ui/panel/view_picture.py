"""A view's picture with a box drawn live over it."""

from __future__ import annotations

import numpy as np
import omni.ui as ui
from omni.ui import scene as sc

from boxfit.draw.canvas import BACKGROUND, BOX
from boxfit.draw.outline import Outline
from boxfit.ui.controls.line_set import LineSet, scene_colour

LARGEST = 640
"""Largest width of the picture, in [px]."""

_VEIL = 0.1
_IDENTITY = np.eye(4).ravel().tolist()


class ViewPicture:
    """A picture with its own proportions, as wide as there is room. Built inside the current container."""

    def __init__(self) -> None:
        self._provider = ui.ByteImageProvider()
        self._aspect = 1.0
        # Without a clipping frame, lines of a scene are drawn beyond its widget.
        self._frame = ui.Frame(
            identifier="view_picture", horizontal_clipping=True, vertical_clipping=True, height=LARGEST // 2
        )
        with self._frame, ui.ZStack():
            self._image = ui.ImageWithProvider(self._provider, fill_policy=ui.IwpFillPolicy.IWP_PRESERVE_ASPECT_FIT)
            self._scene = sc.SceneView(
                sc.CameraModel(_IDENTITY, _IDENTITY),
                aspect_ratio_policy=sc.AspectRatioPolicy.STRETCH,
                screen_aspect_ratio=self._aspect,
            )
            with self._scene.scene:
                self._veil = sc.Transform()
                self._hidden = LineSet(BOX, 0.5)
                self._casing = LineSet(BACKGROUND, 0.67, thickness=4.0)
                self._edges = LineSet(BOX, thickness=2.0)
        self._frame.set_computed_content_size_changed_fn(self._on_size)
        self.show_picture(None)

    def show_picture(self, rgba: np.ndarray | None) -> None:
        """Show another picture.

        Args:
            rgba: Shape (height, width, 4), uint8, at most `LARGEST` wide; None shows an empty one.
        """
        self._image.visible = self._scene.visible = rgba is not None
        if rgba is None:
            return
        height, width = rgba.shape[:2]
        assert rgba.dtype == np.uint8 and rgba.shape[2] == 4 and width <= LARGEST, (rgba.dtype, rgba.shape)
        if hasattr(self._provider, "set_data_array"):
            self._provider.set_data_array(np.ascontiguousarray(rgba), [width, height])
        else:
            # This takes only true sequences; it would ignore an array.
            self._provider.set_bytes_data(rgba.ravel().tolist(), [width, height])
        if width / height != self._aspect:
            self._aspect = width / height
            self._scene.screen_aspect_ratio = self._aspect
            self._on_size()

    def show_lines(self, lines: Outline | None) -> None:
        """Draw a box over the picture in place of the previous one, or none."""
        self._veil.clear()
        if lines is None:
            for drawn in (self._hidden, self._casing, self._edges):
                drawn.show(np.zeros((0, 2, 2)))
            return
        edges = _to_scene(lines.edges)
        self._hidden.show(edges[lines.hidden])
        self._casing.show(edges[~lines.hidden])
        self._edges.show(edges[~lines.hidden])
        corners = _to_scene(lines.silhouette)
        if len(corners) > 2:
            points = np.concatenate([corners, np.zeros((len(corners), 1))], axis=1)
            with self._veil:
                sc.PolygonMesh(
                    points.tolist(), [scene_colour(BOX, _VEIL)] * len(points), [len(points)], list(range(len(points)))
                )

    def _on_size(self) -> None:
        """Set the height that fits the picture at this width."""
        width = min(self._frame.computed_width, LARGEST)
        if width > 0:
            self._frame.height = ui.Pixel(round(width / self._aspect))


def _to_scene(points: np.ndarray) -> np.ndarray:
    """Convert from the picture, y down in [0, 1], to the scene, y up in [-1, 1].

    A box that reaches the camera has corners farther out than single precision can place: they are drawn in.
    """
    return np.clip(points * (2, -2) + (-1, 1), -1e3, 1e3)
