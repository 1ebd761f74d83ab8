"""Snapshots of some prim specs of a layer, which can be restored exactly without changing other specs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pxr import Sdf

METADATA = ("startTimeCode", "endTimeCode", "defaultPrim", "upAxis", "metersPerUnit", "timeCodesPerSecond")
"""Layer metadata that writing a box or a history may set."""

_SHELL_KEYS = {"specifier", "typeName"}


@dataclass(frozen=True, eq=False)
class LayerState:
    """Snapshot of the specs of a layer that an edit may change.

    Attributes:
        copies: Layer with a copy of each place and its descendants, at the same path.
        places: For each prim that the edit writes, True if the layer had a spec for it.
        parents: Specifier and type of each ancestor of a place, or None if it had no spec.
        order: Names of the children of each ancestor, in the layer's order.
        metadata: Metadata of the layer that was set.
    """

    copies: Sdf.Layer = field(default_factory=Sdf.Layer.CreateAnonymous)
    places: dict[Sdf.Path, bool] = field(default_factory=dict)
    parents: dict[Sdf.Path, tuple[Any, str] | None] = field(default_factory=dict)
    order: dict[Sdf.Path, list[str]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    def add(self, layer: Sdf.Layer, place: Sdf.Path) -> None:
        """Copy the layer's specs at a place and of its ancestors, unless copied before."""
        if any(place.HasPrefix(known) for known in self.places):
            return
        assert not any(known.HasPrefix(place) for known in self.places), place
        for parent in place.GetParentPath().GetPrefixes():
            self.parents.setdefault(parent, _shell(layer, parent))
        for path in [Sdf.Path.absoluteRootPath, *place.GetParentPath().GetPrefixes()]:
            self.order.setdefault(path, _children(layer, path))
        self.places[place] = layer.GetPrimAtPath(place) is not None
        if self.places[place]:
            Sdf.CreatePrimInLayer(self.copies, place)
            Sdf.CopySpec(layer, place, self.copies, place)


def read_state(layer: Sdf.Layer, places: Sequence[Sdf.Path] = ()) -> LayerState:
    """Take a snapshot of a layer."""
    root = layer.pseudoRoot
    state = LayerState(metadata={key: root.GetInfo(key) for key in METADATA if root.HasInfo(key)})
    for place in places:
        state.add(layer, place)
    return state


def change_state(layer: Sdf.Layer, current: LayerState, target: LayerState) -> None:
    """Change a layer from one state to another in a single change block, so that a stage is composed once.

    What others have added to a place since is kept. So are metadata and ancestors that have been changed by others, and
    ancestors that have got other content.
    """
    with Sdf.ChangeBlock():
        _change_metadata(layer.pseudoRoot, current.metadata, target.metadata)
        for path, shell in target.parents.items():  # `add` has put them in order from the root to the leaf.
            if shell is not None:
                _put_shell(layer, path, current.parents[path], shell, target.order)
        for place in target.places:
            absent = layer.GetPrimAtPath(place) is None
            _change_prim(layer, place, current.copies, target.copies)
            if absent and layer.GetPrimAtPath(place) is not None:
                _put_in_order(layer, place, target.order)
        for path in sorted(target.parents, key=lambda path: path.pathElementCount, reverse=True):
            if target.parents[path] is None and _is_empty(layer, path):
                _remove(layer, path)


def _shell(layer: Sdf.Layer, path: Sdf.Path) -> tuple[Any, str] | None:
    spec = layer.GetPrimAtPath(path)
    return (spec.specifier, spec.typeName) if spec else None


def _children(layer: Sdf.Layer, parent: Sdf.Path) -> list[str]:
    # The pseudo-root's children have an accessor of their own.
    spec = layer.GetPrimAtPath(parent)
    specs = layer.rootPrims if parent == Sdf.Path.absoluteRootPath else spec.nameChildren if spec else []
    return [child.name for child in specs]


