"""Model of the settings: their values, choices, errors, and storage between runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from boxfit.errors import BoxfitError
from boxfit.settings import CaptureSettings, FitSettings, InputSettings, PrimSettings
from boxfit.ui.host import Host
from boxfit.ui.model.signal import Signal

Kind = Literal["choice", "switch", "integer", "number", "text"]

OF_ONE_DATASET = (
    *("label", "merge", "split", "asset", "views", "exclude", "data", "source_up", "source_units", "camera_convention"),
    *("prim", "distance"),
)
"""Settings that apply to one dataset only: they are not stored between runs."""

_GROUPS = (InputSettings, FitSettings, PrimSettings, CaptureSettings)

_UNSET = "(default)"
"""Text of a choice that is not set."""

_KINDS: dict[Kind, tuple[tuple[type, ...], str]] = {
    "choice": ((str,), "one of its choices"),
    "switch": ((bool,), "true or false"),
    "integer": ((int,), "an integer"),
    "number": ((int, float), "a number"),
    "text": ((str, int), "a text"),
}
"""Types and name of each kind's stored values."""


@dataclass(frozen=True)
class Setting:
    """Description of a setting, from which its control is built.

    Attributes:
        name: Its field's name, which is its name in Python and, with dashes, on the command line.
        label: Its name in the panel.
        help: Help text, the same as `--help` prints.
        kind: Kind of its control. Texts and numbers may be empty if `optional`.
        choices: Texts of a "choice", in order.
        optional: True if it may be unset.
        default: Its default.
    """

    name: str
    label: str
    help: str
    kind: Kind
    choices: tuple[str, ...]
    optional: bool
    default: Any


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
        self._groups: dict[type, Any] = {kind: kind() for kind in _GROUPS}
        self._owner: dict[str, type] = {}
        self._paths: set[str] = set()
        self.settings: dict[str, Setting] = {}
        for kind in self._groups:
            hints = get_type_hints(kind)
            for field in dataclasses.fields(kind):
                self._owner[field.name] = kind
                if Path in get_args(hints[field.name]):
                    self._paths.add(field.name)
                self.settings[field.name] = _describe(field, hints[field.name])
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
            return _UNSET if setting.kind == "choice" else ""
        return str(value).removesuffix(".0") if isinstance(value, float) else str(value)

    def change(self, name: str, value: Any) -> bool:
        """Set and store a valid value, and return True; an invalid one becomes an error, and the old one stays."""
        if name not in self.errors and value == self.value(name):
            return True
        owner = self._owner[name]
        try:
            self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: value})
        except BoxfitError as error:
            self.errors[name] = str(error)
            self.changed.emit()
            return False
        self.errors.pop(name, None)
        self._store()
        self.changed.emit()
        return True

    def enter(self, name: str, text: str) -> bool:
        """Set a value from typed or chosen text; return True if it was valid."""
        try:
            value = _parse(self.settings[name], text.strip())
        except ValueError as error:
            self.errors[name] = f"{name} is {text.strip()!r}: {error}"
            self.changed.emit()
            return False
        return self.change(name, self._as_path(name, value))

    def reset(self) -> None:
        """Restore all defaults, except the folder with the views and the other Python."""
        self._groups = self._defaults()
        self.errors.clear()
        self.notes = ()
        self._store()
        self.changed.emit()

    def forget_dataset(self) -> None:
        """Restore the defaults of settings that apply to one dataset only."""
        for name in OF_ONE_DATASET:
            owner, default = self._owner[name], self.settings[name].default
            self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: default})
            self.errors.pop(name, None)
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
        kept = {InputSettings: InputSettings(data=self.input.data), FitSettings: FitSettings(python=self.fit.python)}
        return {kind: kind() for kind in self._groups} | kept

    def _as_path(self, name: str, value: Any) -> Any:
        return Path(str(value)) if name in self._paths and value is not None else value

    def _load(self, stored: Mapping[str, Any]) -> None:
        """Load stored values, as far as they are valid; unknown names are ignored."""
        wrong = []
        for name, value in stored.items():
            if name not in self._owner or name in OF_ONE_DATASET:
                continue
            owner = self._owner[name]
            try:
                _check_kind(self.settings[name], value)
                self._groups[owner] = dataclasses.replace(self._groups[owner], **{name: self._as_path(name, value)})
            except (BoxfitError, ValueError) as error:
                wrong.append(f"{error}; used instead: {self.text(name)}")
        self.notes = tuple(wrong)

    def _store(self) -> None:
        values = {name: self.value(name) for name in self._owner if name not in OF_ONE_DATASET}
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
        self._host.store_settings(plain)


def _describe(field: dataclasses.Field[Any], hint: Any) -> Setting:
    choices = tuple(str(choice) for choice in field.metadata["choices"] or ())
    optional = field.default is None
    plain = {kind for kind in (get_args(hint) or (hint,)) if isinstance(kind, type)}
    kind: Kind
    if choices:
        kind = "choice"
    elif bool in plain:
        kind = "switch"
    elif float in plain:
        kind = "number"
    elif int in plain and str not in plain:
        kind = "integer"
    else:
        kind = "text"
    if choices and optional:
        choices = (_UNSET, *choices)
    label = field.metadata["label"] or field.name.replace("_", " ").capitalize()
    return Setting(field.name, label, field.metadata["help"], kind, choices, optional, field.default)


def _check_kind(setting: Setting, value: Any) -> None:
    """Check a stored value's type.

    Raises:
        ValueError: If the type is wrong.
    """
    types, name = _KINDS[setting.kind]
    fits = isinstance(value, types) and (setting.kind == "switch" or not isinstance(value, bool))
    if not (fits or (setting.optional and value is None)):
        raise ValueError(f"{setting.name} is {value!r}: it takes {name}")


def _parse(setting: Setting, text: str) -> Any:
    """Parse a typed value.

    Raises:
        ValueError: If the text is invalid; the message says what to type.
    """
    if setting.optional and text in ("", _UNSET):
        return None
    if setting.kind == "switch":
        return text in ("True", "true", "1")
    if setting.kind in ("integer", "number"):
        try:
            return int(text) if setting.kind == "integer" else float(text)
        except ValueError:
            raise ValueError(f"give a{'n integer' if setting.kind == 'integer' else ' number'}") from None
    return text
