"""The panel: from the dataset to the box, in one column, with Fit always in view. It draws; the model decides.

Identifiers of the controls, for tests and for Kit, are listed by each part: `SourceSection`, `ObjectsSection`,
`SettingsSection`, `ViewSection`, `ResultSection`, `ActionBar`; `panel` is the part that scrolls.
"""

# ovui ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.action_bar import ActionBar
from boxfit.ui.panel.section_objects import ObjectsSection
from boxfit.ui.panel.section_result import ResultSection
from boxfit.ui.panel.section_settings import SettingsSection
from boxfit.ui.panel.section_source import SourceSection
from boxfit.ui.panel.section_view import ViewSection


class Panel:
    """Built inside the current container, all of which it fills; 320 px are wide enough.

    Args:
        model: What to show; the panel does not end it.
    """

    def __init__(self, model: PanelModel) -> None:
        self._fit = model.fit
        self._was_running = False
        with ui.ZStack(style=style.STYLE):
            ui.Rectangle(name="ground")
            with ui.VStack():
                self._build(model)
        self._end = model.fit.changed.subscribe(self._follow)

    def _build(self, model: PanelModel) -> None:
        with (
            ui.ScrollingFrame(
                identifier="panel",
                horizontal_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_ALWAYS_OFF,
                vertical_scrollbar_policy=ui.ScrollBarPolicy.SCROLLBAR_AS_NEEDED,
            ),
            ui.VStack(height=0, spacing=style.PADDING, name="column"),
        ):
            sections = SourceSection(model), ObjectsSection(model), SettingsSection(model)
            self._view = ViewSection(model)
            result = ResultSection(model)
        self._parts = (*sections, self._view, result, ActionBar(model))

    def destroy(self) -> None:
        """Listen to the model no more; the widgets end with their container."""
        self._end()
        for part in self._parts:
            part.destroy()

    def _follow(self) -> None:
        """Bring the picture into view when a fit begins: there is something to watch."""
        running = self._fit.running
        if running and not self._was_running:
            self._view.frame.scroll_here_y(0.0)
        self._was_running = running
