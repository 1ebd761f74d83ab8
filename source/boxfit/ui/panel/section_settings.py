"""The panel's section of settings: a row with the main ones, and all others in a collapsed group."""

from __future__ import annotations

from dataclasses import fields

import omni.ui as ui

from boxfit.settings import CaptureSettings
from boxfit.ui.controls import style
from boxfit.ui.controls.widgets import Notes, button, group, section
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.settings_model import OF_ONE_FOLDER
from boxfit.ui.panel.setting_row import SettingRow

MAIN = {"align": 26, "extent": 28}
"""Settings that are always shown, side by side, with the parts of the row that their buttons need."""

ADVANCED = ("method", "renderer", "prim", "frame", "rotation", "animation")
"""The first of the other settings; the rest is in groups below them."""

WIDE = ("method",)
"""Settings whose buttons need the whole width of the panel for one row."""

ELSEWHERE = ("data", *OF_ONE_FOLDER, "label", "asset", *(field.name for field in fields(CaptureSettings)))
"""Settings in the sections above: the dataset's folder and how it is read, its objects, and the capture."""

GROUPS = {
    "Differentiable fit": ("max_steps", "seed"),
    "Notebook": (
        "notebook_start",
        "notebook_half_extent",
        "notebook_learning_rate",
        "batch_size",
        "epochs",
        "scheduler_step",
        "scheduler_gamma",
        "overlap",
        "occupancy",
    ),
    "DIB-R": ("sigmainv", "boxlen", "device", "python"),
    "Input": (
        "skip",
        "merge",
        "split",
        "views",
        "exclude",
        "source_up",
        "source_units",
        "camera_convention",
        "calibrate",
        "depth",
        "floor",
    ),
    "Prim": ("purpose", "reset_xform_stack", "collider", "semantic_label"),
}
"""The rest by group; those in no group get one of their own at the end."""


class SettingsSection:
    """The settings of a fit. Built inside the current container.

    Identifiers: `settings`, `settings.notes`, `setting.<name>` and those of `SettingRow`, `settings.advanced`,
    `settings.<group>` with the group's title in small letters and dashes, `settings.reset`.
    """

    def __init__(self, model: PanelModel) -> None:
        self._model, self._settings = model, model.settings
        self._rows: dict[str, SettingRow] = {}
        with section("Settings", "settings"):
            self._notes = Notes("Not restored from the last run", "settings.notes")
            with ui.HStack(height=0, spacing=style.PADDING):
                for name, part in MAIN.items():
                    with ui.VStack(height=0, width=ui.Fraction(part)):
                        self._rows[name] = SettingRow(self._settings, name, above=True)
            with group("Advanced", "settings.advanced"):
                self._build_rows(ADVANCED)
                for title, names in _groups(tuple(self._settings.settings)).items():
                    with group(title, f"settings.{title.lower().replace(' ', '-')}"):
                        self._build_rows(names)
                self._reset = button("Reset to defaults", "settings.reset", self._settings.reset)
        self._ends = [model.settings.changed.subscribe(self.show), model.source.changed.subscribe(self._show_prim)]
        self.show()

    def show(self) -> None:
        """Show the model's state."""
        for row in self._rows.values():
            row.show()
        self._show_prim()
        self._notes.show(self._settings.notes)
        self._reset.enabled = not self._settings.is_default

    def destroy(self) -> None:
        """Unsubscribe."""
        for end in self._ends:
            end()

    def _build_rows(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._rows[name] = SettingRow(self._settings, name, wide=name in WIDE)

    def _show_prim(self) -> None:
        """Show the default path, which depends on the stage and the ticked objects."""
        self._rows["prim"].show(self._model.default_prim)


def _groups(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the groups, with an additional group for settings in none of them."""
    placed = {*MAIN, *ADVANCED, *ELSEWHERE, *(name for group in GROUPS.values() for name in group)}
    rest = tuple(name for name in names if name not in placed)
    return {**GROUPS, "Further": rest} if rest else GROUPS
