"""Settings of the box prims that are written to a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from boxfit.errors import StageError
from boxfit.settings.setting import changed_repr, check_settings, setting

Frame = Literal["world", "asset"]
RotationOp = Literal["orient", "xyz"]
Purpose = Literal["default", "guide"]


@dataclass(frozen=True)
class PrimSettings:
    """Path, frame and attributes of a box prim.

    Raises:
        StageError: If a value is not among the choices of its setting.
    """

    prim: str | None = setting(
        None,
        "Path of the box prim; of the parent scope of several objects, or of one if it ends in / (default: below the "
        "default prim).",
        label="Prim path",
    )
    frame: Frame = setting(
        "world",
        "world: place the box in the world; asset: beside the asset, below an Xform with the asset's transform.",
        Frame,
    )
    rotation: RotationOp = setting(
        "orient", "Rotation op of a new prim: orient (quaternion) or xyz (rotateXYZ).", RotationOp, label="Rotation op"
    )
    purpose: Purpose | None = setting(
        None,
        "guide excludes the box from its parents' bounds (default: default for a new prim, else unchanged).",
        Purpose,
    )
    collider: bool = setting(False, "Make the box a static collider (UsdPhysics.CollisionAPI).")
    semantic_label: str | None = setting(
        None, "Class that renderers of segmentation images see in the box (UsdSemantics.LabelsAPI)."
    )
    reset_xform_stack: bool = setting(False, "Place the box in the world, ignoring its parents' transforms.")
    animation: bool = setting(
        False, "Write the steps of the fit as time samples to a hidden prim beside the box.", label="Record the history"
    )

    __repr__ = changed_repr

    def __post_init__(self) -> None:
        """Check the values."""
        check_settings(self, StageError)
