"""The running capture: one at a time, with a clean-up that no cancellation interrupts."""

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
    """Return the reason why no capture can be started now, or None."""
    return "a capture is running: wait for its end, or cancel it" if _tasks else None


async def run_alone(work: Coroutine[Any, Any, T]) -> T:
    """Run a capture; if the caller is cancelled, cancel the capture too, and wait for its clean-up."""
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
    """Run a clean-up to its end, and raise a cancellation only afterwards.

    When Kit quits, nothing is cleaned up: it would wait forever for further updates.
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
    """Cancel the running capture, if any; it cleans up in the next updates."""
    for task in _tasks:
        _cancel(task)


def _cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a capture once: a second cancellation would interrupt the clean-up."""
    if task not in _cancelled:
        _cancelled.add(task)
        task.cancel()


def _ended(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    _cancelled.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        carb.log_info(f"[boxfit_kit.core] the capture ended with {type(error).__name__}: {error}")
