"""What the panel's sections are made of: foldable parts, labelled rows, buttons, and texts that wrap."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import omni.ui as ui

from boxfit.ui.controls import style

Tone = Literal["quiet", "warning", "error"]


def tip(text: str) -> str:
    """A text as a tooltip, which does not wrap by itself."""
    return "\n".join(textwrap.fill(line, style.TIP_LETTERS) for line in text.splitlines())


@contextmanager
def section(title: str, identifier: str) -> Iterator[ui.CollapsableFrame]:
    """A part of the panel that can be folded; what is built within stands below each other."""
    with _foldable(title, identifier=identifier) as frame:
        yield frame


@contextmanager
def group(title: str, identifier: str) -> Iterator[ui.CollapsableFrame]:
    """A part of a section that is folded at first."""
    with _foldable(title, identifier=identifier, name="group", collapsed=True) as frame:
        yield frame


@contextmanager
def _foldable(title: str, **options: Any) -> Iterator[ui.CollapsableFrame]:
    frame = ui.CollapsableFrame(title, height=0, **options)
    with frame, ui.VStack(height=0, spacing=style.GAP):
        yield frame


@contextmanager
def labelled(label: str, help_text: str = "") -> Iterator[None]:
    """A row: a label at the left, and what is built within at the right, below each other."""
    with ui.HStack(height=0, spacing=style.PADDING):
        with ui.VStack(height=0, width=ui.Fraction(style.LABEL_SHARE)):
            ui.Spacer(height=style.LABEL_DROP)
            ui.Label(label, name="quiet", word_wrap=True, height=0, tooltip=tip(help_text))
        with ui.VStack(height=0, spacing=style.GAP // 2, width=ui.Fraction(100 - style.LABEL_SHARE)):
            yield


def button(text: str, identifier: str, clicked: Callable[[], object], help_text: str = "", **options: Any) -> ui.Button:
    """A button, as high as a field if nothing else is said."""
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
    """A text on a ground of its own, for what must not be overlooked; it takes no room while it is empty."""

    def __init__(self, identifier: str, tone: Tone = "error") -> None:
        self._frame = ui.ZStack(height=0, visible=False)
        with self._frame:
            ui.Rectangle(name=tone)
            with ui.HStack(height=0, name="message"):
                self._label = ui.Label("", identifier=identifier, name=tone, word_wrap=True, height=0)

    def show(self, text: str) -> None:
        """Show another text."""
        if text != self._label.text:
            self._label.text = text
            self._frame.visible = bool(text)


class Notes:
    """Texts in a list that can be folded, with their number in its title; it takes no room while it is empty."""

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
    """A labelled line; where it is too long its middle is left out, and its tooltip has all of it."""

    def __init__(self, label: str, identifier: str) -> None:
        self._row = ui.VStack(height=0)
        with self._row, labelled(label):
            self._label = ui.Label("", identifier=identifier, elided_text=True, height=style.ROW)

    @property
    def visible(self) -> bool:
        """Whether it is there at all."""
        return self._row.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._row.visible = visible

    def show(self, text: str, help_text: str = "") -> None:
        """Show another text, and the help for it where it has one."""
        if text != self._label.text:
            self._label.text = text
            self._label.tooltip = tip(help_text or text)
