"""Modal windows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import omni.ui as ui

from boxfit.ui.controls import style

BUTTON_WIDTH = 90
KEY_ESCAPE, KEY_ENTER, KEY_ENTER_OF_NUMBERS = 256, 257, 335
WIDTH = 460
_LETTERS_A_LINE, _LINE_HEIGHT, _REST_HEIGHT = 56, 20, 90

FLAGS = (
    ui.WINDOW_FLAGS_MODAL
    | ui.WINDOW_FLAGS_NO_SAVED_SETTINGS
    | ui.WINDOW_FLAGS_NO_COLLAPSE
    | ui.WINDOW_FLAGS_NO_RESIZE
    | ui.WINDOW_FLAGS_NO_CLOSE
    | ui.WINDOW_FLAGS_NO_DOCKING
)


class Modal:
    """An empty modal window in the middle of the screen. Escape closes it.

    Attributes:
        on_enter: Called when Enter is pressed, or None.
    """

    def __init__(self, title: str, width: int, height: int) -> None:
        """Open the window.

        Args:
            title: Of the window, unique among the open windows.
            width: In [px].
            height: In [px].
        """
        self.window = ui.Window(title, width=width, height=height, flags=FLAGS)
        self.window.position_x = max(0, (ui.Workspace.get_main_window_width() - width) / 2)
        self.window.position_y = max(0, (ui.Workspace.get_main_window_height() - height) / 2)
        self.window.frame.style = style.STYLE
        self.window.set_key_pressed_fn(self._on_key)
        self.on_enter: Callable[[], object] | None = None
        self._closed = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """True until the window is closed."""
        return not self._closed.done()

    async def wait(self) -> None:
        """Wait until the window is closed; if the wait is cancelled, the window is destroyed."""
        try:
            await asyncio.shield(self._closed)
        except asyncio.CancelledError:
            self.window.destroy()
            raise

    def close(self) -> None:
        """Close the window; calling this again does nothing."""
        if self.is_open:
            self.window.visible = False
            self._closed.set_result(None)
            # A window must not be destroyed in its own callback.
            self._end = asyncio.ensure_future(self._destroy())

    async def _destroy(self) -> None:
        await ui.next_frame()
        self.window.destroy()

    def _on_key(self, key: int, modifiers: int, down: bool) -> None:
        if key == KEY_ESCAPE and down:
            self.close()
        elif key in (KEY_ENTER, KEY_ENTER_OF_NUMBERS) and down and self.on_enter is not None and self.is_open:
            self.on_enter()


async def ask(title: str, text: str, answers: Mapping[str, str]) -> str | None:
    """Ask a question.

    Identifiers: `question`, and those of the answers.

    Args:
        title: Of the window.
        text: The question.
        answers: Texts of the buttons, by identifier; Enter gives the first.

    Returns:
        Identifier of the answer; None for Escape.
    """
    lines = sum(-(-len(line) // _LETTERS_A_LINE) for line in text.splitlines())
    modal = Modal(title, WIDTH, _REST_HEIGHT + _LINE_HEIGHT * lines)
    clicked: list[str] = []

    def answer(identifier: str) -> None:
        clicked.append(identifier)
        modal.close()

    first = next(iter(answers))
    modal.on_enter = lambda: answer(first)
    with modal.window.frame, ui.VStack(spacing=style.PADDING):
        ui.Label(text, word_wrap=True, identifier="question", alignment=ui.Alignment.LEFT_TOP)
        with ui.HStack(height=style.ROW, spacing=style.PADDING):
            ui.Spacer()
            for identifier, word in answers.items():
                ui.Button(
                    word,
                    identifier=identifier,
                    name="primary" if identifier == first else "",
                    width=BUTTON_WIDTH,
                    clicked_fn=lambda identifier=identifier: answer(identifier),
                )
    await modal.wait()
    return clicked[0] if clicked else None
