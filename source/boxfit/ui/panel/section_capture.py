"""The panel's collapsed group for capturing views from the open stage."""

from __future__ import annotations

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.text_field import TextField
from boxfit.ui.controls.widgets import MessageBox, Text, button, group, labelled
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.panel.setting_row import SettingRow

_AROUND = ("view_count", "elevation_from", "elevation_to", "distance")
_SIZE = ("image_width", "image_height", "isolate")

_PLACEHOLDERS = {"distance": "so that all is in view"}

_LABEL_HELP = "Semantic class of the prims to capture. Empty: the selected prims, each an object of its own."
_FOLDER_HELP = "New or empty folder to write the views to as well, in the Data Generator's format. Empty: none."


class CaptureGroup:
    """Controls of a capture. Built inside the current container.

    Identifiers: `capture`, `capture.label`, `setting.<name>` and those of `SettingRow`, `capture.folder`,
    `capture.start`, `capture.cancel`, `capture.state`, `capture.blocked_reason`, `capture.error`.
    """

    def __init__(self, model: PanelModel) -> None:
        self._capture, self._settings = model.capture, model.settings
        self._rows: dict[str, SettingRow] = {}
        with group("Capture from the stage", "capture"):
            with labelled("Label", _LABEL_HELP):
                self._label = TextField(
                    "capture.label", _LABEL_HELP, self._capture.name_label, lambda: self._capture.name_label("")
                )
            self._build_rows("cameras")
            self._around = ui.VStack(height=0, spacing=style.GAP)
            with self._around:
                self._build_rows(*_AROUND)
            self._build_rows(*_SIZE)
            with labelled("Write to", _FOLDER_HELP):
                self._folder = TextField(
                    "capture.folder", _FOLDER_HELP, self._capture.name_folder, lambda: self._capture.name_folder("")
                )
            self._start = button("Capture", "capture.start", self._capture.start, "Make the views, and read them.")
            self._cancel = button("Cancel", "capture.cancel", self._capture.cancel, "Stop; nothing is kept.")
            self._state = Text("capture.state")
            self._blocked_reason = Text("capture.blocked_reason")
            self._error = MessageBox("capture.error")
        parts = (model.capture, model.settings, model.source, model.stage)
        self._ends = [part.changed.subscribe(self.show) for part in parts]
        self.show()

    def show(self) -> None:
        """Show the model's state."""
        capture = self._capture
        self._label.show(capture.label, "the selected prims")
        self._folder.show(capture.folder, "nowhere")
        for name, row in self._rows.items():
            row.show(_PLACEHOLDERS.get(name, ""))
        self._around.visible = self._settings.capture.cameras == "around"
        blocked_reason = None if capture.running else capture.blocked_reason
        hint = blocked_reason or capture.unavailable_reason
        self._start.visible, self._cancel.visible = not capture.running, capture.running
        self._start.enabled = blocked_reason is None
        self._state.show(f"{capture.done} of {capture.total} views" if capture.running and capture.total else "")
        self._blocked_reason.show(f"{hint[0].upper()}{hint[1:]}" if hint and hint != capture.error else "")
        self._error.show(capture.error)

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _build_rows(self, *names: str) -> None:
        self._rows.update({name: SettingRow(self._settings, name) for name in names})
