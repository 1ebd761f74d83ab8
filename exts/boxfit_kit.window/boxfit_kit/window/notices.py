"""Notifications at the edge of the viewport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

import carb

_SECONDS = 6
"""Seconds that a notification stays; a warning stays until it is dismissed."""


Show = Callable[..., Any]
"""Callback without arguments, as Isaac Sim's own buttons use it; the public typings declare one argument."""


_posted: WeakSet[Any] = WeakSet()
"""Notifications that may still be shown."""


def dismiss_all() -> None:
    """Dismiss all notifications."""
    for message in list(_posted):
        message.dismiss()
    _posted.clear()


def post_info(text: str, show: Show | None = None) -> None:
    """Post an information.

    Args:
        text: The message.
        show: Callback of its Show button; None for no button.
    """
    _post(text, show, warning=False)


def post_warning(text: str, show: Show | None = None) -> None:
    """Post a warning; the arguments are those of `post_info`."""
    _post(text, show, warning=True)


def _post(text: str, show: Show | None, warning: bool) -> None:
    (carb.log_warn if warning else carb.log_info)(f"[boxfit_kit.window] {text}")
    try:
        import omni.kit.notification_manager as manager
    except ImportError:  # An app may not have it; the log has the text.
        return
    status = manager.NotificationStatus.WARNING if warning else manager.NotificationStatus.INFO
    # A notification with a button needs another one to be dismissed.
    buttons = [manager.NotificationButtonInfo("Show", on_complete=show)] if show else []
    buttons += [manager.NotificationButtonInfo("Dismiss", on_complete=None)] if show else []
    message = manager.post_notification(
        text, hide_after_timeout=not warning, duration=_SECONDS, status=status, button_infos=buttons
    )
    if message is not None:  # None in a Kit without a screen.
        _posted.add(message)
