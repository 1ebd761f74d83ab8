"""Work in a thread, waited for by Kit's updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import omni.kit.app

T = TypeVar("T")


class Updates:
    """Kit's updates, as the library waits for frames."""

    async def next_frame(self) -> None:
        """Wait for the next update."""
        await omni.kit.app.get_app().next_update_async()


async def in_background(name: str, work: Callable[[], T]) -> T:
    """Run a function in a thread, on plain values and arrays alone, while Kit draws on.

    Args:
        name: Of the thread.
        work: What to do. Where whoever waits is cancelled, it runs on to its end, and what it gave is dropped.
    """
    from boxfit.background import in_background

    return await in_background(Updates(), name, work)
