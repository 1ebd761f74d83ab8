"""What scripts have asked for and wait for: it ends with the extension, before the library is unloaded."""

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
"""Seconds that the end waits for a thread: a step takes milliseconds, the search for the start box up to a second."""

_tasks: set[asyncio.Task[Any]] = set()
_workers: set[FitWorker] = set()


def ends_with_the_extension(function: Awaited[T]) -> Awaited[T]:
    """Have a coroutine function run as a task of its own, which is cancelled when the extension is shut down."""

    @wraps(function)
    async def run(*arguments: Any, **options: Any) -> T:
        task = asyncio.ensure_future(function(*arguments, **options))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        return await task

    return run


@contextmanager
def working(worker: FitWorker) -> Iterator[None]:
    """Have a worker that runs within the block stopped when the extension is shut down."""
    _workers.add(worker)
    try:
        yield
    finally:
        _workers.discard(worker)


def cancel() -> None:
    """End everything; who waits for it gets `asyncio.CancelledError` at the next update."""
    for task in list(_tasks):
        task.cancel()
    for worker in list(_workers):
        worker.stop()
        worker.join(_ENDS_WITHIN)
