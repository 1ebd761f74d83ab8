"""A row of the panel for a setting: its label, its control, and its error."""

from __future__ import annotations

from typing import Protocol

import omni.ui as ui

from boxfit.ui.controls import style
from boxfit.ui.controls.choices import ChoiceBar
from boxfit.ui.controls.text_field import TextField
from boxfit.ui.controls.weak_calls import weakly
from boxfit.ui.controls.widgets import Text, headed, labelled, tip
from boxfit.ui.model.setting import Kind, Setting
from boxfit.ui.model.settings_model import SettingsModel


class SettingRow:
    """A row for a setting. Built inside the current container.

    Identifiers: `setting.<name>` for the control, `setting.<name>.<choice>` for each button of a choice, and
    `setting.<name>.error`.

    Args:
        settings: Model of the settings.
        name: Name of the setting.
        above: True to put the label above the control instead of beside it.
        wide: True to do so in a row that has the whole width of the panel.
    """

    def __init__(self, settings: SettingsModel, name: str, above: bool = False, wide: bool = False) -> None:
        self._settings, self._name = settings, name
        setting, identifier = settings.settings[name], f"setting.{name}"
        with (headed if above or wide else labelled)(setting.label, setting.help):
            self._control = _control(setting.kind)(settings, setting, identifier, wide)
            self._error = Text(f"{identifier}.error", "error")

    def show(self, placeholder: str = "") -> None:
        """Show the current value.

        Args:
            placeholder: Default while the field is empty.
        """
        settings, name = self._settings, self._name
        self._control.show(placeholder)
        self._error.show(settings.errors.get(name) or settings.reason(name, settings.text(name)) or "")


class _Control(Protocol):
    def __init__(self, settings: SettingsModel, setting: Setting, identifier: str, wide: bool) -> None: ...

    def show(self, placeholder: str) -> None: ...


class _Choice:
    def __init__(self, settings: SettingsModel, setting: Setting, identifier: str, wide: bool) -> None:
        self._settings, self._setting = settings, setting
        self._bar = ChoiceBar(identifier, setting.choices, setting.help, self._on_picked, wide)

    def show(self, placeholder: str) -> None:
        for choice in self._setting.choices:
            self._bar.rule_out(choice, self._settings.reason(self._setting.name, choice))
        self._bar.show(self._settings.text(self._setting.name))

    def _on_picked(self, choice: str) -> None:
        self._settings.enter(self._setting.name, choice)


class _Switch:
    def __init__(self, settings: SettingsModel, setting: Setting, identifier: str, wide: bool) -> None:
        self._settings, self._name = settings, setting.name
        ui.Spacer(height=style.LABEL_DROP // 2)
        self._model = ui.CheckBox(identifier=identifier, height=0, tooltip=tip(setting.help)).model
        self._kept = self._model.subscribe_value_changed_fn(weakly(self._switched))

    def show(self, placeholder: str) -> None:
        self._model.set_value(bool(self._settings.value(self._name)))

    def _switched(self, model: ui.AbstractValueModel) -> None:
        if model.as_bool != self._settings.value(self._name):
            self._settings.change(self._name, model.as_bool)


class _Field:
    def __init__(self, settings: SettingsModel, setting: Setting, identifier: str, wide: bool) -> None:
        self._settings, self._name = settings, setting.name
        self._field = TextField(identifier, setting.help, self._on_entered, self._on_discarded)

    def show(self, placeholder: str) -> None:
        wrong = self._name in self._settings.errors
        self._field.show(self._settings.text(self._name), placeholder, wrong)

    def _on_entered(self, text: str) -> None:
        self._settings.enter(self._name, text)

    def _on_discarded(self) -> None:
        self._settings.change(self._name, self._settings.value(self._name))


def _control(kind: Kind) -> type[_Control]:
    return _Choice if kind == "choice" else _Switch if kind == "switch" else _Field
