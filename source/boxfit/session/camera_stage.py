"""Writing of the cameras that a fit has used, mended or not, as a stage of views."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from boxfit.files.drafts import Drafts
from boxfit.geometry.units import WorldUnits
from boxfit.session.results import ObjectResult
from boxfit.session.source import Source
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from boxfit.views.camera_prims import write_views
from boxfit.views.dataset import Dataset


def write_cameras(path: Path, result: ObjectResult, source: Source, drafts: Drafts, force: bool) -> None:
    """Write the cameras of an object's views in the form of `boxfit import`, which `boxfit fit` reads.

    A view that could not be used is not written, and one whose masks have no file of their own, as Replicator's, is a
    camera without masks. If the asset moves, the camera of a view is where the dataset has it, but for its change.

    Args:
        path: New stage.
        result: Result of the object.
        source: Source that it was fitted from.
        drafts: Files to save the stage together with, when their block ends.
        force: True if the stage may replace a file.

    Raises:
        StageError: If USD cannot write the stage.
    """
    given = {each.view: each.camera for each in source.observations(result.labelled).silhouettes}
    views = tuple(
        replace(
            view,
            # Where the asset is at rest, this motion is none.
            camera=mended.moved(given[view.name].world_from_camera @ view.camera.camera_from_world),
            images={},
        )
        for view in result.labelled.views
        if (mended := result.calibration.cameras.get(view.name)) is not None
    )
    drafts.lock(path)
    stage = new_stage(path, source.world.units(WorldUnits()))
    # The labels as the files have them, before merging and splitting.
    objects = (each for each in source.dataset.objects if each.asset == result.labelled.asset)
    write_views(stage, Dataset(source.dataset.source, views, tuple(replace(each, views=views) for each in objects)))
    save_stage(stage, drafts=drafts, new=not force)
