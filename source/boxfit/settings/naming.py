"""Names of settings in messages: those of Python, which the command line and the panel replace by their own.

A message names a setting, or several, in parentheses: "(force)", "(views, exclude)", "(source_up Z)".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields

from boxfit.settings.fit import FitSettings
from boxfit.settings.input import InputSettings
from boxfit.settings.prim import PrimSettings

_NAMED = re.compile(r"\((?P<names>[a-z_]+(?:, [a-z_]+)*)(?P<value> [^()]+)?\)")

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
        names = found["names"].split(", ")
        if not set(names) <= _NAMES:
            return found[0]
        return f"({', '.join(map(rename, names))}{found['value'] or ''})"

    return _NAMED.sub(renamed, message)


def as_flags(message: str) -> str:
    """Name settings as on the command line: "(--source-up Z)"."""
    return rename_settings(message, lambda name: f"--{name.replace('_', '-')}")
