"""What of a stage is to be captured: prims, the sphere around them, and the stage's own cameras."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from boxfit.errors import StageError, list_names
from boxfit.usd.provenance import is_from_boxfit
from boxfit.usd.stage import REST_TIME

_VIEWPORTS = "/OmniverseKit_"
"""Kit's cameras of its viewports begin so: Persp, Front, Top and Right."""


_LEGACY_TYPE, _LEGACY_DATA = ":params:semanticType", ":params:semanticData"


class Sphere(NamedTuple):
    """A sphere in the stage's world: its centre, shape (3,), and radius, in stage units."""

    centre: np.ndarray
    radius: float


Prims = str | Sdf.Path | Usd.Prim | Sequence[str | Sdf.Path | Usd.Prim]
"""Prims or their paths, or one of them."""


def chosen_prims(stage: Usd.Stage, prims: Prims) -> dict[str, str]:
    """Prims that a user chose, with a name for each; what is inside of another one belongs to that.

    Raises:
        StageError: If none is chosen, or one is not there.
    """
    several = [prims] if isinstance(prims, (str, Sdf.Path, Usd.Prim)) else prims
    paths = [str(one.GetPath() if isinstance(one, Usd.Prim) else one) for one in several]
    places = [Sdf.Path(path) for path in paths if Sdf.Path.IsValidPathString(path)]
    found = [
        prim
        for place in places
        if place.IsAbsolutePath() and place.IsPrimPath() and (prim := stage.GetPrimAtPath(place))
    ]
    if len(found) < len(paths):
        known = {str(prim.GetPath()) for prim in found}
        missing = [path for path in paths if path not in known]
        raise StageError(f"there is no prim {list_names(missing)} on the stage: select what is to be captured")
    if not found:
        raise StageError("no prim is selected: select what is to be captured, or give a semantic label")
    return _named(found, lambda prim: next(class_names(prim), prim.GetName()))


def labelled_prims(stage: Usd.Stage, label: str) -> dict[str, str]:
    """Prims that carry a class label, with a name for each, as for `chosen_prims`.

    Raises:
        StageError: If no prim carries it.
    """
    found: list[Usd.Prim] = []
    others: dict[str, None] = {}
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        names = tuple(class_names(prim))
        others.update(dict.fromkeys(names))
        if label in names:
            found.append(prim)
    if not found:
        carried = f"it has {list_names([*others])}" if others else "no prim has any: select the prims instead"
        raise StageError(f"no prim on the stage has the semantic label {label!r}: {carried}")
    return _named(found, lambda prim: label)


def hidden_prims(stage: Usd.Stage, paths: Iterable[str], time: float | None = None) -> tuple[str, ...]:
    """Those of some prims under which there is nothing to see at a time; arguments are those of `sphere_around`."""
    cache = _bounds_cache(time)
    return tuple(path for path in paths if _visible_bounds(stage.GetPrimAtPath(path), cache) is None)


def sphere_around(stage: Usd.Stage, paths: Iterable[str], time: float | None = None) -> Sphere:
    """A sphere that holds the visible geometry of prims.

    Args:
        stage: Stage that holds them.
        paths: The prims; their subtrees count.
        time: When, as a time code; None is the default time.

    Raises:
        StageError: If there is nothing to see.
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
    """Paths of the cameras that somebody put on a stage.

    Raises:
        StageError: If there are fewer than two.
    """
    prims = stage.Traverse(Usd.TraverseInstanceProxies())
    cameras = [str(prim.GetPath()) for prim in prims if prim.IsA(UsdGeom.Camera)]
    found = tuple(path for path in cameras if not path.startswith(_VIEWPORTS))
    if len(found) < 2:
        raise StageError(
            f"the stage has {'one camera' if found else 'no cameras'} of its own, and a box needs two views at least: "
            "capture views around the prims instead"
        )
    return found


def _bounds_cache(time: float | None) -> UsdGeom.BBoxCache:
    code = Usd.TimeCode.Default() if time is None else Usd.TimeCode(time)
    return UsdGeom.BBoxCache(code, [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])


def _visible_bounds(prim: Usd.Prim, cache: UsdGeom.BBoxCache) -> Gf.BBox3d | None:
    """Bounds of what can be seen of a prim, in the world; None where that is nothing."""
    # The cache leaves out what is invisible below a prim, but not the prim itself.
    shape = UsdGeom.Imageable(prim)
    if shape and shape.ComputeVisibility(cache.GetTime()) == UsdGeom.Tokens.invisible:
        return None
    limits = cache.ComputeWorldBound(prim)
    return None if limits.GetRange().IsEmpty() else limits


def _named(prims: Iterable[Usd.Prim], name: Callable[[Usd.Prim], str]) -> dict[str, str]:
    """Names by path, without the prims that are inside of others."""
    by_path = {prim.GetPath(): prim for prim in prims}
    tops = [path for path in by_path if not any(parent in by_path for parent in path.GetPrefixes()[:-1])]
    return {str(path): name(by_path[path]) for path in tops}


def boxes_on_stage(stage: Usd.Stage) -> tuple[str, ...]:
    """Paths of what boxfit wrote to a stage and could be seen."""
    return tuple(str(prim.GetPath()) for prim in stage.Traverse() if prim.IsA(UsdGeom.Gprim) and is_from_boxfit(prim))


def read_class_names(stage: Usd.Stage) -> tuple[str, ...]:
    """Class labels on a stage, each once, in the order of the prims."""
    prims = stage.Traverse(Usd.TraverseInstanceProxies())
    return tuple(dict.fromkeys(name for prim in prims for name in class_names(prim)))


def class_names(prim: Usd.Prim) -> Iterator[str]:
    """Class labels that a prim carries itself, in the current and the old schema, read as plain attributes.

    OpenUSD's `UsdSemantics.LabelsAPI` keeps `token[] semantics:labels:class`; the older `SemanticsAPI` of Omniverse
    keeps `semantic:<instance>:params:semanticType` and `...:semanticData`. Not every USD in use knows either schema.
    """
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
