"""Window with an error text, shown when the panel cannot be shown."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

_WIDTH, _HEIGHT = 420, 160
_MARGIN = 12


class ErrorWindow:
    """A window with an error text, until destroyed. Identifier: `error`.

    Args:
        title: Of the window.
        text: The error, with what to do.
        on_closed: Called when the user closes it.
    """

    def __init__(self, title: str, text: str, on_closed: Callable[[], None]) -> None:
        self._on_closed: Callable[[], None] | None = on_closed
        self._window = ui.Window(title, width=_WIDTH, height=_HEIGHT)
        with self._window.frame, ui.VStack(style={"margin": _MARGIN}):
            ui.Label(text, word_wrap=True, alignment=ui.Alignment.LEFT_TOP, identifier="error")
        self._window.set_visibility_changed_fn(self._visibility_changed)

    @property
    def visible(self) -> bool:
        """True until the user closes it."""
        return self._window.visible

    def destroy(self) -> None:
        """Close the window."""
        self._on_closed = None
        self._window.set_visibility_changed_fn(None)
        self._window.visible = False
        self._window.destroy()

    def _visibility_changed(self, visible: bool) -> None:
        if not visible and self._on_closed is not None:
            self._on_closed()
