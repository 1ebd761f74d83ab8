"""A dataset's views to an open stage as cameras, in memory. All that holds `pxr` objects happens in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxfit.session.source import SourceWorld
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.stage import local_file, stage_units, target_from_source_world
from boxfit.usd.views_frame import views_frame, write_views_frame
from boxfit.views.camera_prims import view_places, write_views
from boxfit.views.dataset import Dataset

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


def check_views(
    stage: Any,
    dataset: Dataset,
    path: str = "/World/Views",
    world: SourceWorld = SourceWorld(),
) -> tuple[list[str], np.ndarray | None]:
    """Refuse, before images are saved for it, what `place_views` would refuse; arguments are the same.

    Returns:
        Path of each view's camera, and the transform of the prim that they go under, shape (4, 4), where it needs one.

    Raises:
        StageError: If the stage has no file on this machine, or the views cannot stand there.
    """
    local_file(stage, NAMED_RELATIVE)
    units, places = stage_units(stage), view_places(dataset, path)
    return places, views_frame(stage, path, places, target_from_source_world(units, world.units(units)))


def place_views(
    stage: Any,
    dataset: Dataset,
    path: str = "/World/Views",
    world: SourceWorld = SourceWorld(),
) -> PlacedViews:
    """Write a dataset's views to an open stage, in memory only; views of the same names that are there are updated.

    Args:
        stage: Stage to write to, `Usd.Stage`, with a file: the views' files are named relative to it.
        dataset: Views whose images are files.
        path: Prim that the cameras go under. It carries a transform where the dataset's units or its up axis are not
            those of the stage, or its parents are moved.
        world: Of the dataset; where it says nothing, its units are those of the stage.

    Raises:
        StageError: If the stage has no file on this machine, or the views cannot stand there; then the stage is as it
            was before.
        DatasetError: If an image is in memory only.
    """
    places, transform = check_views(stage, dataset, path, world)
    with EditRecorder(stage) as recorder:
        recorder.watch_prims(places if transform is None else [path])
        if transform is not None:
            write_views_frame(stage, path, transform)
        write_views(stage, dataset, path)
    return PlacedViews(tuple(places), recorder.edit)
