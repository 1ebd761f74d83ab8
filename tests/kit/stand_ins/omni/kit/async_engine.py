"""Stand-in for `omni.kit.async_engine`. Signatures: typings/omni/kit/async_engine of work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from weakref import WeakSet

_tasks: WeakSet[asyncio.Task[Any]] = WeakSet()


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """As called on the main thread."""
    if not asyncio.iscoroutine(coroutine):
        raise TypeError(f"{coroutine!r} is no coroutine")
    task = asyncio.get_running_loop().create_task(coroutine)
    _tasks.add(task)
    return task


def leftovers() -> list[str]:
    return [f"the task {task.get_coro().__qualname__}" for task in _tasks if not task.done()]
