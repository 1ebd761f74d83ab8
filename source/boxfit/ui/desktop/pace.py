"""Frame rate of the window: low while nothing happens."""

from __future__ import annotations

import time

import omni.ui as ui

from boxfit.ui.desktop.native import NativeInput
from boxfit.ui.desktop.standalone import HostStandalone

IDLE_FRAMES_PER_SECOND = 4

AWAKE = 2.0
"""Seconds after the last input or task in which the frame rate stays high."""


async def pace_frames(host: HostStandalone) -> None:
    """Lower the frame rate of the open screen while there is no input and no task; the next frame notices them."""
    given, mouse, last = NativeInput(), None, time.monotonic()
    while True:
        await ui.next_frame()
        now, before, mouse = time.monotonic(), mouse, given.mouse
        if host.busy or mouse != before or given.any_key:
            last = now
        rate = host.frame_rate if now - last < AWAKE else IDLE_FRAMES_PER_SECOND
        if ui.get_max_frame_rate() != rate:
            ui.set_max_frame_rate(rate)
