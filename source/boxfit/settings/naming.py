"""Names of settings in messages: those of Python, which the command line and the panel replace by their own.

A message names a setting, or several, in parentheses: "(force)", "(views, exclude)", "(source_up Z, source_units 1)".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields

from boxfit.settings.fit import FitSettings
from boxfit.settings.input import InputSettings
from boxfit.settings.prim import PrimSettings

_IN_PARENTHESES = re.compile(r"\(([a-z_]+[^()]*)\)")

_NAMES = {
    *(each.name for kind in (InputSettings, FitSettings, PrimSettings) for each in fields(kind)),
    *("output", "into", "force", "export", "collect", "jobs"),
}


def rename_settings(message: str, rename: Callable[[str], str]) -> str:
    """Replace the names of settings in a message.

    Args:
        message: A message as described above.
        rename: Function from a name in Python to another one.
    """

    def renamed(found: re.Match[str]) -> str:
        named = [each.partition(" ") for each in found[1].split(", ")]
        if not {name for name, _, _ in named} <= _NAMES:
            return found[0]
        return f"({', '.join(rename(name) + space + value for name, space, value in named)})"

    return _IN_PARENTHESES.sub(renamed, message)


def as_array_arguments(message: str) -> str:
    """Name settings as the arguments of `boxfit.fit_masks`, which takes arrays where others take files."""
    for name, argument in (
        ("say so (mask_shows)", "invert them (masks == 0)"),
        ("(exclude)", "(masks, intrinsics, camera_poses)"),
        ("(source_up", "(up"),
        ("source_units", "meters_per_unit"),
    ):
        message = message.replace(name, argument)
    return message


def as_flags(message: str) -> str:
    """Name settings as on the command line: "(--source-up Z)"."""
    return rename_settings(message, lambda name: f"--{name.replace('_', '-')}")
