"""Work on a stage that may be closed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import omni.usd
from boxfit.errors import StageError

from boxfit_kit.core.stage_events import StageEvents

CLOSED = "the stage was closed or replaced while it was captured: open it, and try again"


async def while_open(context: omni.usd.UsdContext, work: Coroutine[Any, Any, None]) -> None:
    """Work on the open stage; if it closes, the work is cancelled, as nothing is rendered without a stage.

    Raises:
        StageError: If the stage was closed or replaced.
    """
    stage, task = context.get_stage(), asyncio.ensure_future(work)
    closed = False

    def close() -> None:
        nonlocal closed
        if not closed:  # A second cancellation would interrupt the clean-up.
            closed = True
            task.cancel()

    events = StageEvents(context, {"CLOSING": close, "CLOSED": close})
    try:
        await task
    except (asyncio.CancelledError, Exception) as error:
        cancelled = isinstance(error, asyncio.CancelledError)
        if closed or (context.get_stage() != stage and not cancelled):
            raise StageError(CLOSED) from error
        raise
    finally:
        events.destroy()
