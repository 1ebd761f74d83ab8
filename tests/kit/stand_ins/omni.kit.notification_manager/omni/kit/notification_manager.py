"""Stand-in for `omni.kit.notification_manager`.

Behaviour: notification_info.py of omni.kit.notification_manager, which public repositories hold copies of. Signatures:
its typings in work-r-labs/isaacsim_typings_5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class NotificationStatus:
    WARNING = 0
    INFO = 1


class NotificationButtonInfo:
    def __init__(self, text: str, on_complete: Callable[[], Any] | None = None) -> None:
        self.text, self.handler = text, on_complete


class Notification:
    """A message at the edge of the viewport."""

    def __init__(self) -> None:
        self.dismissed = False

    def dismiss(self) -> None:
        self.dismissed = True


posted: list[tuple[str, int]] = []
"""Text and status of every message, in order."""

shown: list[Notification] = []
"""The messages themselves, in order."""

buttons: list[NotificationButtonInfo] = []
"""Those of the last one."""


def post_notification(
    text: str,
    hide_after_timeout: bool = True,
    duration: int = 3,
    status: int = NotificationStatus.INFO,
    button_infos: Sequence[NotificationButtonInfo] = (),
) -> Notification:
    """Post a message; a lasting one gets a button to dismiss it only if it has no other."""
    buttons[:] = button_infos
    if not buttons and not hide_after_timeout:
        buttons.append(NotificationButtonInfo("Dismiss"))
    posted.append((text, status))
    shown.append(Notification())
    return shown[-1]


def click(text: str) -> None:
    """Click a button of the last message, for tests: the message is dismissed first."""
    (button,) = [button for button in buttons if button.text == text]
    assert not shown[-1].dismissed, "the message has gone"
    shown[-1].dismiss()
    if button.handler is not None:
        button.handler()


def leftovers() -> list[str]:
    return [f"the message {text!r}" for (text, _), message in zip(posted, shown, strict=True) if not message.dismissed]
