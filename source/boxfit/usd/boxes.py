"""All boxes on a stage as someone who looks at it sees them."""

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
    """A box that boxfit wrote, as it stands now.

    Attributes:
        path: The Cube prim.
        box: In the stage's world and units.
        bounds: Of its faces, as `read_box` gives them.
        visible: Whether neither it nor a prim above it is made invisible.
    """

    path: str
    box: Box
    bounds: FaceBounds | None
    visible: bool


def read_boxes(stage: Usd.Stage, paths: Iterable[str]) -> list[FoundBox]:
    """Read boxes that `find_boxes` found; what has gone or is no box any more, as it was sheared, is left out."""
    cache = UsdGeom.XformCache(REST_TIME)
    found = []
    for path in paths:
        try:
            box, bounds = read_box(stage, path, cache)
        except StageError:
            continue
        visibility = UsdGeom.Imageable(stage.GetPrimAtPath(path)).ComputeVisibility(REST_TIME)
        found.append(FoundBox(path, box, bounds, visibility != UsdGeom.Tokens.invisible))
    return found
