"""The panel's section of objects to fit."""

from __future__ import annotations

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import Text, button, section
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.source_model import ObjectRow

_MANY = 3
"""Above this number of objects, buttons tick all and none."""

_LONG = 8
"""Above this number of objects their list scrolls, in a height of so many."""


class ObjectsSection:
    """A check box for each object. Built inside the current container.

    Identifiers: `objects`, `objects.hint`, `object.0`, `object.1`, ..., `objects.all`, `objects.none`.
    """

    def __init__(self, model: PanelModel) -> None:
        self._source = model.source
        self._boxes: list[ui.CheckBox] = []
        self._kept: list[object] = []
        self._names: tuple[str, ...] = ()
        with section("Objects", "objects"):
            self._hint = Text("objects.hint")
            self._rows = ui.Frame(height=0, build_fn=self._build_rows)
        self._end = self._source.changed.subscribe(self.show)
        self.show()

    def show(self) -> None:
        """Show the model's state."""
        rows = self._source.objects
        self._hint.show("" if rows else "They appear here when a dataset has been read.")
        names = tuple(map(self._line, rows))
        if names != self._names:
            self._names = names
            self._rows.rebuild()
        elif len(self._boxes) == len(rows):
            for box, row in zip(self._boxes, rows, strict=True):
                box.model.set_value(row.ticked)

    def destroy(self) -> None:
        """Unsubscribe."""
        self._end()

    def _build_rows(self) -> None:
        self._boxes, self._kept = [], []
        count = len(self._source.objects)
        with ui.VStack(height=0, spacing=style.GAP):
            # A scrolling frame always keeps room for its scrollbar.
            frame = ui.ScrollingFrame(height=_LONG * style.ROW) if count > _LONG else ui.Frame(height=0)
            with frame, ui.VStack(height=0, spacing=style.GAP):
                for index, row in enumerate(self._source.objects):
                    self._build_row(index, row)
            if count > _MANY:
                with ui.HStack(height=0, spacing=style.GAP):
                    button("All", "objects.all", lambda: self._tick_all(True))
                    button("None", "objects.none", lambda: self._tick_all(False))

    def _build_row(self, index: int, row: ObjectRow) -> None:
        with ui.HStack(height=0, spacing=style.PADDING):
            with ui.VStack(width=style.CHECK_WIDTH, height=0):
                ui.Spacer(height=style.LABEL_DROP)
                box = ui.CheckBox(identifier=f"object.{index}", height=0)
            with ui.VStack(height=0):
                ui.Spacer(height=style.LABEL_DROP)
                ui.Label(self._line(row), word_wrap=True, height=0, identifier=f"object.{index}.name")
        box.model.set_value(row.ticked)
        self._boxes.append(box)
        self._kept.append(box.model.subscribe_value_changed_fn(weakly(self._clicked, index)))

    def _clicked(self, index: int, model: ui.AbstractValueModel) -> None:
        self._ticked(index, model.as_bool)

    def _ticked(self, index: int, ticked: bool) -> None:
        if self._source.objects[index].ticked != ticked:
            self._source.tick(index, ticked)

    def _tick_all(self, ticked: bool) -> None:
        for index in range(len(self._source.objects)):
            self._ticked(index, ticked)

    def _line(self, row: ObjectRow) -> str:
        count = self._source.view_count(row)
        return f"{row.name}, {count} view{'' if count == 1 else 's'}"
