"""Stand-in for `omni.kit.notification_manager`. Signatures: its typings in work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NotificationStatus = enum.IntEnum("NotificationStatus", "WARNING INFO", start=0)


@dataclass(frozen=True)
class NotificationButtonInfo:
    text: str
    on_complete: Callable[[], Any] | None = None


posted: list[tuple[str, NotificationStatus]] = []
"""Every message, in order."""

buttons: list[NotificationButtonInfo] = []
"""Those of the last one."""


def post_notification(
    text: str,
    hide_after_timeout: bool = True,
    duration: int = 3,
    status: NotificationStatus = NotificationStatus.INFO,
    button_infos: list[NotificationButtonInfo] = [],  # noqa: B006
) -> None:
    posted.append((text, status))
    buttons[:] = button_infos
