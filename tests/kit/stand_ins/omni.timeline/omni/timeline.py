"""Stand-in for `omni.timeline`: what is asked for holds once it is committed, or from the next update on.

Time stands still. Members as omni.replicator.core 1.12.27 (Apache-2.0) uses them in scripts/orchestrator.py, and the
manual's page of omni.timeline lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import carb.eventdispatcher
import omni.ext
import omni.kit.app


class Extension(omni.ext.IExt):
    def on_startup(self, ext_id: str) -> None:
        self._updates: Any = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE,
            on_event=lambda _: _timeline.commit(),
            observer_name="omni.timeline",
        )

    def on_shutdown(self) -> None:
        self._updates = None


class ITimeline:
    def __init__(self) -> None:
        self._state = "stopped"
        self._time = self._start = 0.0
        self._every_frame = False
        self._auto_update = True
        self._asked: list[Callable[[], None]] = []

    def play(self) -> None:
        self._asked.append(lambda: setattr(self, "_state", "playing"))

    def pause(self) -> None:
        self._asked.append(lambda: setattr(self, "_state", "paused"))

    def stop(self) -> None:
        """Stop, and go back to the start."""

        def stop() -> None:
            self._state, self._time = "stopped", self._start

        self._asked.append(stop)

    def commit(self) -> None:
        asked, self._asked = self._asked, []
        for request in asked:
            request()

    def commit_silently(self) -> None:
        self.commit()

    def is_playing(self) -> bool:
        return self._state == "playing"

    def is_stopped(self) -> bool:
        return self._state == "stopped"

    def get_current_time(self) -> float:
        return self._time

    def set_current_time(self, time_in_seconds: float) -> None:
        self._asked.append(lambda: setattr(self, "_time", time_in_seconds))

    def get_time_codes_per_seconds(self) -> float:
        return 24.0

    def set_play_every_frame(self, play_every_frame: bool) -> None:
        self._asked.append(lambda: setattr(self, "_every_frame", play_every_frame))

    def get_play_every_frame(self) -> bool:
        return self._every_frame

    def set_auto_update(self, auto_update: bool) -> None:
        self._asked.append(lambda: setattr(self, "_auto_update", auto_update))

    def is_auto_updating(self) -> bool:
        return self._auto_update


_timeline = ITimeline()


def get_timeline_interface(name: str = "") -> ITimeline:
    return _timeline
