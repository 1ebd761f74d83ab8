"""Short representations of values that hold arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

_LONGEST = 160
"""Length from which a representation is cut, in characters."""


def brief_repr(self: Any) -> str:
    """Return the representation of a dataclass in one line: arrays and collections by their size.

    For use as its `__repr__`.
    """
    shown = ", ".join(f"{field.name}={_brief(getattr(self, field.name))}" for field in fields(self) if field.repr)
    text = f"{type(self).__name__}({shown})"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...)"


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and value.size <= 4 and value.dtype.kind == "f":
            return f"({', '.join(f'{each:.4g}' for each in value)})"
        return f"<{value.dtype} {value.shape}>"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple) and _is_small(value):
        return f"({', '.join(map(_brief, value))})"
    if isinstance(value, Path):
        return repr(value.as_posix())
    if isinstance(value, Mapping | list | tuple):
        return f"<{len(value)}>"
    return f"<{type(value).__name__}>" if is_dataclass(value) else repr(value)


def _is_small(values: list[Any] | tuple[Any, ...]) -> bool:
    return len(values) <= 4 and all(value is None or isinstance(value, bool | int | float) for value in values)
