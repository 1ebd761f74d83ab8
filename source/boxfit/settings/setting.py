"""Dataclass fields with a help text and the values that they accept."""

from __future__ import annotations

import math
from dataclasses import field, fields
from numbers import Integral, Real
from typing import Any, get_args

from boxfit.errors import BoxfitError


def setting(
    default: Any,
    help_text: str,
    choices: Any = None,
    least: float = -math.inf,
    positive: bool = False,
    most: float = math.inf,
    label: str | None = None,
) -> Any:
    """Make a field whose metadata the command line and the panel read.

    Args:
        default: Default value; None makes the setting optional.
        help_text: Help text.
        choices: Literal of the accepted values, or None.
        least: Smallest accepted number.
        positive: True if only numbers above 0 are accepted.
        most: Largest accepted number.
        label: Label in the panel; None derives it from the field's name.
    """
    options = get_args(choices) if choices is not None else None
    limits = {"choices": options, "least": least, "positive": positive, "most": most}
    return field(default=default, metadata={"help": help_text, "label": label, **limits})


def changed_repr(self: Any) -> str:
    """Return the representation of a dataclass of settings with the values that are not the defaults."""
    pairs = ((each, getattr(self, each.name)) for each in fields(self))
    changed = ", ".join(f"{each.name}={value!r}" for each, value in pairs if value != each.default)
    return f"{type(self).__name__}({changed})"


def check_settings(settings: Any, error: type[BoxfitError]) -> None:
    """Check that each setting accepts its value.

    Args:
        settings: A dataclass of settings.
        error: Class of the error to raise.
    """
    for setting_field in fields(settings):
        name, limits = setting_field.name, setting_field.metadata
        value = getattr(settings, name)
        if value is None and setting_field.default is None:
            continue
        if limits["choices"] and value not in limits["choices"]:
            raise error(f"{name} is {value!r}: choose one of {', '.join(limits['choices'])}")
        if isinstance(setting_field.default, float) and not isinstance(value, Real):
            raise error(f"{name} is {value!r:.40}: give a number")
        if type(setting_field.default) is int and not isinstance(value, Integral):
            raise error(f"{name} is {value!r:.40}: give a whole number")
        if isinstance(value, Real):
            if not isinstance(value, Integral) and not math.isfinite(value):
                raise error(f"{name} is {value}: give a finite number")
            if value < limits["least"]:
                raise error(f"{name} is {value}: give a number of at least {limits['least']:g}")
            if limits["positive"] and value <= 0:
                raise error(f"{name} is {value}: give a number above 0")
            if value > limits["most"]:
                raise error(f"{name} is {value}: give a number of at most {limits['most']:g}")
