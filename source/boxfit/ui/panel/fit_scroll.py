"""Automatic scrolling of the panel: to the picture when a fit begins, and to the result when it is done."""

from __future__ import annotations

import time

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.model.fit_model import FitModel

RESULT_HEIGHT = 200
"""Height of the result that is scrolled into view, in [px]: its title, the verdict and the edges."""

_SETTLES_WITHIN = 1.0
"""Seconds after the end in which the panel may still change its layout."""

_SEEN = 80
"""Height of the views, in [px], that has to be in view for the panel to scroll on to the result."""


class FitScroll:
    """Scrolls the panel once when a fit begins and once when it ends.

    Args:
        fit: Model of the fit.
        panel: The scrolling frame.
        column: Its content.
        view: The section with the picture; the result follows.
        figures: The rebuilt part of the result.
    """

    def __init__(
        self, fit: FitModel, panel: ui.ScrollingFrame, column: ui.VStack, view: ui.Widget, figures: ui.Frame
    ) -> None:
        self._fit, self._panel, self._column, self._view = fit, panel, column, view
        self._was_running = False
        self._settled = 0.0
        self._end = fit.changed.subscribe(self._follow)
        # The final heights are known some frames later; later changes, as by folding, do not scroll.
        for part in (view, figures):
            part.set_computed_content_size_changed_fn(self._on_size)

    def show_view(self) -> None:
        """Scroll to the views; `scroll_here_y` would miss them on a zoomed canvas."""
        self._panel.scroll_y = self._top

    def destroy(self) -> None:
        """Unsubscribe."""
        self._end()
        self._settled = 0.0

    def _follow(self) -> None:
        running = self._fit.running
        if running and not self._was_running:
            self.show_view()
        if self._was_running and self._fit.phase == "done":
            self._settled = time.monotonic() + _SETTLES_WITHIN
        self._was_running = running
        self._on_size()

    def _on_size(self) -> None:
        """Scroll down to the result, unless the user has scrolled away from the views."""
        if time.monotonic() > self._settled:
            return
        shown, height = self._panel.scroll_y, self._panel.computed_height
        bottom = self._top + self._view.computed_height
        looks = self._top < shown + height - _SEEN and bottom > shown + _SEEN
        least = bottom + style.PADDING + RESULT_HEIGHT - height
        if looks and shown < least:
            self._panel.scroll_y = least

    @property
    def _top(self) -> float:
        """Top of the views, measured from the top of the scrolled content."""
        return self._view.screen_position_y - self._column.screen_position_y
