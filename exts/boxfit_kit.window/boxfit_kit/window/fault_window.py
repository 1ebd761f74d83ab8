"""The window in place of the panel where that cannot be shown: one sentence that says why."""

# Kit's typings of omni.ui are incomplete.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

_WIDTH, _HEIGHT = 420, 160
_MARGIN = 12


class FaultWindow:
    """There from when it is made until it is destroyed. Identifier: `fault`.

    Args:
        title: Of the window.
        text: What is wrong, and what to do.
        closed: Called when the user closes it.
    """

    def __init__(self, title: str, text: str, closed: Callable[[], None]) -> None:
        self._closed: Callable[[], None] | None = closed
        self._window = ui.Window(title, width=_WIDTH, height=_HEIGHT)
        with self._window.frame, ui.VStack(style={"margin": _MARGIN}):
            ui.Label(text, word_wrap=True, alignment=ui.Alignment.LEFT_TOP, identifier="fault")
        self._window.set_visibility_changed_fn(self._visibility_changed)

    @property
    def visible(self) -> bool:
        """True while it is shown; the user may have closed it."""
        return self._window.visible

    def destroy(self) -> None:
        """Close it for good."""
        self._closed = None
        self._window.set_visibility_changed_fn(None)
        self._window.visible = False
        self._window.destroy()

    def _visibility_changed(self, visible: bool) -> None:
        if not visible and self._closed is not None:
            self._closed()
