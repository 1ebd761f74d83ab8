"""Model of the settings: their values, choices, errors, and storage between runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

from boxfit.errors import BoxfitError
from boxfit.files.paths import typed_path
from boxfit.settings import CaptureSettings, FitSettings, InputSettings, PrimSettings
from boxfit.ui.host import Host
from boxfit.ui.model.labels import GROUPS, in_labels
from boxfit.ui.model.setting import UNSET, Setting, check_kind, describe_setting, parse_setting
from boxfit.ui.model.signal import Signal

OF_ONE_FOLDER = ("format", "masks", "mask_shows")
"""Settings with which the folder that the user names is read."""

OF_ONE_DATASET = (
    *("data", *OF_ONE_FOLDER),
    *("label", "skip", "merge", "split", "asset", "views", "exclude", "source_up", "source_units", "camera_convention"),
    *("prim", "distance"),
)
"""Settings that apply to one dataset only: they are not stored between runs."""


class SettingsModel:
    """All settings of a fit, and of capturing views for one.

    Attributes:
        changed: Emitted when a value, an error or a reason has changed.
        settings: Every setting by name, in the order of `--help`.
        errors: Error of the last entered value, by setting; the previous value stays in force.
        notes: Stored values that were invalid.
    """

    def __init__(self, host: Host) -> None:
        self.changed = Signal()
        self._host = host
        self._groups: dict[type, Any] = {kind: kind() for kind in GROUPS}
        self._owner: dict[str, type] = {}
        self._paths: set[str] = set()
        self.settings: dict[str, Setting] = {}
        for kind in self._groups:
            hints = get_type_hints(kind)
            for field in dataclasses.fields(kind):
                self._owner[field.name] = kind
                if Path in get_args(hints[field.name]):
                    self._paths.add(field.name)
                self.settings[field.name] = describe_setting(field, hints[field.name])
        self.errors: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()
        self._reasons: dict[tuple[str, str], str] = {}
        self._load(host.load_settings())

    @property
    def input(self) -> InputSettings:
        """Settings that select and describe the data."""
        return self._groups[InputSettings]

    @property
    def fit(self) -> FitSettings:
        """Settings of the fit."""
        return self._groups[FitSettings]

    @property
    def capture(self) -> CaptureSettings:
        """Settings of a capture."""
        return self._groups[CaptureSettings]

    @property
    def prim(self) -> PrimSettings:
        """Settings of the written prims."""
        return self._groups[PrimSettings]

    @property
    def fit_error(self) -> str | None:
        """Error of the first invalid setting of a fit, or None."""
        return next((error for name, error in self.errors.items() if self._owner[name] is not CaptureSettings), None)

    @property
    def capture_error(self) -> str | None:
        """Error of the first invalid setting of a capture, or None."""
        return next((error for name, error in self.errors.items() if self._owner[name] is CaptureSettings), None)

    def value(self, name: str) -> Any:
        """Return the current value."""
        return getattr(self._groups[self._owner[name]], name)

    def text(self, name: str) -> str:
        """Return the current value as text, or as one of the setting's choices."""
        value, setting = self.value(name), self.settings[name]
        if value is None:
            return UNSET if setting.kind == "choice" else ""
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        return str(value).removesuffix(".0") if isinstance(value, float) else str(value)

    def change(self, name: str, value: Any) -> bool:
        """Set and store a valid value, and return True; an invalid one becomes an error, and the old one stays."""
        if name not in self.errors and value == self.value(name):
            return True
        owner = self._owner[name]
        try:
            self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: value})
        except BoxfitError as error:
            self.errors[name] = in_labels(str(error))
            self.changed.emit()
            return False
        self.errors.pop(name, None)
        self._store()
        self.changed.emit()
        return True

    def enter(self, name: str, text: str) -> bool:
        """Set a value from typed or chosen text; return True if it was valid."""
        try:
            value = parse_setting(self.settings[name], text.strip())
        except ValueError as error:
            self.errors[name] = in_labels(f"{name} is {text.strip()!r}: {error}")
            self.changed.emit()
            return False
        return self.change(name, self._as_path(name, value))

    def name_folder(self, folder: Path | None) -> None:
        """Set the folder with the views, or none, and restore the defaults of the settings with which it is read."""
        self._restore(OF_ONE_FOLDER)
        self._groups[InputSettings] = dataclasses.replace(self.input, data=folder)
        self.changed.emit()

    def reset(self) -> None:
        """Restore all defaults, except the folder with the views, how it is read, and the other Python."""
        self._groups = self._defaults()
        self.errors.clear()
        self.notes = ()
        self._store()
        self.changed.emit()

    def forget_dataset(self) -> None:
        """Restore the defaults of settings that apply to one dataset only."""
        self._restore(OF_ONE_DATASET)
        self.changed.emit()

    @property
    def is_default(self) -> bool:
        """True if `reset` would change nothing."""
        return not self.errors and self._groups == self._defaults()

    def reason(self, name: str, choice: str) -> str | None:
        """Return the reason why a choice is disabled, or None."""
        return self._reasons.get((name, choice))

    def rule_out(self, name: str, reasons: Mapping[str, str | None]) -> None:
        """Enable or disable choices of a setting."""
        before = dict(self._reasons)
        for choice, reason in reasons.items():
            if reason:
                self._reasons[name, choice] = reason
            else:
                self._reasons.pop((name, choice), None)
        if self._reasons != before:
            self.changed.emit()

    def _defaults(self) -> dict[type, Any]:
        reading = {name: self.value(name) for name in ("data", *OF_ONE_FOLDER)}
        kept = {InputSettings: InputSettings(**reading), FitSettings: FitSettings(python=self.fit.python)}
        return {kind: kind() for kind in self._groups} | kept

    def _restore(self, names: Sequence[str]) -> None:
        """Restore the defaults of some settings."""
        for name in names:
            owner, default = self._owner[name], self.settings[name].default
            self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: default})
            self.errors.pop(name, None)

    def _as_path(self, name: str, value: Any) -> Any:
        return typed_path(str(value)) if name in self._paths and value is not None else value

    def _load(self, stored: Mapping[str, Any]) -> None:
        """Load stored values, as far as they are valid; unknown names are ignored."""
        wrong = []
        for name, value in stored.items():
            if name not in self._owner or name in OF_ONE_DATASET:
                continue
            owner = self._owner[name]
            try:
                check_kind(self.settings[name], value)
                self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: self._as_path(name, value)})
            except (BoxfitError, ValueError) as error:
                wrong.append(in_labels(f"{error}; used instead: {self.text(name)}"))
        self.notes = tuple(wrong)

    def _store(self) -> None:
        values = {name: self.value(name) for name in self._owner if name not in OF_ONE_DATASET}
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
        self._host.store_settings(plain)
