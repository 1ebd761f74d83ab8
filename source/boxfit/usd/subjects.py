"""Subjects of a capture: prims of a stage, the sphere around them, and the stage's own cameras."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from boxfit.errors import StageError, list_names
from boxfit.usd.instances import find_prims
from boxfit.usd.provenance import is_from_boxfit
from boxfit.usd.stage import REST_TIME

_VIEWPORTS = "/OmniverseKit_"
"""Prefix of the paths of Kit's viewport cameras: Persp, Front, Top and Right."""

_LEGACY_TYPE, _LEGACY_DATA = ":params:semanticType", ":params:semanticData"


class Sphere(NamedTuple):
    """A sphere in the stage's world: its centre, shape (3,), and radius, in stage units."""

    centre: np.ndarray
    radius: float


Prims = str | Sdf.Path | Usd.Prim | Sequence[str | Sdf.Path | Usd.Prim]
"""A prim, a prim path, or a sequence of these."""


def chosen_prims(stage: Usd.Stage, prims: Prims) -> dict[str, str]:
    """Return the paths and names of prims that a user chose; prims below others are left out.

    Raises:
        StageError: If no prim is chosen, or a prim does not exist.
    """
    items = [prims] if isinstance(prims, (str, Sdf.Path, Usd.Prim)) else prims
    paths = [str(item.GetPath() if isinstance(item, Usd.Prim) else item) for item in items]
    places = [Sdf.Path(path) for path in paths if Sdf.Path.IsValidPathString(path)]
    chosen = [
        prim
        for place in places
        if place.IsAbsolutePath() and place.IsPrimPath() and (prim := stage.GetPrimAtPath(place))
    ]
    if len(chosen) < len(paths):
        known = {str(prim.GetPath()) for prim in chosen}
        missing = [path for path in paths if path not in known]
        raise StageError(f"there is no prim {list_names(missing)} on the stage: select the prims to capture")
    if not chosen:
        raise StageError("no prim is selected: select the prims to capture, or give a semantic label")
    return _named(chosen, lambda prim: next(class_names(prim), prim.GetName()))


def labelled_prims(stage: Usd.Stage, label: str) -> dict[str, str]:
    """Return the paths and names of prims with a class label, as `chosen_prims` does.

    Raises:
        StageError: If no prim has the label, or too many in instances have it.
    """
    others: dict[str, None] = {}

    def has_label(prim: Usd.Prim) -> bool:
        names = tuple(class_names(prim))
        others.update(dict.fromkeys(names))
        return label in names

    labelled = find_prims(stage.GetPseudoRoot(), has_label)
    if not labelled:
        hint = f"it has {list_names([*others])}" if others else "no prim has any: select the prims instead"
        raise StageError(f"no prim on the stage has the semantic label {label!r}: {hint}")
    return _named(labelled, lambda prim: label)


def hidden_prims(stage: Usd.Stage, paths: Iterable[str], time: float | None = None) -> tuple[str, ...]:
    """Return those of some prims that have no visible geometry at a time; arguments as for `sphere_around`."""
    cache = _bounds_cache(time)
    return tuple(path for path in paths if _visible_bounds(stage.GetPrimAtPath(path), cache) is None)


def sphere_around(stage: Usd.Stage, paths: Iterable[str], time: float | None = None) -> Sphere:
    """Compute a sphere that contains the visible geometry of prims.

    Args:
        stage: Stage that holds the prims.
        paths: Prims, including their subtrees.
        time: Time code; None for the default time.

    Raises:
        StageError: If there is no visible geometry.
    """
    cache = _bounds_cache(time)
    corners = []
    for path in paths:
        limits = _visible_bounds(stage.GetPrimAtPath(path), cache)
        if limits is None:
            raise StageError(f"there is no visible geometry under {path}: choose a prim that can be seen")
        matrix, extent = limits.GetMatrix(), limits.GetRange()
        corners += [matrix.Transform(extent.GetCorner(index)) for index in range(8)]
    points = np.array(corners, dtype=np.float64)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    if not radius > 0:
        raise StageError(f"the geometry under {list_names([*paths])} has no extent: choose a prim that can be seen")
    return Sphere(centre, radius)


