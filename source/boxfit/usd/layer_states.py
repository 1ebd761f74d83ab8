"""What stands in a layer at some prims, kept so that it can be put back exactly, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pxr import Sdf

METADATA = ("startTimeCode", "endTimeCode", "defaultPrim", "upAxis", "metersPerUnit", "timeCodesPerSecond")
"""Fields of a layer that writing a box or a history may set."""

_SHELL_KEYS = {"specifier", "typeName"}


@dataclass(frozen=True, eq=False)
class LayerState:
    """A layer at some moment, as far as an edit is concerned with it.

    Attributes:
        copies: Holds a copy of each place and all below it, at the same path.
        places: For each prim that the edit writes, whether the layer had a spec for it.
        parents: For each prim above a place its specifier and type, or None without a spec.
        order: Names of the children of each parent, in the layer's order.
        metadata: Fields of the layer that were set.
    """

    copies: Sdf.Layer = field(default_factory=Sdf.Layer.CreateAnonymous)
    places: dict[Sdf.Path, bool] = field(default_factory=dict)
    parents: dict[Sdf.Path, tuple[Any, str] | None] = field(default_factory=dict)
    order: dict[Sdf.Path, list[str]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    def add(self, layer: Sdf.Layer, place: Sdf.Path) -> None:
        """Keep what the layer has at a place and above it; what was kept before stays as it is."""
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
    """What a layer has now."""
    root = layer.pseudoRoot
    state = LayerState(metadata={key: root.GetInfo(key) for key in METADATA if root.HasInfo(key)})
    for place in places:
        state.add(layer, place)
    return state


def change_state(layer: Sdf.Layer, current: LayerState, target: LayerState) -> None:
    """Put a layer from one state into another, in one change that a stage recomposes for once.

    Metadata and parents that somebody else has changed since stay as they are, and so does a parent that would go and
    holds something else by now.
    """
    with Sdf.ChangeBlock():
        _change_metadata(layer.pseudoRoot, current.metadata, target.metadata)
        for path, shell in target.parents.items():  # From the top downwards: `add` goes from the root to the leaf.
            if shell is not None:
                _put_shell(layer, path, current.parents[path], shell, target.order)
        for place, present in target.places.items():
            absent = layer.GetPrimAtPath(place) is None
            if present:
                Sdf.CopySpec(target.copies, place, layer, place)
                if absent:
                    _put_in_order(layer, place, target.order)
            elif not absent:
                _remove(layer, place)
        for path in sorted(target.parents, key=lambda path: path.pathElementCount, reverse=True):
            if target.parents[path] is None and _is_empty(layer, path):
                _remove(layer, path)


def _shell(layer: Sdf.Layer, path: Sdf.Path) -> tuple[Any, str] | None:
    spec = layer.GetPrimAtPath(path)
    return (spec.specifier, spec.typeName) if spec else None


def _children(layer: Sdf.Layer, parent: Sdf.Path) -> list[str]:
    # The pseudo-root has its children under another name.
    spec = layer.GetPrimAtPath(parent)
    specs = layer.rootPrims if parent == Sdf.Path.absoluteRootPath else spec.nameChildren if spec else []
    return [child.name for child in specs]


def _is_empty(layer: Sdf.Layer, path: Sdf.Path) -> bool:
    spec = layer.GetPrimAtPath(path)
    contents = spec and (spec.nameChildren or spec.properties or spec.variantSets)
    return spec is not None and not contents and set(spec.ListInfoKeys()) <= _SHELL_KEYS


def _change_metadata(root: Sdf.PrimSpec, current: dict[str, Any], target: dict[str, Any]) -> None:
    for key in METADATA:
        found = root.GetInfo(key) if root.HasInfo(key) else None
        if found != current.get(key) or found == target.get(key):
            continue
        if key in target:
            root.SetInfo(key, target[key])
        else:
            root.ClearInfo(key)


def _put_shell(
    layer: Sdf.Layer,
    path: Sdf.Path,
    current: tuple[Any, str] | None,
    target: tuple[Any, str],
    order: dict[Sdf.Path, list[str]],
) -> None:
    found = _shell(layer, path)
    if found is None:
        Sdf.CreatePrimInLayer(layer, path)
        _put_in_order(layer, path, order)
    if found in (None, current) and found != target:
        spec = layer.GetPrimAtPath(path)
        spec.specifier, spec.typeName = target


def _remove(layer: Sdf.Layer, path: Sdf.Path) -> None:
    parent = path.GetParentPath()
    children = layer.rootPrims if parent == Sdf.Path.absoluteRootPath else layer.GetPrimAtPath(parent).nameChildren
    del children[path.name]


def _put_in_order(layer: Sdf.Layer, path: Sdf.Path, order: dict[Sdf.Path, list[str]]) -> None:
    """Move a prim from the end of its siblings behind the nearest of those that stood before it."""
    siblings, known = _children(layer, path.GetParentPath()), order[path.GetParentPath()]
    before = [name for name in known[: known.index(path.name)] if name in siblings]
    place = siblings.index(before[-1]) + 1 if before else 0
    if place < len(siblings) - 1:
        # A prim cannot be moved onto its own name (USD refuses), but it can away and back.
        aside = path.ReplaceName(f"{path.name}_boxfit_moves")
        edit = Sdf.BatchNamespaceEdit()
        edit.Add(path, aside, place)
        edit.Add(aside, path, place)
        layer.Apply(edit)
