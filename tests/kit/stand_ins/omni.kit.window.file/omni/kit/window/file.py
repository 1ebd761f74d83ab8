"""Stand-in for `omni.kit.window.file`: opens stages as File > Open does, and saves them as File > Save As does.

Behaviour: omni.kit.window.file 2.0, which public repositories hold copies of. Signatures: typings/omni/kit/window/file
of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable

import carb
import omni.client
import omni.kit.app
import omni.timeline
import omni.usd
from omni.kit.async_engine import run_coroutine

asked: list[str] = []
"""Stages for which the user was asked what to do with unsaved changes; the answer is to drop them."""

choosing: list[Callable[[str | None], None]] = []
"""Dialogs for a new name that are open: called with the user's choice, or None where it is cancelled."""


def open_stage(path: str, open_loadset: int = 0) -> None:
    """Open a stage; an error is only logged."""
    omni.timeline.get_timeline_interface().stop()
    if omni.usd.get_context().has_pending_edit():
        asked.append(path)

    async def look() -> None:
        result, _ = await omni.client.stat_async(path)
        if result == omni.client.Result.OK:
            await _pass(2)
            await omni.usd.get_context().open_stage_async(path)
        else:
            carb.log_error(f"Invalid stage URL: {path}")

    run_coroutine(look())


def save_as(flatten: bool, on_save_done: Callable[[bool, str], None]) -> None:
    """Save under another name; the callback gets the result some updates later, and nothing if the user cancels."""
    omni.timeline.get_timeline_interface().stop()

    async def save(url: str) -> None:
        await _pass(4)
        ok, error, _ = await omni.usd.get_context().save_as_stage_async(url)
        await _pass(1)
        on_save_done(ok, error)

    def choose(url: str | None) -> None:
        choosing.remove(choose)
        if url is not None:
            run_coroutine(save(url))

    choosing.append(choose)


async def _pass(updates: int) -> None:
    for _ in range(updates):
        await omni.kit.app.get_app().next_update_async()
