"""Provenance and figures as attributes in the namespace `boxfit`; docs/prim.md lists what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pxr import Sdf, Usd

from boxfit._version import __version__

NAMESPACE = "boxfit"
VERSION_ATTRIBUTE = f"{NAMESPACE}:version"

_TYPES = {
    bool: Sdf.ValueTypeNames.Bool,
    int: Sdf.ValueTypeNames.Int64,
    float: Sdf.ValueTypeNames.Double,
    str: Sdf.ValueTypeNames.String,
}


def is_from_boxfit(prim: Usd.Prim) -> bool:
    """Whether boxfit wrote a prim: then it carries the version that did."""
    return prim.HasAttribute(VERSION_ATTRIBUTE)


def write_provenance(prim: Usd.Prim, figures: Mapping[str, Any]) -> None:
    """Replace a prim's figures, and note the version of boxfit that wrote them.

    Args:
        prim: Prim to write to, in the stage's edit target.
        figures: By name: truth values, integers, numbers, texts, and sequences of one of them. A mapping is a
            namespace. None, and an empty sequence, say that there is nothing to tell: they are left out.
    """
    values = {VERSION_ATTRIBUTE: __version__, **dict(_flat(NAMESPACE, figures))}
    for stale in prim.GetAuthoredPropertiesInNamespace(NAMESPACE):
        if stale.GetName() not in values:
            _withdraw(stale)
    for name, value in values.items():
        kind = _value_type(value)
        attribute = prim.GetAttribute(name)
        if attribute and attribute.GetTypeName() != kind:
            prim.RemoveProperty(name)
        attribute = prim.CreateAttribute(name, kind, custom=True, variability=Sdf.VariabilityUniform)
        attribute.Set(value)


def _flat(prefix: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in figures.items():
        name = f"{prefix}:{key}"
        if isinstance(value, Mapping):
            yield from _flat(name, value)
        elif value is not None:
            plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
            if isinstance(plain, Sequence) and not isinstance(plain, str):
                if len(plain):
                    yield name, list(plain)
            else:
                yield name, plain


def _value_type(value: Any) -> Sdf.ValueTypeName:
    if not isinstance(value, list):
        return _TYPES[type(value)]
    kinds = {type(item) for item in value}
    return _TYPES[float if kinds == {int, float} else kinds.pop()].arrayType


def _withdraw(stale: Usd.Property) -> None:
    """Remove a property, or silence it where a weaker layer still has it."""
    prim, name = stale.GetPrim(), stale.GetName()
    prim.RemoveProperty(name)
    left = prim.GetAttribute(name)
    if left and left.HasAuthoredValue():
        left.Block()
