"""The boxes on a stage, with their poses and visibility."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pxr import Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import Box, FaceBounds
from boxfit.usd.cube import read_box
from boxfit.usd.provenance import NAMESPACE
from boxfit.usd.stage import REST_TIME


@dataclass(frozen=True, eq=False)
class FoundBox:
    """A box that boxfit wrote, in its current state.

    Attributes:
        path: Path of the Cube prim.
        box: In the stage's world and units.
        bounds: Bounds of its faces, as in `read_box`.
        visible: True if neither the prim nor an ancestor is invisible.
        subject: Asset and label that it was fitted to, None where the prim does not name them.
    """

    path: str
    box: Box
    bounds: FaceBounds | None
    visible: bool
    subject: tuple[str | None, str | None]


def read_boxes(stage: Usd.Stage, paths: Iterable[str]) -> list[FoundBox]:
    """Read the boxes at some paths; prims that are missing, or sheared, are left out."""
    cache = UsdGeom.XformCache(REST_TIME)
    boxes = []
    for path in paths:
        try:
            box, bounds = read_box(stage, path, cache)
        except StageError:
            continue
        prim = stage.GetPrimAtPath(path)
        visibility = UsdGeom.Imageable(prim).ComputeVisibility(REST_TIME)
        asset, label = (prim.GetAttribute(f"{NAMESPACE}:{name}").Get() for name in ("asset", "label"))
        boxes.append(FoundBox(path, box, bounds, visibility != UsdGeom.Tokens.invisible, (asset, label)))
    return boxes


def read_figures(stage: Usd.Stage, path: str) -> dict[str, Any]:
    """Read the provenance and figures of the box at a path by name, such as "verdict"; docs/prim.md lists them.

    Returns:
        Values as USD has them; empty where there is no such prim.
    """
    prim = stage.GetPrimAtPath(path)
    properties = prim.GetAuthoredPropertiesInNamespace(NAMESPACE) if prim else ()
    attributes = [each for each in properties if isinstance(each, Usd.Attribute)]
    return {each.GetName().removeprefix(f"{NAMESPACE}:"): each.Get() for each in attributes if each.HasValue()}
