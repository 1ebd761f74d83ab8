"""What a script in Kit awaits: fit the open stage's dataset, or import one onto it. Works without a window."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from boxfit_kit.core.background import Updates, in_background
from boxfit_kit.core.commands import open_stage, perform
from boxfit_kit.core.library import need_library
from boxfit_kit.core.requirements import ensure_requirements
from boxfit_kit.core.script_tasks import ends_with_the_extension, working

if TYPE_CHECKING:
    from pathlib import Path

    from boxfit.session.results import ObjectResult, Progress
    from boxfit.session.session import Session
    from boxfit.session.source import Source
    from pxr import Usd


@ends_with_the_extension
async def fit(
    source: str | os.PathLike[str] | Source | None = None,
    *,
    write: bool = True,
    progress: Callable[[Progress], Any] | None = None,
    context_name: str = "",
    **settings: Any,
) -> list[ObjectResult]:
    """Fit a box to each object of a dataset, and write them to the open stage as one step that can be undone.

    Await it on Kit's main thread. What takes long runs in a thread of its own, and Kit draws on. Where the task is
    cancelled, as when the extension is switched off, nothing is written.

    Args:
        source: Folder of views, or what was captured or read already; None for the dataset that the open stage names or
            carries.
        write: Whether to write the boxes.
        progress: Called on the main thread with what the fit has done.
        context_name: Of the USD context whose stage is meant.
        **settings: Fields of `boxfit.InputSettings`, `boxfit.FitSettings` and `boxfit.PrimSettings`, such as
            `label="clock"`, `align="up"` or `prim="/World/Box"`: the flags of `boxfit fit`.

    Returns:
        A result for each object that could be fitted: its box, bounds, figures, warnings, and the prim on the stage.

    Raises:
        BoxfitError: If no stage is open, something that a fit needs is missing, or nothing can be read, fitted or
            written; the message says why and what to do. The stage is as it was before.
        ModuleNotFoundError: If the library itself is missing; the message says where it was sought and what to do.
        TypeError: If there is no such setting, or one says how to write what is not written.
    """
    need_library()
    from boxfit.session.session import Session, take_settings
    from boxfit.settings import PrimSettings

    input_settings, fit_settings, prim_settings = take_settings(settings)
    if not write and prim_settings != PrimSettings():
        raise TypeError("nothing is written, so that settings of the prim say nothing: leave write as it is")
    place = _Place(context_name) if write or source is None else None
    await ensure_requirements()

    from boxfit.session.placement import check_places, place_boxes
    from boxfit.session.results import written_results

    read = await _read(source, input_settings.data, place)
    session = Session(read, input_settings, fit_settings)
    if write and place is not None:
        check_places(place.stage, session.dataset.objects, session.source.world, prim_settings)
    await _run(session, progress)
    if not write or place is None:
        return session.results
    placed = perform(
        "Fit a box",
        lambda: place_boxes(place.stage, session.results, session.source.world, prim_settings, session.dataset.objects),
    )
    return written_results(session.results, placed.prims, placed.warnings)


@ends_with_the_extension
async def import_views(
    source: str | os.PathLike[str] | Source,
    path: str = "/World/Views",
    *,
    context_name: str = "",
) -> list[str]:
    """Write a dataset's views as cameras to the open stage, as one step that can be undone.

    Images that are no files yet, or no masks that a stage can name, are saved as files beside the stage, in
    `<stage>_masks`, with a number where that holds something; they stay when the step is undone.

    Args:
        source: Folder of views, or what was captured or read already.
        path: Prim that the cameras go under.
        context_name: Of the USD context whose stage is meant.

    Returns:
        Paths of the camera prims.

    Raises:
        BoxfitError: If no stage is open or it has no file, or the views cannot be read or written.
        ModuleNotFoundError: If the library itself is missing.
    """
    need_library()
    from boxfit.session.view_placement import NAMED_RELATIVE, ViewsImport
    from boxfit.usd.stage import local_file

    place = _Place(context_name)
    local_file(place.stage, NAMED_RELATIVE)
    await ensure_requirements()
    views = ViewsImport(place.stage, await _read(source, None, None), path)
    await in_background("save", views.save_images)
    placed = perform("Import views", lambda: views.place(place.stage), command="BoxfitImportViews")
    return list(placed.cameras)


class _Place:
    """The stage that was open when a function was called, for as long as it is open: it is not kept open for this."""

    def __init__(self, context_name: str) -> None:
        from boxfit.usd.stage import stage_key

        self._context_name = context_name
        self._key = stage_key(open_stage(context_name))

    @property
    def stage(self) -> Usd.Stage:
        """The stage.

        Raises:
            StageError: If another one is open, or none.
        """
        from boxfit.errors import StageError
        from boxfit.usd.stage import stage_key

        stage = open_stage(self._context_name)
        if stage_key(stage) != self._key:
            raise StageError("the stage was replaced meanwhile: nothing was written. Call this again")
        return stage


async def _read(source: str | os.PathLike[str] | Source | None, data: Path | None, place: _Place | None) -> Source:
    """Read a dataset: what holds `pxr` objects here, on the main thread, and the files in the background."""
    from pathlib import Path

    from boxfit.session.source import Source, read_source, survey_stage

    if isinstance(source, Source):
        return source
    if source is None:
        assert place is not None
        return await in_background("read", survey_stage(place.stage, data).read)
    folder = Path(source)
    if folder.is_dir():
        return await in_background("read", lambda: read_source(folder, data))
    return read_source(folder, data)


async def _run(session: Session, progress: Callable[[Progress], Any] | None) -> None:
    """Fit in a thread of its own; where whoever waits is cancelled, the thread is asked to end."""
    from boxfit.session.fit_worker import FitWorker

    worker = FitWorker(session)

    def heard() -> None:
        for news in worker.take_progress():
            if progress is not None:
                progress(news)

    with working(worker):
        await worker.follow(Updates(), heard)
