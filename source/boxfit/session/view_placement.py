"""A dataset's views to an open stage as cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxfit.session.source import Source
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.stage import local_file, stage_units, target_from_source_world
from boxfit.usd.views_frame import views_frame, write_views_frame
from boxfit.views.camera_prims import view_places, write_views
from boxfit.views.new_folder import free_folder
from boxfit.views.saved_images import masks_folder, save_images

NAMED_RELATIVE = "views are named relative to it"
"""Why a stage needs a file for them."""


@dataclass(frozen=True, eq=False)
class PlacedViews:
    """What stands on the stage now.

    Attributes:
        cameras: Path of each view's camera prim, in the order of the views.
        edit: Undoes it all, and makes it again.
    """

    cameras: tuple[str, ...]
    edit: StageEdit


class ViewsImport:
    """A dataset's views to an open stage as cameras, so that the stage carries the dataset.

    Images that are no files yet are saved beside the stage, in `<stage>_masks`, with a number where that holds
    something.

        views = ViewsImport(stage, source)
        views.save_images()
        placed = views.place(stage)
    """

    def __init__(self, stage: Any, source: Source, path: str = "/World/Views") -> None:
        """Refuse what `place` would refuse; nothing is written.

        Args:
            stage: Stage to write to, `Usd.Stage`, with a file: the views' files are named relative to it.
            source: Its dataset's views; where its world says nothing, its units are those of the stage.
            path: Prim that the cameras go under. It carries a transform where the dataset's units or its up axis are
                not those of the stage, or its parents are moved.

        Raises:
            StageError: If the stage has no file on this machine, or the views cannot stand there.
        """
        self._file = local_file(stage, NAMED_RELATIVE)
        self._dataset, self._world, self._path = source.dataset, source.world, path
        self._transform(stage)

    def save_images(self) -> None:
        """Save images that are no files yet; may run on any thread, and what is saved stays when the import is undone.

        Raises:
            DatasetError: If one cannot be read or written.
        """
        self._dataset = save_images(self._dataset, free_folder(masks_folder(self._file)))

    def place(self, stage: Any) -> PlacedViews:
        """Write the cameras, in memory only; those of the same names that are there are updated.

        Args:
            stage: The same stage.

        Raises:
            StageError: If the views cannot stand there; then the stage is as it was before.
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
        """Transform that the prim above the cameras needs, shape (4, 4), or None."""
        units = stage_units(stage)
        world_from_views = target_from_source_world(units, self._world.units(units))
        return views_frame(stage, self._path, view_places(self._dataset, self._path), world_from_views)
