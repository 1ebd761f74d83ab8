"""Description of a setting, from which its control is built, and the texts and stored values that it takes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["choice", "switch", "integer", "number", "text"]

UNSET = "(default)"
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


def label_of(field: dataclasses.Field[Any]) -> str:
    """Return the label of a field of a class of settings."""
    return field.metadata["label"] or field.name.replace("_", " ").capitalize()


def describe_setting(field: dataclasses.Field[Any], hint: Any) -> Setting:
    """Describe a field of a class of settings with its type."""
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
        choices = (UNSET, *choices)
    return Setting(field.name, label_of(field), field.metadata["help"], kind, choices, optional, field.default)


def check_kind(setting: Setting, value: Any) -> None:
    """Check a stored value's type.

    Raises:
        ValueError: If the type is wrong.
    """
    types, name = _KINDS[setting.kind]
    fits = isinstance(value, types) and (setting.kind == "switch" or not isinstance(value, bool))
    if not (fits or (setting.optional and value is None)):
        raise ValueError(f"{setting.name} is {value!r}: it takes {name}")


def parse_setting(setting: Setting, text: str) -> Any:
    """Parse a typed value.

    Raises:
        ValueError: If the text is invalid; the message says what to type.
    """
    if setting.optional and text in ("", UNSET):
        return None
    if setting.kind == "switch":
        return text in ("True", "true", "1")
    if setting.kind in ("integer", "number"):
        try:
            return int(text) if setting.kind == "integer" else float(text)
        except ValueError:
            raise ValueError(f"give a{'n integer' if setting.kind == 'integer' else ' number'}") from None
    return text
