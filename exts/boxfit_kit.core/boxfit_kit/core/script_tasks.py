"""Tasks of scripts, which are cancelled with the extension, before the library is unloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from boxfit.session.fit_worker import FitWorker

T = TypeVar("T")
Awaited = Callable[..., Coroutine[Any, Any, T]]

_ENDS_WITHIN = 5.0
"""Longest wait for a thread, in [s]: a step takes milliseconds, the search for the start box up to a second."""

_tasks: set[asyncio.Task[Any]] = set()
_workers: set[FitWorker] = set()


def ends_with_the_extension(function: Awaited[T]) -> Awaited[T]:
    """Decorate a coroutine function to run as a task that is cancelled when the extension shuts down."""

    @wraps(function)
    async def run(*arguments: Any, **options: Any) -> T:
        task = asyncio.ensure_future(function(*arguments, **options))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        return await task

    return run


@contextmanager
def working(worker: FitWorker) -> Iterator[None]:
    """Register a worker, for the block, to be stopped when the extension shuts down."""
    _workers.add(worker)
    try:
        yield
    finally:
        _workers.discard(worker)


def cancel() -> None:
    """Cancel everything; callers get `asyncio.CancelledError` at the next update."""
    for task in list(_tasks):
        task.cancel()
    for worker in list(_workers):
        worker.stop()
        worker.join(_ENDS_WITHIN)
