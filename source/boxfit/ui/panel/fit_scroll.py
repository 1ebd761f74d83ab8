"""What a fit shows is brought into view: the picture when it begins, and its result when it is done."""

from __future__ import annotations

import time

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.model.fit_model import FitModel

RESULT_HEIGHT = 140
"""So much of the result is brought into view, in [px]: its title and the edges."""

_SETTLES_WITHIN = 1.0
"""Seconds after the end in which the panel is laid out anew."""

_SEEN = 80
"""Whoever sees so much of the views, in [px], looks at them."""


class FitScroll:
    """Scrolls the panel, once when a fit begins and once when it ends.

    Args:
        fit: What is followed.
        panel: What scrolls.
        column: All that is in it.
        view: The part of it with the picture; the result comes next.
        figures: What is built anew in the result.
    """

    def __init__(
        self, fit: FitModel, panel: ui.ScrollingFrame, column: ui.VStack, view: ui.Widget, figures: ui.Frame
    ) -> None:
        self._fit, self._panel, self._column, self._view = fit, panel, column, view
        self._was_running = False
        self._settled = 0.0
        self._end = fit.changed.subscribe(self._follow)
        # How high they are at the end is known some frames later; what a user folds after that is no reason to scroll.
        for part in (view, figures):
            part.set_computed_content_size_changed_fn(self._on_size)

    def show_view(self) -> None:
        """Scroll to the views; `scroll_here_y` would miss them on a canvas that magnifies."""
        self._panel.scroll_y = self._top

    def destroy(self) -> None:
        """Follow no more."""
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
        """Scroll down until the result is in view, unless the user has gone to something else than the views."""
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
        """Where the views begin, from the top of all that scrolls."""
        return self._view.screen_position_y - self._column.screen_position_y
