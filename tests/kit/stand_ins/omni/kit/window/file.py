"""Stand-in for `omni.kit.window.file`: opens stages as File > Open does, and saves them as File > Save As does.

Signatures: typings/omni/kit/window/file of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable

import omni.kit.async_engine
import omni.usd

asked: list[str] = []
"""Stages for which the user was asked what to do with unsaved changes; the answer is to drop them."""


def open_stage(path: str, open_loadset: int = 0) -> None:
    context = omni.usd.get_context()
    if context.has_pending_edit():
        asked.append(path)
    omni.kit.async_engine.run_coroutine(context.open_stage_async(path))


choosing: list[Callable[[str | None], None]] = []
"""Dialogs for a new name that are open: called with the user's choice, or None where it is cancelled."""


def save_as(flatten: bool, on_save_done: Callable[[bool, str], None] | None = None) -> None:
    """What a cancelled dialog tells is what isaacsim.asset.transformer.ui 6.0.1 is written for."""

    async def save(url: str) -> None:
        ok, *_ = await omni.usd.get_context().save_as_stage_async(url)
        if on_save_done is not None:
            on_save_done(ok, url)

    def choose(url: str | None) -> None:
        choosing.remove(choose)
        if url is not None:
            omni.kit.async_engine.run_coroutine(save(url))
        elif on_save_done is not None:
            on_save_done(False, "")

    choosing.append(choose)
