"""Background threads, awaited by Kit's updates."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import carb
import omni.kit.app

T = TypeVar("T")

_ENDS_WITHIN = 5.0
"""Longest wait for a thread, in [s]: reading an image takes milliseconds, importing SciPy a second."""


class Updates:
    """Kit's updates, as the frames that the library waits for."""

    async def next_frame(self) -> None:
        """Wait for the next update."""
        await omni.kit.app.get_app().next_update_async()


def join_jobs() -> None:
    """Wait for the library's threads before Kit unloads modules, which an import in a thread would prevent."""
    if "boxfit.session.background" not in sys.modules or not omni.kit.app.get_app().is_running():
        return
    from boxfit.session.background import join_jobs

    if not join_jobs(_ENDS_WITHIN):
        carb.log_warn("[boxfit_kit.core] work in a thread has not ended: restart Kit if boxfit does not work correctly")


async def in_background(name: str, work: Callable[[], T]) -> T:
    """Run a function on plain values in a named thread; if the caller is cancelled, its result is dropped."""
    from boxfit.session.background import in_background

    return await in_background(Updates(), name, work)