def stage_cameras(stage: Usd.Stage) -> tuple[str, ...]:
    """Find the paths of a stage's cameras, without those of Kit's viewports.

    Raises:
        StageError: If there are fewer than two, or too many in instances.
    """
    cameras = [str(prim.GetPath()) for prim in find_prims(stage.GetPseudoRoot(), lambda prim: prim.IsA(UsdGeom.Camera))]
    own = tuple(path for path in cameras if not path.startswith(_VIEWPORTS))
    if len(own) < 2:
        raise StageError(
            f"the stage has {'one camera' if own else 'no cameras'} of its own, and a box needs at least two views: "
            "capture views around the prims instead"
        )
    return own


def _bounds_cache(time: float | None) -> UsdGeom.BBoxCache:
    code = Usd.TimeCode.Default() if time is None else Usd.TimeCode(time)
    return UsdGeom.BBoxCache(code, [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])


def _visible_bounds(prim: Usd.Prim, cache: UsdGeom.BBoxCache) -> Gf.BBox3d | None:
    """Return the world bounds of a prim's visible geometry; None if there is none."""
    # The cache excludes invisible descendants of a prim, but not the prim itself.
    shape = UsdGeom.Imageable(prim)
    if shape and shape.ComputeVisibility(cache.GetTime()) == UsdGeom.Tokens.invisible:
        return None
    limits = cache.ComputeWorldBound(prim)
    return None if limits.GetRange().IsEmpty() else limits


def _named(prims: Iterable[Usd.Prim], name: Callable[[Usd.Prim], str]) -> dict[str, str]:
    """Return names by path, without prims that are below others."""
    by_path = {prim.GetPath(): prim for prim in prims}
    tops = [path for path in by_path if not any(parent in by_path for parent in path.GetPrefixes()[:-1])]
    return {str(path): name(by_path[path]) for path in tops}


def boxes_on_stage(stage: Usd.Stage) -> tuple[str, ...]:
    """Find the paths of the geometry that boxfit wrote to a stage."""
    return tuple(str(prim.GetPath()) for prim in stage.Traverse() if prim.IsA(UsdGeom.Gprim) and is_from_boxfit(prim))


def read_class_names(stage: Usd.Stage) -> tuple[str, ...]:
    """List the class labels on a stage, each once, in the order of the prims."""
    names: dict[str, None] = {}

    def note(prim: Usd.Prim) -> bool:
        names.update(dict.fromkeys(class_names(prim)))
        return False

    find_prims(stage.GetPseudoRoot(), note)
    return tuple(names)


def class_names(prim: Usd.Prim) -> Iterator[str]:
    """Yield the class labels of a prim itself, in the current and the old schema.

    OpenUSD's `UsdSemantics.LabelsAPI` has `token[] semantics:labels:class`; the older `SemanticsAPI` of Omniverse
    has `semantic:<instance>:params:semanticType` and `...:semanticData`. They are read as plain attributes, as not
    every USD version has these schemas.
    """
    names = [name for name in prim.GetAuthoredPropertyNames() if name.startswith(("semantic:", "semantics:"))]
    for name in names:
        value = prim.GetAttribute(name).Get(REST_TIME) if prim.HasAttribute(name) else None
        if name == "semantics:labels:class":
            # Attributes written by hand may hold a single text, which the schema does not allow.
            yield from (value,) if isinstance(value, str) else value or ()
        elif name.endswith(_LEGACY_TYPE) and value == "class":
            data = prim.GetAttribute(name[: -len(_LEGACY_TYPE)] + _LEGACY_DATA)
            if data and data.Get(REST_TIME):
                yield data.Get(REST_TIME)
