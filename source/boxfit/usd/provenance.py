"""Provenance and figures as attributes in the namespace `boxfit`; docs/prim.md lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pxr import Sdf, Usd

from boxfit._version import __version__

NAMESPACE = "boxfit"
VERSION_ATTRIBUTE = f"{NAMESPACE}:version"

DOCUMENTATION = {
    "version": "Version of boxfit that wrote the prim.",
    "source": "Folder or stage that the views came from, relative to the folder of this stage where possible.",
    "asset": "Asset that the views show.",
    "label": "Name of the label.",
    "labelId": "Id of the label.",
    "prim": "Prim that carries the label, as the dataset states it.",
    "size": "Edge lengths in the world, along the box's x, y and z, with three digits.",
    "verdict": "How the box stands, whether it covers all masks, its grade, and what contradicts it.",
    "method": "Method of the fit: auto, contact, tight or notebook.",
    "renderer": "Renderer of the differentiable fit.",
    "extent": "The box that this prim is: likely, certain or proven.",
    "alignment": "Alignment of the box: axes, up or free.",
    "seed": "Seed of the fit.",
    "views": "Number of views used.",
    "chosen": "The chosen box: start or fit.",
    "loss": "Loss of the likely box: mean distance in pixels between its outlines and the masks'; the notebook's own.",
    "coverage": "Mean share of the mask that the box covers, rounded down.",
    "iou": "Mean intersection over union of mask and box silhouette, rounded down.",
    "warnings": "Warnings of the fit, in the dataset's unit, with the axes named as on a new prim in its world.",
    "bounds:inner": "Least distance of each face from the centre: -x, +x, -y, +y, -z, +z, in the units of the scale.",
    "bounds:likely": "Likely distance of each face from the centre, in the same order and units.",
    "bounds:outer": "Greatest distance of each face from the centre, in the same order and units.",
    "frame": "Frame of the box below: asset.",
    "framePrim": "Prim of the asset whose transform this one copies.",
    "history": "Number of steps of the fit, one for each time sample.",
}
"""Documentation of the attributes, by their names in the namespace."""

_TYPES = {
    bool: Sdf.ValueTypeNames.Bool,
    int: Sdf.ValueTypeNames.Int64,
    float: Sdf.ValueTypeNames.Double,
    str: Sdf.ValueTypeNames.String,
}


def is_from_boxfit(prim: Usd.Prim) -> bool:
    """Return True if boxfit wrote a prim, which then has an attribute with boxfit's version."""
    return prim.HasAttribute(VERSION_ATTRIBUTE)


def write_provenance(prim: Usd.Prim, figures: Mapping[str, Any]) -> None:
    """Replace a prim's figures, and write the version of boxfit.

    Args:
        prim: Prim to write to, in the layer of the stage's edit target, where it has the same path.
        figures: Values by name: bool, int, float, str, or a sequence of one of these. A mapping is a namespace.
            None and empty sequences are not written.
    """
    values = {VERSION_ATTRIBUTE: __version__, **dict(_flat(NAMESPACE, figures))}
    for stale in prim.GetAuthoredPropertiesInNamespace(NAMESPACE):
        if stale.GetName() not in values:
            _remove(stale)
    # Written to the layer at once: a stage that takes notice of each value takes ten times as long.
    layer = prim.GetStage().GetEditTarget().GetLayer()
    with Sdf.ChangeBlock():
        spec = Sdf.CreatePrimInLayer(layer, prim.GetPath())
        for name, value in values.items():
            kind, attribute = _value_type(value), layer.GetAttributeAtPath(prim.GetPath().AppendProperty(name))
            if attribute and attribute.typeName != kind:
                spec.RemoveProperty(attribute)
                attribute = None
            if not attribute:
                attribute = Sdf.AttributeSpec(spec, name, kind, Sdf.VariabilityUniform, declaresCustom=True)
            attribute.default = kind.type.pythonClass(value) if kind.isArray else value
            if documentation := DOCUMENTATION.get(name.removeprefix(f"{NAMESPACE}:")):
                attribute.documentation = documentation


def _flat(prefix: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in figures.items():
        name = f"{prefix}:{key}"
        if isinstance(value, Mapping):
            yield from _flat(name, value)
        elif value is not None:
            plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
            if isinstance(plain, Sequence) and not isinstance(plain, str):
                if len(plain):
                    yield name, [_encodable(item) for item in plain]
            else:
                yield name, _encodable(plain)


def _encodable(value: Any) -> Any:
    """Replace the surrogates in a text by question marks: file names may hold them, but USD's texts may not."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _value_type(value: Any) -> Sdf.ValueTypeName:
    if not isinstance(value, list):
        return _TYPES[type(value)]
    kinds = {type(item) for item in value}
    return _TYPES[float if kinds == {int, float} else kinds.pop()].arrayType


def _remove(stale: Usd.Property) -> None:
    """Remove a property, and block it if a weaker layer still has a value."""
    prim, name = stale.GetPrim(), stale.GetName()
    prim.RemoveProperty(name)
    weaker = prim.GetAttribute(name)
    if weaker and weaker.HasAuthoredValue():
        weaker.Block()
