"""Capture of views of the open stage with Replicator: masks and cameras from the renderer, without files."""

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
    """Capture views of prims on the open stage of the default context, at the current time.

        source = await boxfit_kit.core.capture(label="cup", view_count=36)
        await boxfit_kit.core.fit(source)

    Its cameras, render products and annotators are removed afterwards, and the selection, the timeline and the render
    settings are restored, also after an error or a cancellation. To cancel it, cancel its task.

    Args:
        prims: Prims to capture, or their paths; each is an object, together with its descendants.
        label: Capture the prims that carry this class label instead. With neither, the selected prims.
        folder: New or empty folder to write the views to as well, in the Data Generator's format.
        progress: Called with the number of views that are done, and of all.
        **settings: Fields of `boxfit.settings.CaptureSettings`, such as `cameras`, `view_count` and `distance`.

    Returns:
        A source for `boxfit.Session` or `boxfit_kit.core.fit`, in place of a folder of views.

    Raises:
        RendererError: If Replicator cannot be used now.
        StageError: If no stage is open, or it does not contain the prims.
        DatasetError: If a setting is invalid, the views show nothing, or the folder cannot be written.
        TypeError: If both prims and a label are given, or no setting has such a name.
        ModuleNotFoundError: If the library itself is missing.
    """
    need_library()
    from boxfit.settings import CaptureSettings

    from boxfit_kit.core.capturing.stage_capture import StageCapture

    if prims is not None and label is not None:
        raise TypeError("prims and label both select what to capture: give only one of them")
    place = None if folder is None else Path(folder)
    return await StageCapture().capture(
        CaptureSettings(**settings), label, prims=prims, folder=place, on_progress=progress
    )
