"""Paths and names of box prims on a stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PureWindowsPath

from pxr import Sdf, Tf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.usd.label import last_part
from boxfit.usd.provenance import is_from_boxfit


def box_names(objects: Sequence[tuple[str | None, str]]) -> list[str]:
    """Make prim names for several boxes under one scope.

    Args:
        objects: For each box the asset's file or prim path, or None, and the label's name.

    Returns:
        `<asset>_<label>`, or the label alone without an asset of another name, made valid and unique by `prim_names`.
    """
    # A Windows path is split at both kinds of slash. Labels are names, paths of prims, or patterns of these.
    named = ((asset if asset != label else None, last_part(label)) for asset, label in objects)
    return prim_names(f"{PureWindowsPath(asset).stem}_{label}" if asset else label for asset, label in named)


def box_paths(stage: Usd.Stage, objects: Sequence[tuple[str | None, str]], prim: str | None = None) -> list[str]:
    """Make prim paths for boxes.

    Args:
        stage: Stage to write to.
        objects: As for `box_names`.
        prim: Path of the box, or of the parent scope of several boxes, or of one if the scope exists or the path ends
            in "/". None: below the default prim, as `<name>_box` where the object itself or another prim has the path.

    Returns:
        A path for each object, not checked by `check_path`.
    """
    scope = (default_scope(stage) if prim is None else prim).rstrip("/")
    is_scope = prim is not None and (prim.endswith("/") or _is_scope(stage, scope))
    if prim is not None and len(objects) == 1 and not is_scope:
        return [scope or prim]
    names = box_names(objects)
    if prim is None:
        taken = (_is_taken(stage, f"{scope}/{name}") for name in names)
        names = prim_names([f"{name}_box" if is_so else name for name, is_so in zip(names, taken, strict=True)])
    return [f"{scope}/{name}" for name in names]


def _is_scope(stage: Usd.Stage, path: str) -> bool:
    prim = stage.GetPrimAtPath(path) if path and Sdf.Path.IsValidPathString(path) else None
    return bool(prim) and prim.IsA(UsdGeom.Scope)


def _is_taken(stage: Usd.Stage, path: str) -> bool:
    """Return True if there is a prim that boxfit has not written."""
    prim = stage.GetPrimAtPath(path)
    return bool(prim) and not is_from_boxfit(prim)


def prim_names(texts: Iterable[str]) -> list[str]:
    """Make valid and unique prim names: repeated names get a number."""
    names: list[str] = []
    for text in texts:
        name = base = Tf.MakeValidIdentifier(text)
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def default_scope(stage: Usd.Stage) -> str:
    """Return the path of the default parent of boxes: the default prim, else /World."""
    prim = stage.GetDefaultPrim()
    return str(prim.GetPath()) if prim else "/World"


def check_path(stage: Usd.Stage, path: str) -> Sdf.Path:
    """Check that a path can hold a visible box.

    Raises:
        StageError: If it is not an absolute prim path, is below geometry or an instance, or is or is below a
            deactivated or abstract prim.
    """
    place = Sdf.Path(path) if path and Sdf.Path.IsValidPathString(path) else Sdf.Path.emptyPath
    if not (place.IsAbsolutePath() and place.IsPrimPath()):
        raise StageError(f"{path!r} is not the path of a prim: write it like /World/Box")
    for prefix in place.GetPrefixes():
        prim = stage.GetPrimAtPath(prefix)
        if not prim:
            break
        blocked_reason = _blocked_reason(prim, is_parent=prefix != place)
        if blocked_reason:
            raise StageError(f"{path} cannot be written: {prefix} is {blocked_reason}; choose a path outside it")
    return place


def _blocked_reason(prim: Usd.Prim, is_parent: bool) -> str | None:
    """Return the reason that no box can be written at or below a prim, or None."""
    if not prim.IsActive():
        return "deactivated, so the box would not be visible"
    if prim.IsAbstract():
        return "abstract (a class), so the box would not be visible"
    if is_parent and prim.IsA(UsdGeom.Gprim):
        return "geometry, and geometry must not be nested"
    if is_parent and (prim.IsInstance() or prim.IsInstanceProxy()):
        return "an instance, whose children cannot be edited"
    return None


def define_parents(stage: Usd.Stage, path: Sdf.Path) -> None:
    """Define the missing ancestors of a prim: an Xform at the root, which can be placed, and scopes below it."""
    for ancestor in path.GetParentPath().GetPrefixes():
        prim = stage.GetPrimAtPath(ancestor)
        if not prim or not prim.IsDefined():
            fallback = "Xform" if ancestor.IsRootPrimPath() else "Scope"
            stage.DefinePrim(ancestor, (prim.GetTypeName() if prim else "") or fallback)
