"""Views of the open stage, made by Replicator: masks and cameras straight from the renderer, without files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxfit_kit.core.library import need_library

if TYPE_CHECKING:
    from boxfit.session.source import Source
    from boxfit.usd.subjects import Prims

__all__ = ["capture"]


async def capture(
    prims: Prims | None = None,
    label: str | None = None,
    *,
    folder: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
    **settings: Any,
) -> Source:
    """Capture views of prims on the open stage, that of the default context, as it is at the current time.

        source = await boxfit_kit.core.capture(label="cup", view_count=36)
        await boxfit_kit.core.fit(source)

    Cameras, render products and annotators that it needs are gone afterwards, and the selection, the timeline and the
    render settings are as before, also where it fails or is cancelled. To cancel it, cancel its task.

    Args:
        prims: What to capture, each an object of its own with all that is below it: prims or their paths, or one of
            them.
        label: Capture the prims that carry this class label instead. With neither, the selected prims.
        folder: New or empty folder to write the views to as well, in the Data Generator's format.
        progress: Called with the number of views that are done, and of all.
        **settings: Those of `boxfit.settings.CaptureSettings`, such as `cameras`, `view_count`,
            `distance` and `image_width`.

    Returns:
        What a session, or `boxfit_kit.core.fit`, takes in place of a folder of views.

    Raises:
        RendererError: If Replicator cannot be used now.
        StageError: If no stage is open, or it lacks what is to be captured.
        DatasetError: If a setting cannot be, the views show nothing, or the folder cannot be written.
        TypeError: If both prims and a label are given, or no setting has such a name.
        ModuleNotFoundError: If the library itself is missing.
    """
    need_library()
    from boxfit.settings import CaptureSettings

    from boxfit_kit.core.capturing.stage_capture import StageCapture

    if prims is not None and label is not None:
        raise TypeError("prims names what to capture and label too: give one of them")
    place = None if folder is None else Path(folder)
    return await StageCapture().capture(
        CaptureSettings(**settings), label, prims=prims, folder=place, on_progress=progress
    )
