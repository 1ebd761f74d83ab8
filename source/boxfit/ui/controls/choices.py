"""Widgets for a choice: a bar of buttons, or a list of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.widgets import tip

_LETTERS = 23
"""Number of characters of all buttons of a line beside a label, in the narrowest panel."""

_LETTERS_EVENLY = 27
"""Number of characters for which the buttons of such a line have room if all are as wide as the widest."""

_WIDER = 100 / (100 - style.LABEL_SHARE)
"""Width of a line below its label, relative to one beside it."""

_LETTERS_BESIDE = 3
"""Padding of a button in characters."""

_ROWS = 6
"""Above this number of rows a list scrolls."""


class ChoiceBar:
    """Buttons side by side, on several lines if need be, one of which is down. Built inside the current container.

    Identifiers: `<identifier>.<choice>` for each button.

    Args:
        identifier: Of the bar.
        choices: Texts of the buttons.
        help_text: Tooltip of enabled buttons.
        on_picked: Called with the choice that was clicked.
        wide: True if the bar has the whole width of the panel.
    """

    def __init__(
        self,
        identifier: str,
        choices: Sequence[str],
        help_text: str,
        on_picked: Callable[[str], object],
        wide: bool = False,
    ) -> None:
        room = _WIDER if wide else 1.0
        self._help = tip(help_text)
        self._buttons: dict[str, ui.Button] = {}
        with ui.VStack(height=0, spacing=1, identifier=identifier):
            for line in _lines(choices, room * _LETTERS):
                evenly = len(line) * max(map(len, line)) <= room * _LETTERS_EVENLY
                with ui.HStack(height=style.ROW, spacing=1):
                    for choice in line:
                        self._buttons[choice] = button = _segment(
                            choice, f"{identifier}.{choice}", self._help, lambda choice=choice: on_picked(choice)
                        )
                        button.width = ui.Fraction(1 if evenly else len(choice) + _LETTERS_BESIDE)

    def show(self, chosen: str) -> None:
        """Show the current choice."""
        for choice, button in self._buttons.items():
            button.checked = choice == chosen

    def rule_out(self, choice: str, reason: str | None) -> None:
        """Disable a choice, with the reason as its tooltip; None enables it."""
        button = self._buttons[choice]
        button.enabled = reason is None
        button.tooltip = self._help if reason is None else tip(reason)


class ChoiceRows:
    """A list with one selected row, which scrolls if it is long. Built inside the current container.

    Identifiers: `<identifier>.0`, `.1`, ... for the rows.

    Args:
        identifier: Of the list.
        on_picked: Called with the number of the row that was clicked.
    """

    def __init__(self, identifier: str, on_picked: Callable[[int], object]) -> None:
        self._identifier, self._on_picked = identifier, on_picked
        self._rows: tuple[tuple[str, str], ...] = ()
        self._index = 0
        self._buttons: list[ui.Button] = []
        self._frame = ui.Frame(height=0, build_fn=self._build)

    def show(self, rows: Sequence[tuple[str, str]], index: int) -> None:
        """Show other rows, or another selection.

        Args:
            rows: Text and tooltip of each.
            index: Number of the selected row.
        """
        self._index = index
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self._frame.rebuild()
        for number, button in enumerate(self._buttons):
            button.checked = number == index

    def _build(self) -> None:
        # A scrolling frame always keeps room for its scrollbar.
        long = len(self._rows) > _ROWS
        frame = ui.ScrollingFrame(height=_ROWS * (style.ROW + 1)) if long else ui.Frame(height=0)
        with frame, ui.VStack(height=0, spacing=1, identifier=self._identifier):
            self._buttons = [self._row(number, *row) for number, row in enumerate(self._rows)]

    def _row(self, number: int, text: str, help_text: str) -> ui.Button:
        identifier = f"{self._identifier}.{number}"
        with ui.ZStack(height=style.ROW):
            # An empty button is drawn as high as its padding; its own text would not be elided.
            button = _segment(" ", identifier, tip(help_text), lambda: self._on_picked(number))
            with ui.HStack():
                ui.Spacer(width=style.PADDING)
                ui.Label(text, identifier=f"{identifier}.name", elided_text=True)
        button.checked = number == self._index
        return button


def _lines(choices: Sequence[str], letters: float) -> list[list[str]]:
    """Divide choices into lines of at most so many characters."""
    lines: list[list[str]] = [[]]
    for choice in choices:
        if lines[-1] and len("".join([*lines[-1], choice])) > letters:
            lines.append([])
        lines[-1].append(choice)
    return lines


def _segment(text: str, identifier: str, tooltip: str, clicked: Callable[[], object]) -> ui.Button:
    return ui.Button(
        text,
        identifier=identifier,
        style_type_name_override="Button.Segment",
        height=style.ROW,
        tooltip=tooltip,
        clicked_fn=clicked,
    )
