"""Modal yes-or-no questions."""

from __future__ import annotations

import itertools

import carb
import omni.kit.app
import omni.ui as ui

TITLE = "Box Fit needs a package"
_WIDTH, _HEIGHT = 460, 190
_BUTTON, _ROW, _GAP = 90, 26, 8
_asked = itertools.count()


_open: set[ui.Window] = set()


def close_all() -> None:
    """Close all questions, without an answer."""
    for window in list(_open):
        _open.discard(window)
        window.visible = False


async def ask(text: str) -> bool | None:
    """Ask; closing the window means no. If the caller is cancelled, the window closes.

    Identifiers: `question`, `question.yes`, `question.no`.

    Returns:
        The answer, or None if the question was closed by `close_all`.
    """
    carb.log_warn(f"[boxfit_kit.window] waiting for an answer: {text}")  # For a Kit without a visible window.
    # Text after ## is not shown. It keeps titles unique: a window may reuse the closed state of one with its title.
    window = ui.Window(
        f"{TITLE}##{next(_asked)}",
        width=_WIDTH,
        height=_HEIGHT,
        flags=ui.WINDOW_FLAGS_MODAL | ui.WINDOW_FLAGS_NO_DOCKING,
    )
    _open.add(window)
    answers: list[bool] = []
    with window.frame, ui.VStack(spacing=_GAP):
        ui.Label(text, word_wrap=True, identifier="question", alignment=ui.Alignment.LEFT_TOP)
        with ui.HStack(height=_ROW, spacing=_GAP):
            ui.Spacer()
            for identifier, word, answer in (("question.yes", "Install", True), ("question.no", "Not now", False)):
                ui.Button(
                    word,
                    identifier=identifier,
                    width=_BUTTON,
                    clicked_fn=lambda answer=answer: answers.append(answer),
                )
    try:
        while not answers and window.visible:
            await omni.kit.app.get_app().next_update_async()
        # A modal window that is destroyed while visible keeps blocking clicks.
        taken_away = window not in _open
        window.visible = False
        await omni.kit.app.get_app().next_update_async()
    finally:
        _open.discard(window)
        window.visible = False
        window.destroy()
    return None if taken_away else answers[:1] == [True]
