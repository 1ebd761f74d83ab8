"""Text field with a placeholder for its default."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import tip


class TextField:
    """A field whose text is taken at Enter or when it loses focus. Built inside the current container.

    An edit that ends with the text it began with, as after Escape, discards an invalid text.

    Args:
        identifier: Of the field.
        help_text: Its tooltip.
        on_entered: Called with the text.
        on_discarded: Called when an invalid text is discarded.
        takes_drops: True to take what is dragged onto the field from another part of the application, such as the path
            of a folder from Kit's Content browser; of several items the first.
    """

    def __init__(
        self,
        identifier: str,
        help_text: str,
        on_entered: Callable[[str], object],
        on_discarded: Callable[[], object],
        *,
        takes_drops: bool = False,
    ) -> None:
        self._on_entered, self._on_discarded = on_entered, on_discarded
        self._before: str | None = None
        self._wrong = False
        with ui.ZStack(height=style.ROW):
            self._field = ui.StringField(identifier=identifier, tooltip=tip(help_text))
            with ui.HStack():
                ui.Spacer(width=style.PADDING)
                self._placeholder = ui.Label("", name="faint", elided_text=True, identifier=f"{identifier}.default")
        if takes_drops:
            self._field.set_accept_drop_fn(lambda text: True)
            self._field.set_drop_fn(weakly(self._dropped))
        model = self._field.model
        self._kept = (
            model.subscribe_begin_edit_fn(weakly(self._begun)),
            model.subscribe_value_changed_fn(weakly(self._show_placeholder)),
            model.subscribe_end_edit_fn(weakly(self._ended)),
        )

    def show(self, text: str, placeholder: str = "", wrong: bool = False) -> None:
        """Show another text, unless the user is typing.

        Args:
            text: The current value.
            placeholder: Default while the field is empty.
            wrong: True if the last typed text was invalid; it then stays, to be corrected.
        """
        self._placeholder.text = placeholder
        self._wrong = wrong
        self._field.name = "wrong" if wrong else ""
        if self._before is None and not wrong:
            self._field.model.set_value(text)
        self._show_placeholder()

    def _begun(self, model: ui.AbstractValueModel) -> None:
        self._before = model.as_string
        self._show_placeholder()

    def _ended(self, model: ui.AbstractValueModel) -> None:
        before, self._before = self._before, None
        if model.as_string != before:
            self._on_entered(model.as_string)
        elif self._wrong:
            self._on_discarded()
        self._show_placeholder()

    def _dropped(self, event: ui.WidgetMouseDropEvent) -> None:
        if event.mime_data:
            self._on_entered(event.mime_data.splitlines()[0])

    def _show_placeholder(self, model: ui.AbstractValueModel | None = None) -> None:
        self._placeholder.visible = self._before is None and not self._field.model.as_string
