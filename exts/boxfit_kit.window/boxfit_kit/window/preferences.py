"""What is kept from one run of Kit to the next, in Kit's own persistent settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import carb.settings
from boxfit.ui.model.signal import Signal

ROOT = "/persistent/exts/boxfit_kit.window"
FIT = f"{ROOT}/fit"
"""Under this path stand the settings of the panel by name."""

OVERLAY = f"{ROOT}/overlay"


def load_fit_settings() -> Mapping[str, Any]:
    """What was stored last; one that is missing was left open, or never stored."""
    stored = carb.settings.get_settings().get(FIT)
    return dict(stored) if stored else {}


def store_fit_settings(values: Mapping[str, Any]) -> None:
    """Keep plain values; Kit knows no None, so that what is left open is not kept."""
    settings = carb.settings.get_settings()
    for name, value in values.items():
        if value is not None:
            settings.set(f"{FIT}/{name}", value)
        elif settings.get(f"{FIT}/{name}") is not None:
            settings.destroy_item(f"{FIT}/{name}")


class OverlaySwitch:
    """Whether boxes are drawn over the viewports: in the panel, and in Kit's settings, whoever changes it there.

    Attributes:
        changed: Emitted when it is another than before.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self._settings = carb.settings.get_settings()
        self._before = self.on
        self._watch: Any = self._settings.subscribe_to_node_change_events(OVERLAY, self._heard)

    @property
    def on(self) -> bool:
        """Whether they are."""
        return bool(self._settings.get(OVERLAY))

    @on.setter
    def on(self, on: bool) -> None:
        self._settings.set(OVERLAY, on)

    def destroy(self) -> None:
        """Watch the setting no more."""
        if self._watch is not None:
            self._settings.unsubscribe_to_change_events(self._watch)
            self._watch = None

    def _heard(self, item: Any, kind: Any) -> None:
        if self.on != self._before:
            self._before = self.on
            self.changed.emit()
