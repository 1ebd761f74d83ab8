"""Messages at the edge of the viewport, for what happens while nobody looks at the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

import carb

_SECONDS = 6
"""How long a message stays; a warning stays until it is clicked away."""


Show = Callable[..., Any]
"""Called without arguments, as Isaac Sim's own buttons are; the public typings name one."""


_posted: WeakSet[Any] = WeakSet()
"""Those that are still shown, or answered a moment ago."""


def dismiss_all() -> None:
    """Take every message away, with what its button would show."""
    for message in list(_posted):
        message.dismiss()
    _posted.clear()


def say(text: str, show: Show | None = None) -> None:
    """Tell the user something that went well.

    Args:
        text: What it is.
        show: Shows more of it where the user asks for that; None where there is no more.
    """
    _post(text, show, warning=False)


def warn(text: str, show: Show | None = None) -> None:
    """Tell the user something that went wrong; arguments are those of `say`."""
    _post(text, show, warning=True)


def _post(text: str, show: Show | None, warning: bool) -> None:
    (carb.log_warn if warning else carb.log_info)(f"[boxfit_kit.window] {text}")
    try:
        import omni.kit.notification_manager as manager
    except ImportError:  # An app need not have it; the log has the text.
        return
    status = manager.NotificationStatus.WARNING if warning else manager.NotificationStatus.INFO
    # With a button of its own, a message has no other way to be clicked away.
    buttons = [manager.NotificationButtonInfo("Show", on_complete=show)] if show else []
    buttons += [manager.NotificationButtonInfo("Dismiss", on_complete=None)] if show else []
    message = manager.post_notification(
        text, hide_after_timeout=not warning, duration=_SECONDS, status=status, button_infos=buttons
    )
    if message is not None:  # As by a Kit without a screen.
        _posted.add(message)
