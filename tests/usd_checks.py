"""Checks of a written stage that the validators of OpenUSD and NVIDIA do not make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Gf, Usd, UsdGeom


def find_faults(path: Path) -> list[str]:
    """List faults of the cubes and transforms on a stage, one line each."""
    stage = Usd.Stage.Open(str(path))
    faults = []
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.Xformable):
            faults += [f"{prim.GetPath()}: {fault}" for fault in _transform_faults(UsdGeom.Xformable(prim))]
        if prim.IsA(UsdGeom.Cube):
            faults += [f"{prim.GetPath()}: {fault}" for fault in _extent_faults(UsdGeom.Cube(prim))]
    return faults


def _transform_faults(xformable: UsdGeom.Xformable):
    prim = xformable.GetPrim()
    for name in xformable.GetXformOpOrderAttr().Get() or ():
        if name != "!resetXformStack!" and not prim.HasAttribute(name.removeprefix("!invert!")):
            yield f"{name} is in xformOpOrder, but there is no such attribute"
    for op in xformable.GetOrderedXformOps():
        for time in [Usd.TimeCode.Default(), *op.GetTimeSamples()]:
            value = op.Get(time)
            if value is not None:
                yield from _value_faults(op, value)


def _value_faults(op: UsdGeom.XformOp, value):
    if isinstance(value, Gf.Quath | Gf.Quatf | Gf.Quatd):
        numbers = np.array([value.GetReal(), *value.GetImaginary()], dtype=float)
        if not abs(np.linalg.norm(numbers) - 1) < 1e-3:
            yield f"{op.GetOpName()} is not a unit quaternion: {value}"
    else:
        numbers = np.array(value, dtype=float)
    if not np.isfinite(numbers).all():
        yield f"{op.GetOpName()} is not finite: {value}"
    if op.GetOpType() == UsdGeom.XformOp.TypeScale and not (numbers > 0).all():
        yield f"{op.GetOpName()} is not positive: {value}"


def _extent_faults(cube: UsdGeom.Cube):
    if not cube.GetExtentAttr().HasAuthoredValue():
        yield "extent is not authored"
        return
    half = cube.GetSizeAttr().Get() / 2
    extent = np.array(cube.GetExtentAttr().Get())
    if not np.allclose(extent, [[-half] * 3, [half] * 3]):
        yield f"extent {extent.tolist()} does not fit the size {2 * half}"
