"""Progress in Kit's status bar, by the events that it subscribes to, as it has no function for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import omni.kit.app

PROGRESS = "omni.kit.window.status_bar@progress"
ACTIVITY = "omni.kit.window.status_bar@activity"

_ENDED = -1.0
"""Share that hides the bar."""


def show_progress(share: float | None, text: str = "") -> None:
    """Show progress.

    Args:
        share: In [0, 1]; None at the end.
        text: Description of the current stage.
    """
    _send(PROGRESS, {"progress": _ENDED if share is None else share})
    _send(ACTIVITY, {"text": text})


def _send(event: str, payload: Mapping[str, Any]) -> None:
    if hasattr(omni.kit.app, "queue_event"):
        omni.kit.app.queue_event(event, payload)
        return
    import carb.events  # Kit before 107.

    bus = omni.kit.app.get_app().get_message_bus_event_stream()
    bus.push(carb.events.type_from_string(event), payload=payload)
