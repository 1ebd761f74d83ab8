"""Open stages and make new ones; their files, units and worlds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pxr import Sdf, Tf, Usd, UsdGeom

from boxfit.errors import StageError
from boxfit.files import server_address
from boxfit.usd.layers import without_diagnostics

STAGE_SUFFIXES = (".usd", ".usda", ".usdc")

REST_TIME = Usd.TimeCode.EarliestTime()
"""When poses are read: the first time sample where there is one, else the default value."""


@dataclass(frozen=True)
class WorldUnits:
    """What a world's numbers mean.

    Attributes:
        up_axis: The axis that points up.
        meters_per_unit: Length of one unit in metres.
    """

    up_axis: Literal["Y", "Z"] = "Y"
    meters_per_unit: float = 0.01


def open_stage(path: str | os.PathLike[str]) -> Usd.Stage:
    """Open a stage that exists.

    Args:
        path: File of any kind that USD reads.

    Raises:
        StageError: If there is no such file, or USD cannot read it as a stage.
    """
    path = Path(path)
    try:
        if not path.is_file():
            found = "is a folder" if path.is_dir() else "does not exist"
            raise StageError(f"{path} {found}: give a {', '.join(STAGE_SUFFIXES)} file")
        with without_diagnostics():
            return Usd.Stage.Open(str(path.resolve()))
    except (OSError, Tf.ErrorException) as error:
        raise StageError(f"{path} is not a USD stage that can be read ({failure_reason(error)})") from error


def open_from_disk(path: str | os.PathLike[str]) -> Usd.Stage:
    """Open a stage as its files are, also where its layers are in memory with changes that nobody saved.

    Args:
        path: File of any kind that USD reads.

    Raises:
        StageError: If there is no such file, or USD cannot read it as a stage.
    """
    stage = open_stage(path)
    reload_stage(stage)
    return stage


def reload_stage(stage: Usd.Stage) -> None:
    """Bring an open stage to what its files hold now; changes that nobody saved are lost.

    Raises:
        StageError: If USD cannot read one of them any more.
    """
    try:
        with without_diagnostics():
            stage.Reload()
            # That leaves alone what was not opened from a file, such as a stage that was made in this process.
            for layer in stage.GetUsedLayers():
                if layer.dirty and layer.realPath and Path(layer.realPath).is_file():
                    layer.TransferContent(Sdf.Layer.OpenAsAnonymous(layer.realPath))
    except Tf.ErrorException as error:
        name = stage.GetRootLayer().realPath
        raise StageError(f"{name} is not a USD stage that can be read ({failure_reason(error)})") from error


def new_stage(path: str | os.PathLike[str], units: WorldUnits = WorldUnits()) -> Usd.Stage:
    """Start a stage with a default prim; nothing is on disk before `save_stage`.

    The stage knows where it will be, so relative asset paths already resolve. What a file at that place holds
    is replaced when the stage is saved.

    Args:
        path: Where the stage will be saved.
        units: Up axis and unit to author.

    Raises:
        StageError: If a stage cannot be saved there.
    """
    path = Path(path).resolve()
    check_writable(path)
    return _begin(new_layer(path), units)


def unnamed_stage(units: WorldUnits = WorldUnits()) -> Usd.Stage:
    """Start a stage with a default prim and no file yet.

    Args:
        units: Up axis and unit to author.
    """
    return _begin(Sdf.Layer.CreateAnonymous(STAGE_SUFFIXES[1]), units)


def _begin(layer: Sdf.Layer, units: WorldUnits) -> Usd.Stage:
    stage = Usd.Stage.Open(layer)
    UsdGeom.SetStageUpAxis(stage, units.up_axis)
    UsdGeom.SetStageMetersPerUnit(stage, units.meters_per_unit)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/World").GetPrim())
    return stage


def new_layer(path: Path) -> Sdf.Layer:
    """An empty layer that will be saved at `path`; one of that name that is already in memory is emptied."""
    layer = Sdf.Layer.Find(path.as_posix())
    if layer:
        layer.Clear()
        return layer
    return Sdf.Layer.New(Sdf.FileFormat.FindByExtension(path.suffix), path.as_posix())


def stage_file(stage: Usd.Stage) -> Path | None:
    """File of a stage's root layer; None where it has none yet, and where it lies on a server."""
    place = stage_place(stage)
    return Path(place) if place and not server_address(place) else None


