"""Work in a thread, waited for by Kit's updates."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import carb
import omni.kit.app

T = TypeVar("T")

_ENDS_WITHIN = 5.0
"""Seconds to wait for a thread: reading an image takes milliseconds, importing SciPy a second."""


class Updates:
    """Kit's updates, as the library waits for frames."""

    async def next_frame(self) -> None:
        """Wait for the next update."""
        await omni.kit.app.get_app().next_update_async()


def join_jobs() -> None:
    """Wait for threads of the library, as Kit unloads modules next: one that imports meanwhile keeps it from that."""
    if "boxfit.session.background" not in sys.modules or not omni.kit.app.get_app().is_running():
        return
    from boxfit.session.background import join_jobs

    if not join_jobs(_ENDS_WITHIN):
        carb.log_warn("[boxfit_kit.core] work in a thread has not ended: restart Kit where boxfit behaves oddly now")


async def in_background(name: str, work: Callable[[], T]) -> T:
    """Run a function in a thread, on plain values and arrays alone, while Kit draws on.

    Args:
        name: Of the thread.
        work: What to do. Where whoever waits is cancelled, it runs on to its end, and what it gave is dropped.
    """
    from boxfit.session.background import in_background

    return await in_background(Updates(), name, work)
