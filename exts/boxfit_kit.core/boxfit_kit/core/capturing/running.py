"""The capture that is running: one at a time, and put back to the end, however often it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import carb
import omni.kit.app

T = TypeVar("T")

_tasks: set[asyncio.Task[Any]] = set()
_cancelled: set[asyncio.Task[Any]] = set()


def blocked_reason() -> str | None:
    """Why no capture can be started now, or None if one can."""
    return "a capture is running: wait for its end, or cancel it" if _tasks else None


async def run_alone(work: Coroutine[Any, Any, T]) -> T:
    """Run a capture; where whoever waits for it is cancelled, it is too, and waited for while it puts things back."""
    task = asyncio.ensure_future(work)
    _tasks.add(task)
    task.add_done_callback(_ended)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        _cancel(task)
        await asyncio.wait({task})
        raise


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Put things back: where the capture is cancelled meanwhile, that is taken note of at the end.

    Where Kit quits, nothing is put back: there are no more updates, and it would wait for them for ever.
    """
    if not omni.kit.app.get_app().is_running():
        work.close()
        return
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def cancel() -> None:
    """Cancel the capture that is running, if any; it puts things back in the next updates."""
    for task in _tasks:
        _cancel(task)


def _cancel(task: asyncio.Task[Any]) -> None:
    """A second time would end the putting back."""
    if task not in _cancelled:
        _cancelled.add(task)
        task.cancel()


def _ended(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    _cancelled.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        carb.log_info(f"[boxfit_kit.core] the capture ended with {type(error).__name__}: {error}")
