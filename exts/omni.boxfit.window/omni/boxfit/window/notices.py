"""Messages at the edge of the viewport, for what happens while nobody looks at the panel."""

from __future__ import annotations

import carb

_SECONDS = 6
"""How long a message stays; a warning stays until it is clicked away."""


def say(text: str) -> None:
    """Tell the user something that went well."""
    _post(text, warning=False)


def warn(text: str) -> None:
    """Tell the user something that went wrong."""
    _post(text, warning=True)


def _post(text: str, warning: bool) -> None:
    (carb.log_warn if warning else carb.log_info)(f"[omni.boxfit.window] {text}")
    try:
        import omni.kit.notification_manager as manager
    except ImportError:  # An app need not have it; the log has the text.
        return
    status = manager.NotificationStatus.WARNING if warning else manager.NotificationStatus.INFO
    manager.post_notification(text, hide_after_timeout=not warning, duration=_SECONDS, status=status)
