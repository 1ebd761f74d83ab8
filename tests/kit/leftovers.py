"""Registrations that extensions have left behind in Kit.

A module of a stand-in that stores registrations lists them in a function `leftovers() -> list[str]`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.files import EXTENSIONS, ROOT, is_stand_in

if TYPE_CHECKING:
    from tests.kit.kernel import Kernel


def leftovers(kernel: Kernel) -> list[str]:
    """Describe what is left: subscriptions, registrations with stand-ins, windows, tasks."""
    import carb.eventdispatcher

    left = [f"a watch of the setting {path}" for path in kernel.settings.watched.values()]
    modules = [module for module in list(sys.modules.values()) if is_stand_in(module) and hasattr(module, "leftovers")]
    left += [text for module in modules for text in module.leftovers()]
    context = sys.modules["omni.usd"].get_context()
    for kind in sys.modules["omni.usd"].StageEventType:
        event = context.stage_event_name(kind)
        observers = carb.eventdispatcher.get_eventdispatcher().get_observers([event])
        left += [f"{observer.name} watching {event}" for observer in observers]
    return left + _windows() + tasks_of((EXTENSIONS, ROOT / "source"))


def tasks_of(folders: Sequence[Path]) -> list[str]:
    """Return the running tasks in Kit's loop whose coroutines come from files in some folders."""
    loop = asyncio.get_event_loop_policy().get_event_loop()
    found = []
    for task in asyncio.all_tasks(loop):
        code = getattr(task.get_coro(), "cr_code", None)
        file = code.co_filename if code else ""
        if not task.done() and any(file.startswith(f"{folder}{os.sep}") for folder in folders):
            found.append(f"the task {task.get_coro().__qualname__}")
    return found


def _windows() -> list[str]:
    import omni.ui as ui

    windows = [window for window in ui.Workspace.get_windows() if isinstance(window, ui.Window) and window.visible]
    return [f"the window {window.title}" for window in windows if window.title.startswith("Box Fit")]
