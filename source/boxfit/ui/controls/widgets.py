"""Widgets of the panel's sections: collapsible frames, labelled rows, buttons, and wrapping texts."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import omni.ui as ui

from boxfit.ui.controls import style

Tone = Literal["quiet", "good", "warning", "error"]


def tip(text: str) -> str:
    """Format a text as a tooltip, which does not wrap by itself."""
    return "\n".join(textwrap.fill(line, style.TIP_LETTERS) for line in text.splitlines())


@contextmanager
def section(title: str, identifier: str) -> Iterator[ui.CollapsableFrame]:
    """Build a collapsible section of the panel, whose content is stacked vertically."""
    with _foldable(title, identifier=identifier) as frame:
        yield frame


@contextmanager
def group(title: str, identifier: str) -> Iterator[ui.CollapsableFrame]:
    """Build a group in a section, collapsed at first."""
    with _foldable(title, identifier=identifier, name="group", collapsed=True) as frame:
        yield frame


@contextmanager
def _foldable(title: str, **options: Any) -> Iterator[ui.CollapsableFrame]:
    frame = ui.CollapsableFrame(title, height=0, **options)
    with frame, ui.VStack(height=0, spacing=style.GAP):
        yield frame


@contextmanager
def labelled(label: str, help_text: str = "") -> Iterator[None]:
    """Build a row with a label at the left and the content, stacked vertically, at the right."""
    with ui.HStack(height=0, spacing=style.PADDING):
        with ui.VStack(height=0, width=ui.Fraction(style.LABEL_SHARE)):
            ui.Spacer(height=style.LABEL_DROP)
            ui.Label(label, name="quiet", word_wrap=True, height=0, tooltip=tip(help_text))
        with ui.VStack(height=0, spacing=style.GAP // 2, width=ui.Fraction(100 - style.LABEL_SHARE)):
            yield


@contextmanager
def headed(label: str, help_text: str = "") -> Iterator[None]:
    """Build a label with the content, stacked vertically, below."""
    with ui.VStack(height=0, spacing=style.GAP // 2):
        ui.Label(label, name="quiet", word_wrap=True, height=0, tooltip=tip(help_text))
        yield


def button(text: str, identifier: str, clicked: Callable[[], object], help_text: str = "", **options: Any) -> ui.Button:
    """Build a button, by default as high as a field."""
    options = {"height": style.ROW, **options}
    return ui.Button(text, identifier=identifier, clicked_fn=clicked, tooltip=tip(help_text), **options)


class Text:
    """A text that wraps, and takes no room while it is empty."""

    def __init__(self, identifier: str, tone: Tone = "quiet") -> None:
        self._label = ui.Label("", identifier=identifier, name=tone, word_wrap=True, height=0, visible=False)

    def show(self, text: str) -> None:
        """Show another text."""
        if text != self._label.text:
            self._label.text = text
            self._label.visible = bool(text)


class MessageBox:
    """A text on a coloured background, for important messages; takes no room while it is empty."""

    def __init__(self, identifier: str, tone: Tone = "error") -> None:
        self._frame = ui.ZStack(height=0, visible=False)
        with self._frame:
            self._ground = ui.Rectangle(name=tone)
            with ui.HStack(height=0, name="message"):
                self._label = ui.Label("", identifier=identifier, name=tone, word_wrap=True, height=0)

    def show(self, text: str, tone: Tone | None = None) -> None:
        """Show another text, in another tone if one is given."""
        if tone is not None:
            self._ground.name = self._label.name = tone
        if text != self._label.text:
            self._label.text = text
            self._frame.visible = bool(text)


class Share(ui.SimpleFloatModel):
    """Value of a progress bar in [0, 1], with its text in whole per cent."""

    def get_value_as_string(self) -> str:
        """Return the text of the bar."""
        return f"{self.get_value_as_float():.0%}"


class Notes:
    """A collapsible list of texts, with their number in its title; takes no room while it is empty."""

    def __init__(self, title: str, identifier: str) -> None:
        self._title = title
        self._shown: tuple[str, ...] = ()
        with group(title, identifier) as self._frame:
            self._label = ui.Label("", identifier=f"{identifier}.text", name="warning", word_wrap=True, height=0)
        self._frame.visible = False

    def show(self, texts: Sequence[str]) -> None:
        """Show other texts."""
        if tuple(texts) != self._shown:
            self._shown = tuple(texts)
            self._label.text = "\n".join(f"- {text}" for text in texts)
            self._frame.title = f"{self._title} ({len(texts)})"
            self._frame.visible = bool(texts)


class Fact:
    """A labelled line; if it is too long it is elided in the middle, and its tooltip has the full text."""

    def __init__(self, label: str, identifier: str) -> None:
        self._row = ui.VStack(height=0)
        with self._row, labelled(label):
            self._label = ui.Label("", identifier=identifier, elided_text=True, height=style.ROW)

    @property
    def visible(self) -> bool:
        """True if the row is shown."""
        return self._row.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._row.visible = visible

    def show(self, text: str, help_text: str = "") -> None:
        """Show another text, with a tooltip if given."""
        if text != self._label.text:
            self._label.text = text
            self._label.tooltip = tip(help_text or text)
