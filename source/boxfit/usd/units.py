"""Up axis and unit of a stage."""

from __future__ import annotations

from typing import Literal

from pxr import Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.geometry.units import WorldUnits


def stage_units(stage: Usd.Stage) -> WorldUnits:
    """Read a stage's up axis and unit; USD's fallbacks (Y, 0.01) if none are authored.

    Raises:
        StageError: If the unit is no length: zero, negative, not finite, or beyond any use.
    """
    unit = UsdGeom.GetStageMetersPerUnit(stage)
    if not 1e-9 <= unit <= 1e9:
        name = stage.GetRootLayer().GetDisplayName()
        raise StageError(f"{name} has metersPerUnit {unit:g}: set the length of its unit in metres, such as 0.01")
    return WorldUnits(stage_up_axis(stage), unit)


def stage_up_axis(stage: Usd.Stage) -> Literal["Y", "Z"]:
    """Read a stage's up axis; USD's fallback, Y, if none is authored."""
    return "Z" if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z else "Y"
