"""A setting: a dataclass field with its help text and the values that it takes.

Nothing heavy is imported: `boxfit --help` reads this file.
"""

from __future__ import annotations

import math
from dataclasses import field, fields
from typing import Any, get_args

from boxfit.errors import BoxfitError


def setting(
    default: Any,
    help_text: str,
    choices: Any = None,
    least: float = -math.inf,
    positive: bool = False,
    label: str | None = None,
) -> Any:
    """A field with its help text, which the command line and the panel read from its metadata.

    Args:
        default: Default value; None means that leaving it out is a choice too.
        help_text: Help text.
        choices: A Literal of the values that it takes, or None.
        least: The least number that it takes.
        positive: Whether it takes numbers above 0 only.
        label: What it is called where there is room for words; None where its name says it well enough.
    """
    options = get_args(choices) if choices is not None else None
    limits = {"choices": options, "least": least, "positive": positive}
    return field(default=default, metadata={"help": help_text, "label": label, **limits})


def check_settings(settings: Any, error: type[BoxfitError]) -> None:
    """Refuse values that their settings do not take.

    Args:
        settings: A dataclass of settings.
        error: What to raise.
    """
    for one in fields(settings):
        value, limits = getattr(settings, one.name), one.metadata
        if value is None and one.default is None:
            continue
        if limits["choices"] and value not in limits["choices"]:
            raise error(f"{one.name} is {value!r}: choose one of {', '.join(limits['choices'])}")
        if isinstance(value, (int, float)):
            if not math.isfinite(value):
                raise error(f"{one.name} is {value}: give a finite number")
            if value < limits["least"]:
                raise error(f"{one.name} is {value}: give a number of at least {limits['least']:g}")
            if limits["positive"] and value <= 0:
                raise error(f"{one.name} is {value}: give a number above 0")
