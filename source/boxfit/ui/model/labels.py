"""Messages of the library in the panel's words: settings are named by their labels."""

from __future__ import annotations

import re
from dataclasses import fields

from boxfit.settings import CaptureSettings, FitSettings, InputSettings, PrimSettings
from boxfit.settings.naming import rename_settings
from boxfit.ui.model.setting import label_of

GROUPS = (InputSettings, FitSettings, PrimSettings, CaptureSettings)
"""Classes of the panel's settings, in the order of `--help`."""

_LABELS = {field.name: label_of(field) for kind in GROUPS for field in fields(kind)} | {"data": "Folder"}

# Names of one word are other words too: they are settings only in parentheses.
_BARE = re.compile(rf"(?<![\w/\\.-])({'|'.join(name for name in _LABELS if '_' in name)})(?![\w/\\.-])")


def in_labels(message: str) -> str:
    """Return a message that names settings as the panel labels them: `state it ("Source up axis" Z)`."""
    message = rename_settings(message, lambda name: f'"{_LABELS[name]}"' if name in _LABELS else name)
    return _BARE.sub(lambda found: f'"{_LABELS[found[0]]}"', message)
