"""Labels of the next undo and redo step, from Kit's stacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from boxfit_kit.core.commands import Change

_NEUTRAL = "the last step"


def top_label(stack: Sequence[Any]) -> str:
    """Return the label of the step at the end of a stack.

    Args:
        stack: Of `omni.kit.undo`: entries with their command, its name and its level; nested commands come after their
            parent, at a higher level. Boxfit's commands have their own label.
    """
    own = top_change(stack)
    if own is not None:
        return own.label
    # The name may include the module and the suffix; a group has no telling name.
    name = getattr(_top(stack), "name", "").rpartition(".")[2].removesuffix("Command")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) if name and name != "Group" else _NEUTRAL


def top_change(stack: Sequence[Any]) -> Change | None:
    """Return the boxfit change of the step at the end of a stack, or None."""
    return getattr(getattr(_top(stack), "command", None), "change", None)


def _top(stack: Sequence[Any]) -> Any:
    return next((entry for entry in reversed(stack) if getattr(entry, "level", 0) == 0), None)
