"""Stand-in for `omni.kit.viewport.utility`. Signatures: its typings in work-r-labs/isaacsim_typings_5."""

from __future__ import annotations

from omni.kit.viewport.window import ViewportAPI, windows
from pxr import Usd, UsdGeom

framed: list[list[str]] = []
"""What was framed, in order."""


def get_active_viewport(usd_context_name: str = "") -> ViewportAPI | None:
    found = [one.viewport_api for one in windows.all if one.viewport_api.usd_context_name == usd_context_name]
    return found[-1] if found else None


def frame_viewport_prims(viewport_api: ViewportAPI | None = None, prims: list[str] | None = None) -> bool:
    if viewport_api is None or viewport_api.stage is None or not prims:
        return False
    framed.append(list(prims))
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default", "render", "guide"])
    bounds = [cache.ComputeWorldBound(viewport_api.stage.GetPrimAtPath(path)).ComputeAlignedRange() for path in prims]
    box = bounds[0]
    for other in bounds[1:]:
        box.UnionWith(other)
    viewport_api.look_at(box.GetMidpoint(), 3.2 * box.GetSize().GetLength() / 2 + 1e-6)
    return True
