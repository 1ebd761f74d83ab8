"""Class names that prims carry, in the old and the current schema, read as plain attributes.

OpenUSD's `UsdSemantics.LabelsAPI` keeps `token[] semantics:labels:class`; the older `SemanticsAPI` of
Omniverse keeps `semantic:<instance>:params:semanticType` and `...:semanticData`. Not every USD in use knows
either schema.
"""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterator

from pxr import Usd

from boxfit.usd.stage import REST_TIME

_LEGACY_TYPE, _LEGACY_DATA = ":params:semanticType", ":params:semanticData"


def read_class_names(stage: Usd.Stage) -> tuple[str, ...]:
    """Class labels on a stage, each once, in the order of the prims."""
    prims = stage.Traverse(Usd.TraverseInstanceProxies())
    return tuple(dict.fromkeys(name for prim in prims for name in class_names(prim)))


def class_names(prim: Usd.Prim) -> Iterator[str]:
    """Class labels that a prim carries itself."""
    names = [name for name in prim.GetAuthoredPropertyNames() if name.startswith(("semantic:", "semantics:"))]
    for name in names:
        value = prim.GetAttribute(name).Get(REST_TIME) if prim.HasAttribute(name) else None
        if name == "semantics:labels:class":
            # A single text, which the schema does not allow, is met where attributes are written by hand.
            yield from (value,) if isinstance(value, str) else value or ()
        elif name.endswith(_LEGACY_TYPE) and value == "class":
            data = prim.GetAttribute(name[: -len(_LEGACY_TYPE)] + _LEGACY_DATA)
            if data and data.Get(REST_TIME):
                yield data.Get(REST_TIME)
