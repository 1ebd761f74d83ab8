"""Coroutines in Kit's loop that end with their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import carb
import omni.kit.async_engine


class Tasks:
    """The running tasks of an owner."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine on the main thread, between the updates; its errors are logged."""
        task = omni.kit.async_engine.run_coroutine(coroutine)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def destroy(self) -> None:
        """Cancel all tasks, which end within the next update."""
        for task in list(self._running):
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            carb.log_error(f"[boxfit_kit.window] {type(error).__name__}: {error}")
