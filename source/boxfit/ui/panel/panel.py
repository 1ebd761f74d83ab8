"""The panel: one column from the dataset to the box, with a fixed footer. The widgets only show the model.

Identifiers of the controls, for tests and for Kit, are listed by each part: `SourceSection`, `ObjectsSection`,
`ViewSection`, `ResultSection`, `SettingsSection`, `ActionBar`; `panel` is the part that scrolls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.action_bar import ActionBar
from boxfit.ui.panel.fit_scroll import FitScroll
from boxfit.ui.panel.section_objects import ObjectsSection
from boxfit.ui.panel.section_result import ResultSection
from boxfit.ui.panel.section_settings import SettingsSection
from boxfit.ui.panel.section_source import SourceSection
from boxfit.ui.panel.section_view import ViewSection


class Section(Protocol):
    """A part of the panel, built inside the current container."""

    def destroy(self) -> None:
        """Unsubscribe."""
        ...


class Panel:
    """The whole panel. Built inside the current container, which it fills; it needs a width of 320 px.

    Args:
        model: Model to show; the panel does not destroy it.
        further: Builds an additional section of the host, below the panel's own.
        fit_keys: Name of the host's keys for Fit, or "".
    """

    def __init__(self, model: PanelModel, further: Callable[[], Section] | None = None, fit_keys: str = "") -> None:
        with ui.ZStack(style=style.STYLE):
            ui.Rectangle(name="ground")
            with ui.VStack():
                self._build(model, further, fit_keys)

    def _build(self, model: PanelModel, further: Callable[[], Section] | None, fit_keys: str) -> None:
        scrolled = ui.ScrollingFrame(
            identifier="panel",
            horizontal_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_ALWAYS_OFF,
            vertical_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_AS_NEEDED,
        )
        with scrolled, ui.VStack(height=0, spacing=style.PADDING, name="column") as column:
            source, objects = SourceSection(model), ObjectsSection(model)
            view, result, settings = ViewSection(model), ResultSection(model), SettingsSection(model)
            others = [further()] if further else []
        bar = ActionBar(model, fit_keys)
        self._scroll = FitScroll(model.fit, scrolled, column, view.frame, result.figures)
        self._parts = (source, objects, view, result, settings, *others, bar, self._scroll)

    def show_view(self) -> None:
        """Scroll to the picture of the chosen view."""
        self._scroll.show_view()

    def destroy(self) -> None:
        """Unsubscribe; the widgets are destroyed with their container."""
        for part in self._parts:
            part.destroy()
