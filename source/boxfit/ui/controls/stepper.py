"""Widget to step through a list: a slider between two buttons, and a line with the current name."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import button


class Stepper:
    """A slider between two buttons. Built inside the current container; takes no room while the list is empty.

    Identifiers: `<identifier>.name`, `.previous`, `.slider` and `.next`.

    Args:
        identifier: Of the stepper.
        on_picked: Called with the index that the user steps to, cyclically.
    """

    def __init__(self, identifier: str, on_picked: Callable[[int], object]) -> None:
        self._on_picked = on_picked
        self._index = 0
        self._count = 0
        self._frame = ui.VStack(height=0, spacing=style.GAP // 2, visible=False)
        with self._frame:
            self._name = ui.Label("", identifier=f"{identifier}.name", elided_text=True, height=0)
            self._row = ui.HStack(height=0, spacing=style.GAP)
            with self._row:
                button("<", f"{identifier}.previous", lambda: self._go(-1), "The one before", width=style.ARROW_WIDTH)
                self._slider = ui.IntSlider(identifier=f"{identifier}.slider", min=1, max=2, height=style.ROW)
                button(">", f"{identifier}.next", lambda: self._go(1), "The next one", width=style.ARROW_WIDTH)
        self._kept = self._slider.model.subscribe_value_changed_fn(weakly(self._slid))

    def show(self, index: int, count: int, text: str) -> None:
        """Show the current item.

        Args:
            index: Index of the current item.
            count: Number of items; a single item needs no slider.
            text: Name of the item.
        """
        self._index = index
        self._name.text = text
        if count != self._count:
            self._count = count
            self._frame.visible, self._row.visible = count > 0, count > 1
            self._slider.max = max(count, 2)
        if count:
            self._slider.model.set_value(index + 1)

    def _go(self, by: int) -> None:
        self._on_picked((self._index + by) % self._count)

    def _slid(self, model: ui.AbstractValueModel) -> None:
        index = min(max(model.as_int - 1, 0), self._count - 1)
        if index != self._index:
            self._on_picked(index)
