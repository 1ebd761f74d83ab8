"""Import of a dataset's views to an open stage as cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxfit.geometry.brief import brief_repr
from boxfit.geometry.units import target_from_source_world
from boxfit.session.source import Source
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.stage import local_file
from boxfit.usd.units import stage_units
from boxfit.usd.views_frame import views_frame, write_views_frame
from boxfit.views.camera_prims import view_places, write_views
from boxfit.views.new_folder import free_folder
from boxfit.views.saved_images import masks_folder, save_images

NAMED_RELATIVE = "views are named relative to it"
"""Reason why a stage with views needs a file, for messages."""


@dataclass(frozen=True, eq=False)
class PlacedViews:
    """Views placed on an open stage.

    Attributes:
        cameras: Path of each view's camera prim, in the order of the views.
        edit: The change of the stage, for undo and redo.
    """

    cameras: tuple[str, ...]
    edit: StageEdit

    __repr__ = brief_repr


class ViewsImport:
    """Import of a dataset's views to an open stage as cameras, so that the stage carries the dataset.

    Images in memory are saved beside the stage, in `<stage>_masks`, numbered if that folder is not empty.

        views = ViewsImport(stage, source)
        views.save_images()
        placed = views.place(stage)
    """

    def __init__(self, stage: Any, source: Source, path: str = "/World/Views") -> None:
        """Check that `place` can succeed, without writing anything.

        Args:
            stage: Stage to write to, `Usd.Stage`, with a file: the views' files are named relative to it.
            source: Source with the views; units that its world does not state are those of the stage.
            path: Parent prim of the cameras. It gets a transform if the dataset's units or up axis differ from the
                stage's, or its own parents are transformed.

        Raises:
            StageError: If the stage has no file on this machine, or the views cannot be written at this path.
        """
        self._file = local_file(stage, NAMED_RELATIVE)
        self._dataset, self._world, self._path = source.dataset, source.world, path
        self._transform(stage)

    def save_images(self) -> None:
        """Save images that are in memory only, on any thread; undoing the import does not delete the files.

        Raises:
            DatasetError: If one cannot be read or written.
        """
        self._dataset = save_images(self._dataset, free_folder(masks_folder(self._file)))

    def place(self, stage: Any) -> PlacedViews:
        """Write the cameras, in memory only; existing cameras of the same names are updated.

        Args:
            stage: The same stage.

        Raises:
            StageError: If the views cannot be written at this path; the stage is then unchanged.
            DatasetError: If an image is in memory only.
        """
        cameras, transform = view_places(self._dataset, self._path), self._transform(stage)
        with EditRecorder(stage) as recorder:
            recorder.watch_prims(cameras if transform is None else [self._path])
            if transform is not None:
                write_views_frame(stage, self._path, transform)
            write_views(stage, self._dataset, self._path)
        return PlacedViews(tuple(cameras), recorder.edit)

    def _transform(self, stage: Any) -> np.ndarray | None:
        """Return the transform of the cameras' parent prim, shape (4, 4), or None."""
        units = stage_units(stage)
        world_from_views = target_from_source_world(units, self._world.units(units))
        return views_frame(stage, self._path, view_places(self._dataset, self._path), world_from_views)