def _is_empty(layer: Sdf.Layer, path: Sdf.Path) -> bool:
    spec = layer.GetPrimAtPath(path)
    contents = spec and (spec.nameChildren or spec.properties or spec.variantSets)
    return spec is not None and not contents and set(spec.ListInfoKeys()) <= _SHELL_KEYS


def _change_metadata(root: Sdf.PrimSpec, current: dict[str, Any], target: dict[str, Any]) -> None:
    for key in METADATA:
        value = root.GetInfo(key) if root.HasInfo(key) else None
        if value != current.get(key) or value == target.get(key):
            continue
        if key in target:
            root.SetInfo(key, target[key])
        else:
            root.ClearInfo(key)


def _change_prim(layer: Sdf.Layer, path: Sdf.Path, current: Sdf.Layer, target: Sdf.Layer) -> None:
    """Change what differs between two states of a prim; the rest is of others, or was removed by them."""
    spec, was, wanted = (source.GetPrimAtPath(path) for source in (layer, current, target))
    if _text(was) == _text(wanted):
        return
    if spec is None:
        if wanted is not None:
            Sdf.CopySpec(target, path, layer, path)
        return
    for name in {**_named(was, "properties"), **_named(wanted, "properties")}:
        place = path.AppendProperty(name)
        if _text(current.GetPropertyAtPath(place)) == _text(target.GetPropertyAtPath(place)):
            continue
        if target.GetPropertyAtPath(place):
            Sdf.CopySpec(target, place, layer, place)
        elif layer.GetPropertyAtPath(place):
            spec.RemoveProperty(layer.GetPropertyAtPath(place))
    for name in {**_named(was, "nameChildren"), **_named(wanted, "nameChildren")}:
        _change_prim(layer, path.AppendChild(name), current, target)
    before, after = _info(was), _info(wanted)
    for key in before.keys() | after.keys():
        if key not in after and key != "specifier":
            spec.ClearInfo(key)
        elif before.get(key) != after.get(key):
            spec.SetInfo(key, after.get(key, Sdf.SpecifierOver))
    if wanted is None and _is_empty(layer, path):
        _remove(layer, path)


def _text(spec: Sdf.Spec | None) -> str:
    return spec.GetAsText() if spec else ""


def _named(spec: Sdf.PrimSpec | None, what: str) -> dict[str, None]:
    return {part.name: None for part in getattr(spec, what)} if spec else {}


def _info(spec: Sdf.PrimSpec | None) -> dict[str, Any]:
    return {key: spec.GetInfo(key) for key in spec.ListInfoKeys()} if spec else {}


def _put_shell(
    layer: Sdf.Layer,
    path: Sdf.Path,
    current: tuple[Any, str] | None,
    target: tuple[Any, str],
    order: dict[Sdf.Path, list[str]],
) -> None:
    existing = _shell(layer, path)
    if existing is None:
        Sdf.CreatePrimInLayer(layer, path)
        _put_in_order(layer, path, order)
    if existing in (None, current) and existing != target:
        spec = layer.GetPrimAtPath(path)
        spec.specifier, spec.typeName = target


def _remove(layer: Sdf.Layer, path: Sdf.Path) -> None:
    parent = path.GetParentPath()
    children = layer.rootPrims if parent == Sdf.Path.absoluteRootPath else layer.GetPrimAtPath(parent).nameChildren
    del children[path.name]


def _put_in_order(layer: Sdf.Layer, path: Sdf.Path, order: dict[Sdf.Path, list[str]]) -> None:
    """Move a prim from the end of its siblings to the position after its nearest known predecessor."""
    siblings, known = _children(layer, path.GetParentPath()), order[path.GetParentPath()]
    before = [name for name in known[: known.index(path.name)] if name in siblings]
    position = siblings.index(before[-1]) + 1 if before else 0
    if position < len(siblings) - 1:
        # USD does not reorder a prim under its own name, so it is renamed and back.
        temporary = path.ReplaceName(f"{path.name}_boxfit_moves")
        edit = Sdf.BatchNamespaceEdit()
        edit.Add(path, temporary, position)
        edit.Add(temporary, path, position)
        layer.Apply(edit)
