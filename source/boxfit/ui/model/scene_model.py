"""Model of the 3D view: the stage's meshes, the cameras, the boxes on the stage, and the box of a running fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.similarity import move_box
from boxfit.ui.host import Host
from boxfit.ui.model.scene_content import SceneContent, ShownBox, ShownCamera
from boxfit.ui.model.signal import Signal
from boxfit.usd.boxes import read_boxes, read_figures
from boxfit.usd.cube import find_boxes
from boxfit.usd.surfaces import Surfaces, read_surfaces
from boxfit.usd.units import stage_up_axis


class SceneModel:
    """The content of the 3D view.

    Args:
        host: Host of the stage.
        meshes: True to show the stage's meshes; a host with its own 3D view shows them itself.

    Attributes:
        changed: Emitted when `content` has changed.
        content: Content of the 3D view; unchanged parts are the same objects in the next content.
        paths: Paths of the boxes on the stage, also of sheared ones, which are not boxes at the moment.
    """

    def __init__(self, host: Host, meshes: bool = True) -> None:
        self.changed = Signal()
        self.content = SceneContent()
        self.paths: tuple[str, ...] = ()
        self._host, self._meshes = host, meshes
        self._camera_key: tuple[object, ...] = ()
        self._on_stage: tuple[ShownBox, ...] = ()
        self._live: ShownBox | None = None
        self._live_key: tuple[object, ...] = ()
        self._hull_key: tuple[object, ...] = ()
        self._hull_points: np.ndarray | None = None  # Kept, as the key has its identity.
        self._selected: tuple[str, ...] = ()

    def read_stage(self) -> None:
        """Read the meshes and the boxes of the open stage."""
        stage = self._host.stage
        self._hull_key = ()
        if stage is None or not self._meshes:
            self.content = SceneContent(cameras=self.content.cameras)
        else:
            surfaces = read_surfaces(stage)
            self.content = SceneContent(
                cameras=self.content.cameras,
                triangles=surfaces.triangles,
                outlines=surfaces.segments,
                note=" ".join(_notes(surfaces)),
                up_axis=stage_up_axis(stage),
            )
        self.read_boxes()

    def read_boxes(self) -> None:
        """Find the boxes on the stage again, for example after an undo."""
        stage = self._host.stage
        self.paths = tuple(find_boxes(stage)) if stage is not None else ()
        self.follow_boxes()

    def follow_boxes(self) -> None:
        """Read the known boxes again, which is fast also on a stage of a hundred thousand prims."""
        stage = self._host.stage
        found = read_boxes(stage, self.paths) if stage is not None else []
        self._on_stage = tuple(
            ShownBox(each.path, each.box, each.bounds, visible=each.visible, subject=each.subject) for each in found
        )
        self._show()

    def figures(self, path: str) -> dict[str, Any]:
        """Return the figures that a box on the stage carries, by name."""
        return read_figures(self._host.stage, path) if self._host.stage is not None else {}

    def show_cameras(self, silhouettes: tuple[Silhouette, ...], stage_from_source: np.ndarray, chosen: str) -> None:
        """Show the cameras of the views.

        Args:
            silhouettes: The views, in the dataset's world.
            stage_from_source: From that world to the stage's, shape (4, 4).
            chosen: Name of the view whose picture is shown.
        """
        key = (silhouettes, stage_from_source.tobytes(), chosen)
        if key == self._camera_key:
            return
        self._camera_key = key
        source_from_stage = np.linalg.inv(stage_from_source)
        cameras = tuple(
            ShownCamera(silhouette.view, silhouette.camera.moved(source_from_stage), silhouette.view == chosen)
            for silhouette in silhouettes
        )
        self.content = replace(self.content, cameras=cameras)
        self.changed.emit()

    def show_live(self, name: str, box: Box | None, stage_from_source: np.ndarray) -> None:
        """Show the box of a running fit, or of a step of its history.

        Args:
            name: Name of the object.
            box: In the dataset's world, or None to show none any more.
            stage_from_source: From that world to the stage's, shape (4, 4).
        """
        key = (name, box, stage_from_source.tobytes()) if box is not None else ()
        if key == self._live_key:
            return
        self._live_key = key
        self._live = None if box is None else ShownBox(name, move_box(box, stage_from_source)[0])
        self._show()

    def show_hull(self, points: np.ndarray | None, stage_from_source: np.ndarray) -> None:
        """Show the visual hull of an object in place of its mesh, if the stage has no meshes.

        Args:
            points: Its vertices in the dataset's world, shape (v, 3), or None to show none any more.
            stage_from_source: From that world to the stage's, shape (4, 4).
        """
        if points is None or not self._meshes or self.content.has_geometry:
            points = None
        key = (id(points), stage_from_source.tobytes()) if points is not None else ()
        if key == self._hull_key:
            return
        self._hull_key, self._hull_points = key, points
        moved = None if points is None else points @ stage_from_source[:3, :3].T + stage_from_source[:3, 3]
        self.content = replace(self.content, hull=np.zeros((0, 3, 3)) if moved is None else hull_triangles(moved))
        self.changed.emit()

    def select(self, prims: tuple[str, ...]) -> None:
        """Highlight the boxes among or below these prims; without any, all boxes are drawn alike.

        Where there is none, all are drawn alike.
        """
        if prims != self._selected:
            self._selected = prims
            self._show()

    def _show(self) -> None:
        """Combine the boxes on the stage with the live box."""
        here = {box.name for box in self._on_stage if _is_among(box.name, self._selected)}
        shown = [replace(box, selected=self._live is None and (not here or box.name in here)) for box in self._on_stage]
        self.content = replace(self.content, boxes=(*shown, *([self._live] if self._live else [])))
        self.changed.emit()


def hull_triangles(points: np.ndarray) -> np.ndarray:
    """Return the triangles of the convex hull of points, counter-clockwise from outside.

    Args:
        points: Shape (v, 3).

    Returns:
        Shape (n, 3, 3); n is 0 if the hull is flat.
    """
    from scipy.spatial import ConvexHull, QhullError  # Kit may not have SciPy before the first fit.

    try:
        triangles = points[ConvexHull(points).simplices]
    except QhullError:
        return np.zeros((0, 3, 3))
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    inwards = (normals * (triangles[:, 0] - points.mean(axis=0))).sum(axis=1) < 0
    triangles[inwards] = triangles[inwards, ::-1]
    return triangles


def _is_among(path: str, prims: tuple[str, ...]) -> bool:
    return any(path == prim or path.startswith(f"{prim}/") for prim in prims)


def _notes(surfaces: Surfaces) -> Iterator[str]:
    if surfaces.simplified:
        triangles = "too many instances" if surfaces.count is None else f"{surfaces.count:,} triangles"
        yield f"The meshes have {triangles}: their bounds are shown."
    if surfaces.skipped:
        shapes = "A shape is" if surfaces.skipped == 1 else f"{surfaces.skipped} shapes are"
        yield f"{shapes} not shown, because of inconsistent data."
