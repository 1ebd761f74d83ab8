"""Stand-in for `omni.kit.window.status_bar`: it hears the events that the real one shows.

Events as Isaac Sim and other public extensions send them: "omni.kit.window.status_bar@progress" and "@activity", whose
text the bar takes for a part of an address, and decodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import carb.eventdispatcher
import omni.ext

shown: list[float | str] = []
"""Shares and texts, in order."""


class Extension(omni.ext.IExt):
    def on_startup(self, ext_id: str) -> None:
        self._watches: list[Any] = [
            _observe("progress", lambda event: shown.append(event["progress"])),
            _observe("activity", lambda event: shown.append(unquote(event["text"]))),
        ]

    def on_shutdown(self) -> None:
        self._watches.clear()


def _observe(name: str, heard: Callable[[Any], None]) -> Any:
    return carb.eventdispatcher.get_eventdispatcher().observe_event(
        event_name=f"omni.kit.window.status_bar@{name}", on_event=heard, observer_name="status bar"
    )
