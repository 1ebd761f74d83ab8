"""Values that are kept between runs, in Kit's own persistent settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import carb.settings
from boxfit.ui.model.signal import Signal

ROOT = "/persistent/exts/boxfit_kit.window"
FIT = f"{ROOT}/fit"
"""Path of the panel's settings."""

OVERLAY = f"{ROOT}/overlay"


def load_fit_settings() -> Mapping[str, Any]:
    """Load the stored settings; unset values are missing."""
    stored = carb.settings.get_settings().get(FIT)
    return dict(stored) if stored else {}


def store_fit_settings(values: Mapping[str, Any]) -> None:
    """Store plain values; None removes a value, as Kit's settings have no None."""
    settings = carb.settings.get_settings()
    for name, value in values.items():
        if value is not None:
            settings.set(f"{FIT}/{name}", value)
        elif settings.get(f"{FIT}/{name}") is not None:
            settings.destroy_item(f"{FIT}/{name}")


class OverlaySwitch:
    """The setting of the overlay, which the panel and Kit's settings can change.

    Attributes:
        changed: Emitted when the setting has changed.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self._settings = carb.settings.get_settings()
        self._before = self.on
        self._watch: Any = self._settings.subscribe_to_node_change_events(OVERLAY, self._on_change)

    @property
    def on(self) -> bool:
        """True if boxes are drawn over the viewports."""
        return bool(self._settings.get(OVERLAY))

    @on.setter
    def on(self, on: bool) -> None:
        self._settings.set(OVERLAY, on)

    def destroy(self) -> None:
        """Unsubscribe."""
        if self._watch is not None:
            self._settings.unsubscribe_to_change_events(self._watch)
            self._watch = None

    def _on_change(self, item: Any, kind: Any) -> None:
        if self.on != self._before:
            self._before = self.on
            self.changed.emit()
