"""What Kit's undo and redo would do, in words, as far as its stacks tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

OWN = {"BoxfitCreateBox": "Fit a box", "BoxfitImportViews": "Import views"}
"""Labels of boxfit's own commands."""

_NEUTRAL = "the last step"


def top_label(stack: Sequence[Any]) -> str:
    """What the step at the end of a stack is called.

    Args:
        stack: Of `omni.kit.undo`: entries with the name of their command, and the level that it was executed at; what
            a command executes itself comes after it, at a higher level.
    """
    step = next((entry for entry in reversed(stack) if getattr(entry, "level", 0) == 0), None)
    name = getattr(step, "name", "")
    # A group's name says nothing.
    if not name or name == "Group":
        return _NEUTRAL
    name = name.removesuffix("Command")
    return OWN.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
