"""The boxes on a stage, with their poses and visibility."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pxr import Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import Box, FaceBounds
from boxfit.usd.cube import read_box
from boxfit.usd.stage import REST_TIME


@dataclass(frozen=True, eq=False)
class FoundBox:
    """A box that boxfit wrote, in its current state.

    Attributes:
        path: Path of the Cube prim.
        box: In the stage's world and units.
        bounds: Bounds of its faces, as in `read_box`.
        visible: True if neither the prim nor an ancestor is invisible.
    """

    path: str
    box: Box
    bounds: FaceBounds | None
    visible: bool


def read_boxes(stage: Usd.Stage, paths: Iterable[str]) -> list[FoundBox]:
    """Read the boxes at some paths; prims that are missing, or sheared, are left out."""
    cache = UsdGeom.XformCache(REST_TIME)
    boxes = []
    for path in paths:
        try:
            box, bounds = read_box(stage, path, cache)
        except StageError:
            continue
        visibility = UsdGeom.Imageable(stage.GetPrimAtPath(path)).ComputeVisibility(REST_TIME)
        boxes.append(FoundBox(path, box, bounds, visibility != UsdGeom.Tokens.invisible))
    return boxes
