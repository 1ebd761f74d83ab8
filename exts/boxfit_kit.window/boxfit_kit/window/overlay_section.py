"""The panel's section for the viewport overlay."""

from __future__ import annotations

import omni.ui as ui
from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import section, tip

from boxfit_kit.window.preferences import OverlaySwitch

_HELP = "Draw the boxes over the viewport, with their bounds, axes and lengths. The Cube prims stay as they are."


class OverlaySection:
    """A check box for the overlay. Built inside the current container. Identifiers: `overlay`, `overlay.switch`."""

    def __init__(self, switch: OverlaySwitch) -> None:
        self._switch = switch
        with section("Viewport", "overlay"), ui.HStack(height=0, spacing=style.PADDING):
            with ui.VStack(width=style.CHECK_WIDTH, height=0):
                ui.Spacer(height=style.LABEL_DROP)
                self._box = ui.CheckBox(identifier="overlay.switch", height=0, tooltip=tip(_HELP))
            with ui.VStack(height=0):
                ui.Spacer(height=style.LABEL_DROP)
                ui.Label("Show boxes in the viewport", word_wrap=True, height=0, tooltip=tip(_HELP))
        self._box.model.set_value(switch.on)
        self._kept = self._box.model.subscribe_value_changed_fn(weakly(self._clicked))
        self._end = switch.changed.subscribe(self.show)

    def show(self) -> None:
        """Show the current setting."""
        self._box.model.set_value(self._switch.on)

    def destroy(self) -> None:
        """Unsubscribe."""
        self._end()

    def _clicked(self, model: ui.AbstractValueModel) -> None:
        if model.as_bool != self._switch.on:
            self._switch.on = model.as_bool
