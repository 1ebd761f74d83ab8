"""Labels of the steps that Kit's undo and redo would take, as far as its stacks tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from boxfit_kit.core.commands import Change

_NEUTRAL = "the last step"


def top_label(stack: Sequence[Any]) -> str:
    """What the step at the end of a stack is called.

    Args:
        stack: Of `omni.kit.undo`: entries with their command, its name, and the level that it was executed at; what a
            command executes itself comes after it, at a higher level. Boxfit's own commands know their label.
    """
    own = top_change(stack)
    if own is not None:
        return own.label
    # It may be called with its module, and with the suffix; a group's name says nothing.
    name = getattr(_top(stack), "name", "").rpartition(".")[2].removesuffix("Command")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) if name and name != "Group" else _NEUTRAL


def top_change(stack: Sequence[Any]) -> Change | None:
    """The change behind the step at the end of a stack, if that is one of boxfit's own."""
    return getattr(getattr(_top(stack), "command", None), "change", None)


def _top(stack: Sequence[Any]) -> Any:
    return next((entry for entry in reversed(stack) if getattr(entry, "level", 0) == 0), None)
