"""Translate, rotate and scale ops of a box prim, and the frame of its parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import euler_xyz_from_matrix
from boxfit.geometry.similarity import uniform_scale
from boxfit.usd.convert import gf_value, matrix_from_gf, numbers_from_gf
from boxfit.usd.stage import REST_TIME

Rotation = Literal["orient", "xyz"]

_TRANSLATE, _SCALE = "xformOp:translate", "xformOp:scale"
_ROTATIONS = {"orient": "xformOp:orient", "xyz": "xformOp:rotateXYZ"}
# Double precision, because USD converts a quaternion to a matrix by the arc cosine of its real part, which in single
# precision loses rotations below 0.04 degrees.
_NEW_TYPES = {
    _TRANSLATE: Sdf.ValueTypeNames.Double3,
    _ROTATIONS["orient"]: Sdf.ValueTypeNames.Quatd,
    _ROTATIONS["xyz"]: Sdf.ValueTypeNames.Double3,
    _SCALE: Sdf.ValueTypeNames.Double3,
}


def parent_from_world(stage: Usd.Stage, path: Sdf.Path) -> np.ndarray:
    """Return the transform from the world to the parent of a prim path; the prim need not exist.

    Returns:
        Similarity, shape (4, 4).

    Raises:
        StageError: If a parent is scaled unevenly, sheared or flattened: a rotated box below it cannot be written as
            translate, rotate and scale.
    """
    parent = path.GetParentPath()
    while not stage.GetPrimAtPath(parent):
        parent = parent.GetParentPath()
    prim = stage.GetPrimAtPath(parent)
    world_from_parent = matrix_from_gf(UsdGeom.XformCache(REST_TIME).GetLocalToWorldTransform(prim))
    if uniform_scale(world_from_parent) is None:
        raise StageError(
            f"{path} cannot hold a rotated box: its parent {_distorting(prim)} is scaled unevenly or "
            "sheared; choose a prim path outside it, or reset the transform stack (reset_xform_stack)"
        )
    return np.linalg.inv(world_from_parent)


def _distorting(prim: Usd.Prim) -> Sdf.Path:
    """Find the nearest prim, from this one upwards, whose own transform is not a similarity."""
    cache = UsdGeom.XformCache(REST_TIME)
    nearest = prim.GetPath()
    while not prim.IsPseudoRoot():
        if uniform_scale(matrix_from_gf(cache.GetLocalTransformation(prim)[0])) is None:
            return prim.GetPath()
        prim = prim.GetParent()
    return nearest


def read_rotation(prim: Usd.Prim) -> np.ndarray:
    """Read the rotation of a box prim's ops, shape (3, 3); the identity if it has none."""
    for op in _own_ops(prim):
        if op.GetName() in _ROTATIONS.values():
            return matrix_from_gf(op.GetOpTransform(REST_TIME))[:3, :3]
    return np.eye(3)


def read_ops(prim: Usd.Prim) -> dict[str, list[float]]:
    """Read a box prim's ops by name: "translate", "orient" (wxyz) or "rotateXYZ" (in degrees), and "scale"."""
    return {op.GetName().removeprefix("xformOp:"): numbers_from_gf(op.Get()) for op in _own_ops(prim)}


def overridden(prim: Usd.Prim) -> Iterator[str]:
    """Yield warnings about layers stronger than the root layer that override the written box."""
    root, others = prim.GetStage().GetRootLayer(), dict[str, list[str]]()
    for name in ("size", "xformOpOrder", *(op.GetOpName() for op in _own_ops(prim))):
        specs = prim.GetAttribute(name).GetPropertyStack(Usd.TimeCode.Default())
        strongest = next((spec for spec in specs if spec.default is not None), None)
        if strongest is not None and strongest.layer != root:
            others.setdefault(strongest.layer.GetDisplayName(), []).append(name)
    for layer, names in others.items():
        yield f"{prim.GetPath()} is not shown as written: {layer} overrides its {', '.join(names)}; clear these there"


def create_ops(prim: Usd.Prim, rotation: Rotation, *, reset_xform_stack: bool = False) -> list[UsdGeom.XformOp]:
    """Create those of a box prim's three ops that are missing, and return all three in order."""
    present = {op.GetOpName(): op for op in _own_ops(prim)}
    rotations = [name for name in _ROTATIONS.values() if name in present]
    names = [_TRANSLATE, rotations[0] if rotations else _ROTATIONS[rotation], _SCALE]
    ops = [present.get(name) or _create_op(prim, name) for name in names]
    xformable = UsdGeom.Xformable(prim)
    if list(present) != names or xformable.GetResetXformStack() != reset_xform_stack:
        xformable.SetXformOpOrder(ops, reset_xform_stack)
    return ops


def set_op(op: UsdGeom.XformOp, box: Box, time: Usd.TimeCode = Usd.TimeCode.Default()) -> None:
    """Set an op to its component of a box."""
    name = op.GetName()
    if name == _TRANSLATE:
        numbers = box.centre
    elif name == _SCALE:
        numbers = box.size
    elif name == _ROTATIONS["orient"]:
        numbers = box.quaternion
    else:
        numbers = euler_xyz_from_matrix(box.rotation)
    kind: Any = op.GetAttr().GetTypeName().type.pythonClass
    op.Set(gf_value(kind, numbers), time)


def _own_ops(prim: Usd.Prim) -> list[UsdGeom.XformOp]:
    """Return the ops of a box prim, after checking that they are translate, rotate and scale."""
    ops = UsdGeom.Xformable(prim).GetOrderedXformOps()
    names = [op.GetOpName() for op in ops]
    allowed = any(names == _subsequence(names, rotation) for rotation in _ROTATIONS.values())
    if not allowed:
        raise StageError(
            f"{prim.GetPath()} has the transform ops {', '.join(names)}: boxfit updates a box with "
            "translate, orient or rotateXYZ, and scale, in that order; delete the prim or choose another path"
        )
    for op in ops:
        if op.GetNumTimeSamples():
            raise StageError(
                f"{op.GetOpName()} of {prim.GetPath()} is animated: delete the prim or choose another path"
            )
    return ops


def _subsequence(names: list[str], rotation: str) -> list[str]:
    return [name for name in (_TRANSLATE, rotation, _SCALE) if name in names]


def _create_op(prim: Usd.Prim, name: str) -> UsdGeom.XformOp:
    return UsdGeom.XformOp(prim.CreateAttribute(name, _NEW_TYPES[name], custom=False))