def local_file(stage: Usd.Stage, why: str) -> Path:
    """File of a stage's root layer, for what is to stand beside it.

    Args:
        stage: An open stage.
        why: What it is needed for, as in "views are named relative to it".

    Raises:
        StageError: If it has none yet, or lies on a server.
    """
    file, place = stage_file(stage), stage_place(stage)
    if file is not None:
        return file
    if place:
        raise StageError(f"{server_address(place)} is on a server, and {why}: save the stage on this machine first")
    raise StageError(f"the stage has no file yet, and {why}: save it under a name first")


def check_editable(stage: Usd.Stage) -> None:
    """Refuse a stage whose root layer may not be changed, before anything is.

    Raises:
        StageError: If it is locked.
    """
    root = stage.GetRootLayer()
    if not root.permissionToEdit:
        raise StageError(f"{root.GetDisplayName()} is locked against changes: unlock this layer, or save it as another")


def stage_place(stage: Usd.Stage) -> str | None:
    """Where a stage's root layer is saved, as a path or the address on a server; None where it was never saved."""
    root = stage.GetRootLayer()
    return root.realPath or None if not root.anonymous else None


def stage_key(stage: Usd.Stage) -> tuple[str, ...]:
    """What tells an open stage from others, those of the same file too, without keeping it open."""
    return tuple(layer.identifier for layer in (stage.GetRootLayer(), stage.GetSessionLayer()) if layer)


def stage_units(stage: Usd.Stage) -> WorldUnits:
    """Up axis and unit of a stage, with USD's fallbacks (Y, 0.01) where it authors none."""
    up_axis: Literal["Y", "Z"] = "Z" if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z else "Y"
    return WorldUnits(up_axis, UsdGeom.GetStageMetersPerUnit(stage))


def target_from_source_world(target: WorldUnits, source: WorldUnits) -> np.ndarray:
    """The similarity between two worlds that show the same scene in other units, or with another axis up.

    Z-up becomes Y-up by a quarter turn about X, as when Omniverse brings an asset into a stage.

    Returns:
        target_from_source, shape (4, 4).
    """
    matrix = np.eye(4)
    if target.up_axis != source.up_axis:
        sign = 1.0 if target.up_axis == "Y" else -1.0
        matrix[:3, :3] = [[1.0, 0.0, 0.0], [0.0, 0.0, sign], [0.0, -sign, 0.0]]
    matrix[:3, :3] *= source.meters_per_unit / target.meters_per_unit
    return matrix


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a place where no stage can be saved, before any work is done for it.

    Raises:
        StageError: If the suffix is not a stage's, the folder is missing, or one may not write there.
    """
    path = Path(path)
    if path.suffix not in STAGE_SUFFIXES:
        raise StageError(f"{path} cannot be written: name a {', '.join(STAGE_SUFFIXES)} file")
    try:
        if not path.parent.is_dir():
            raise StageError(f"{path} cannot be written: the folder {path.parent} does not exist")
        if path.is_dir():
            raise StageError(f"{path} cannot be written: it is a folder")
        for place in (path.parent, path):
            if place.exists() and not os.access(place, os.W_OK):
                raise StageError(f"{path} cannot be written: {place} is read-only")
    except OSError as error:
        raise StageError(f"{path} cannot be written ({failure_reason(error)})") from error


def failure_reason(error: Exception) -> str:
    """What went wrong, without the file; of a USD error the last clause, without the place in USD's own source."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rsplit(" : ", 1)[-1].strip("'") if lines else type(error).__name__
