"""Window to choose a file or folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.desktop.file_choice import Choosable, FileChoice
from boxfit.ui.desktop.modal import BUTTON_WIDTH, Modal

WIDTH, HEIGHT = 600, 460
ACCEPT = {"folder": "Choose", "stage": "Open", "new stage": "Save"}
ROW_STYLE = {
    "Button": {"background_color": ui.color("#00000000"), "margin": 0, "padding": 4},
    "Button.Label": {"alignment": ui.Alignment.LEFT_CENTER},
}


class FileDialog(Modal):
    """Window of a `FileChoice`: a path, the folder's entries, and the buttons."""

    def __init__(self, what: Choosable, title: str, start: Path | None, on_picked: Callable[[Path], object]) -> None:
        """Open the window.

        Args:
            what: Kind of item to choose.
            title: Title of the window.
            start: Folder or file to begin with, or None.
            on_picked: Called with the choice.
        """
        super().__init__(title, WIDTH, HEIGHT)
        self._choice, self._on_picked = FileChoice(what, start), on_picked
        with self.window.frame, ui.VStack(spacing=style.PADDING):
            with ui.HStack(height=style.ROW, spacing=style.PADDING):
                self._path = ui.StringField(identifier="files.path", tooltip="Type a path and press Enter")
                self._path.model.add_end_edit_fn(weakly(self._path_typed))
                ui.Button("Up", width=60, identifier="files.up", clicked_fn=self._go_up)
                ui.Button("Home", width=60, identifier="files.home", clicked_fn=self._go_home)
            with ui.ZStack():
                ui.Rectangle(name="track")
                with ui.ScrollingFrame():
                    self._list = ui.Frame(build_fn=self._build_rows)
            with ui.HStack(height=style.ROW, spacing=style.PADDING, visible=what != "folder"):
                ui.Label("Name", width=44)
                self._name = ui.StringField(identifier="files.name")
                self._name.model.add_end_edit_fn(weakly(self._name_typed))
            self._problem = ui.Label("", identifier="files.problem", name="warning", word_wrap=True, height=0)
            with ui.HStack(height=style.ROW, spacing=style.PADDING):
                ui.Spacer()
                self._accept = ui.Button(
                    ACCEPT[what], width=BUTTON_WIDTH, identifier="files.accept", clicked_fn=self._try_to_accept
                )
                ui.Button("Cancel", width=BUTTON_WIDTH, identifier="files.cancel", clicked_fn=self.close)
        self._show()

    def _build_rows(self) -> None:
        with ui.VStack(height=0, style=ROW_STYLE):
            for entry in self._choice.entries:
                name = f"{entry.path.name}/" if entry.is_folder else entry.path.name
                row = ui.Button(name, height=style.ROW, identifier=f"files.row.{entry.path.name}")
                row.set_clicked_fn(lambda entry=entry: self._do(lambda: self._choice.point_at(entry)))
                if not entry.is_folder:
                    row.set_mouse_double_clicked_fn(lambda *_: self._try_to_accept())

    def _do(self, action: Callable[[], None]) -> None:
        folder = self._choice.folder
        action()
        if self._choice.folder != folder:
            self._list.rebuild()
        self._show()

    def _show(self) -> None:
        choice = self._choice
        self._path.model.set_value(str(choice.path))
        self._name.model.set_value(choice.name)
        self._problem.text, self._problem.visible = choice.problem, bool(choice.problem)
        self._accept.text = "Replace" if choice.replaces else ACCEPT[choice.what]

    def _go_up(self) -> None:
        self._do(self._choice.go_up)

    def _go_home(self) -> None:
        self._do(lambda: self._choice.go(Path.home()))

    def _path_typed(self, model: ui.AbstractValueModel) -> None:
        text = model.get_value_as_string()
        if text != str(self._choice.path):
            self._do(lambda: self._choice.type_path(text))

    def _name_typed(self, model: ui.AbstractValueModel) -> None:
        text = model.get_value_as_string()
        if text != self._choice.name:
            self._do(lambda: self._choice.type_name(text))

    def _try_to_accept(self) -> None:
        chosen: list[Path] = []
        self._do(lambda: chosen.extend(path for path in [self._choice.accept()] if path is not None))
        if chosen and self.is_open:
            self._on_picked(chosen[0])
            self.close()
