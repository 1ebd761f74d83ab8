"""Stand-in for `omni.kit.window.file`: opens stages as File > Open does.

Signatures: typings/omni/kit/window/file of work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

import omni.kit.async_engine
import omni.usd

asked: list[str] = []
"""Stages for which the user was asked what to do with unsaved changes; the answer is to drop them."""


def open_stage(path: str, open_loadset: int = 0) -> None:
    context = omni.usd.get_context()
    if context.has_pending_edit():
        asked.append(path)
    omni.kit.async_engine.run_coroutine(context.open_stage_async(path))
