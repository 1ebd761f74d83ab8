"""Coroutines for scripts in Kit: fit the open stage's dataset, or import a dataset onto it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from boxfit_kit.core.background import Updates, in_background
from boxfit_kit.core.commands import open_stage, perform
from boxfit_kit.core.library import need_library
from boxfit_kit.core.requirements import ensure_requirements
from boxfit_kit.core.script_tasks import ends_with_the_extension, working

if TYPE_CHECKING:
    from boxfit.session.results import ObjectResults, Progress
    from boxfit.session.session import Session
    from boxfit.session.source import Source
    from boxfit.settings import InputSettings
    from pxr import Usd


@ends_with_the_extension
async def fit(
    source: str | os.PathLike[str] | Source | None = None,
    *,
    write: bool = True,
    progress: Callable[[Progress], Any] | None = None,
    context_name: str = "",
    **settings: Any,
) -> ObjectResults:
    """Fit a box to each object of a dataset, and write them to the open stage in one undoable step.

    Await it on Kit's main thread. Long computations run in a thread, while Kit continues to draw. If the task is
    cancelled, for example by disabling the extension, nothing is written.

    Args:
        source: Folder of views in any format that boxfit reads, or its JSON file; a captured or read `boxfit.Source`;
            None for the dataset of the open stage.
        write: True to write the boxes.
        progress: Called on the main thread with the progress of the fit.
        context_name: Of the stage's USD context.
        **settings: Fields of `boxfit.InputSettings`, `boxfit.FitSettings` and `boxfit.PrimSettings`, such as
            `label="clock"`, `masks="/data/masks"`, `align="up"`, `extent="certain"` or `prim="/World/Box"`: the flags
            of `boxfit fit`.

    Returns:
        A list with a result for each object that could be fitted: its box and the boxes of the other extents (`boxes`),
        bounds, figures, warnings, and the prim on the stage. The list's attribute `failures` has the other objects.

    Warns:
        UserWarning: About each object that has no box while others have, and about files of the dataset that cannot be
            used.

    Raises:
        BoxfitError: If no stage is open, a required package is missing, or nothing can be read, fitted or written; the
            message says why and what to do. The stage stays unchanged.
        ModuleNotFoundError: If the library itself is missing; the message says where it was searched and what to do.
        TypeError: If there is no such setting, or a setting of the prim is given without `write`.
    """
    need_library()
    from boxfit.session.session import Session, take_settings
    from boxfit.settings import PrimSettings

    input_settings, fit_settings, prim_settings = take_settings(settings)
    if not write and prim_settings != PrimSettings():
        raise TypeError("settings of the prim have no effect with write=False: leave them out, or set write=True")
    place = _Place(context_name) if write or source is None else None
    await ensure_requirements()

    from boxfit.session.output_stage import OpenStage
    from boxfit.session.placement import place_boxes
    from boxfit.session.results import ObjectResults, written_results

    read = await _read(source, input_settings, place)
    session = Session(read, input_settings, fit_settings)
    if write and place is not None:
        session.check_write(OpenStage(place.stage), prim_settings)
    await _run(session, progress)
    for remark in session.remarks:
        warnings.warn(remark, stacklevel=2)
    if not write or place is None:
        return ObjectResults(session.results, session.failures)
    placed = perform(
        "Fit a box",
        lambda: place_boxes(place.stage, session.results, session.source.world, prim_settings, session.dataset.objects),
    )
    return ObjectResults(written_results(session.results, placed.prims, placed.warnings), session.failures)


@ends_with_the_extension
async def import_views(
    source: str | os.PathLike[str] | Source,
    path: str = "/World/Views",
    *,
    context_name: str = "",
    **settings: Any,
) -> list[str]:
    """Write a dataset's views as cameras to the open stage, in one undoable step.

    Images that are not files yet, and masks that a stage cannot refer to, are saved as files beside the stage, in
    `<stage>_masks`, with a number if that folder is not empty; they stay when the step is undone.

    Args:
        source: Folder of views in any format that boxfit reads, or its JSON file; or a captured or read
            `boxfit.Source`.
        path: Parent prim of the cameras.
        context_name: Of the stage's USD context.
        **settings: Fields of `boxfit.InputSettings` that say how to read the views (`format`, `masks`, `mask_shows`)
            and what they do not state (`source_up`, `source_units`, `camera_convention`).

    Returns:
        Paths of the camera prims.

    Raises:
        BoxfitError: If no stage is open or it has no file, or the views cannot be read or written.
        ModuleNotFoundError: If the library itself is missing.
        TypeError: If there is no such setting.
    """
    need_library()
    from boxfit.settings import InputSettings

    input_settings = InputSettings(**settings)
    from boxfit.session.view_placement import NAMED_RELATIVE, ViewsImport
    from boxfit.usd.stage import local_file

    place = _Place(context_name)
    local_file(place.stage, NAMED_RELATIVE)
    await ensure_requirements()
    read = await _read(source, input_settings, None)
    views = ViewsImport(place.stage, read.with_overrides(input_settings), path)
    await in_background("save", views.save_images)
    placed = perform("Import views", lambda: views.place(place.stage), command="BoxfitImportViews")
    return list(placed.cameras)


class _Place:
    """Reference to the stage that was open at the call, which does not keep it open."""

    def __init__(self, context_name: str) -> None:
        from boxfit.usd.stage import stage_key

        self._context_name = context_name
        self._key = stage_key(open_stage(context_name))

    @property
    def stage(self) -> Usd.Stage:
        """The stage.

        Raises:
            StageError: If another stage is open, or none.
        """
        from boxfit.errors import StageError
        from boxfit.usd.stage import stage_key

        stage = open_stage(self._context_name)
        if stage_key(stage) != self._key:
            raise StageError("the stage was replaced meanwhile: nothing was written. Run this again")
        return stage


async def _read(
    source: str | os.PathLike[str] | Source | None, settings: InputSettings, place: _Place | None
) -> Source:
    """Read a dataset: `pxr` objects here, on the main thread, and the files in the background."""
    from pathlib import Path

    from boxfit.session.reading import read_source, survey_stage
    from boxfit.session.source import Source

    if isinstance(source, Source):
        return source
    if source is None:
        assert place is not None
        survey = survey_stage(place.stage, settings.data)
        return await in_background("read", lambda: survey.read(settings))
    path = Path(source)
    if path.is_dir() or path.suffix.lower() == ".json":
        return await in_background("read", lambda: read_source(path, settings))
    return read_source(path, settings)


async def _run(session: Session, progress: Callable[[Progress], Any] | None) -> None:
    """Fit in a thread; if the caller is cancelled, the thread is stopped."""
    from boxfit.session.fit_worker import FitWorker

    worker = FitWorker(session)

    def report() -> None:
        for item in worker.take_progress():
            if progress is not None:
                progress(item)

    with working(worker):
        await worker.follow(Updates(), report)
