"""How boxes are written to a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from boxfit.errors import StageError
from boxfit.settings.setting import check_settings, setting

Frame = Literal["world", "asset"]
RotationOp = Literal["orient", "xyz"]
Purpose = Literal["default", "guide"]


@dataclass(frozen=True)
class PrimSettings:
    """How the box is written.

    Raises:
        StageError: If a value is none of those that a setting takes.
    """

    prim: str | None = setting(
        None,
        "Path of the box prim; with several objects, of the scope that holds them (default: in the default prim).",
        label="Prim path",
    )
    frame: Frame = setting(
        "world",
        "world: place the box in the world; asset: beside the asset, under a frame that carries its transform.",
        Frame,
    )
    rotation: RotationOp = setting(
        "orient", "Rotation op of a new prim: a quaternion, or rotateXYZ.", RotationOp, label="Rotation op"
    )
    purpose: Purpose | None = setting(
        None,
        "guide keeps the box out of its parents' bounds (default: default for a new prim, else as it is).",
        Purpose,
    )
    reset_xform_stack: bool = setting(False, "Place the box in the world whatever its parents' transforms are.")
    animation: bool = setting(
        False, "Write the fit's history as time samples to a hidden prim beside the box.", label="Record the history"
    )

    def __post_init__(self) -> None:
        """Refuse what no prim can be written with."""
        check_settings(self, StageError)
