"""Boxes from a session to a USD stage. All that holds `pxr` objects happens in one call, on the caller's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import StageError
from boxfit.geometry.similarity import move_box, uniform_scale
from boxfit.results import ObjectResult
from boxfit.settings import PrimSettings
from boxfit.source import SourceWorld
from boxfit.types import Box
from boxfit.usd.animation import write_course
from boxfit.usd.cube import PrimOptions, write_box
from boxfit.usd.frames import AssetFrame
from boxfit.usd.paths import box_names, default_scope
from boxfit.usd.stage import (
    WorldUnits,
    check_writable,
    new_stage,
    open_stage,
    save_stage,
    stage_units,
    target_from_source_world,
)


@dataclass(frozen=True)
class Written:
    """What is on disk now.

    Attributes:
        stage: File of the stage.
        prims: Path of each object's box prim, in the order of the results.
        units: Up axis and unit of the stage.
    """

    stage: Path
    prims: tuple[str, ...]
    units: WorldUnits


def check_target(source: Path, output: Path | None, into: Path | None, force: bool) -> None:
    """Refuse, before any work is done, a stage that could not be written.

    Args:
        source: What is read.
        output: New stage to make, or None.
        into: Stage to write into, or None.
        force: Whether `output` may replace a file.

    Raises:
        StageError: If `output` exists and `force` is not given, or is what is read; if `into` is no stage; or if one
            may not write there.
    """
    if output is not None:
        check_writable(output)
        if output.resolve() == source.resolve():
            raise StageError(f"{output} is the source itself: write into it (--into), or name another stage")
        if output.exists() and not force:
            raise StageError(f"{output} exists: overwrite it (--force), or write into it (--into)")
    if into is not None:
        open_stage(into)
        check_writable(into)


def write_results(
    results: Sequence[ObjectResult],
    world: SourceWorld,
    output: Path | None,
    into: Path | None,
    settings: PrimSettings = PrimSettings(),  # noqa: B008
) -> Written:
    """Write every box, and save the stage whole or not at all.

    Args:
        results: At least one.
        world: Of the dataset; where it says nothing, its units are those of the stage.
        output: New stage to make, over a file that may be there; or None.
        into: Stage to write into; None exactly if `output` is given.
        settings: How to write.

    Raises:
        StageError: If a box cannot stand where it is asked for, or the stage cannot be saved.
    """
    assert results and (output is None) != (into is None)
    stage = open_stage(into) if into is not None else new_stage(output, world.units(WorldUnits()))  # type: ignore
    units = stage_units(stage)
    stage_from_source = target_from_source_world(units, world.units(units))
    names = box_names([(result.target.asset, result.target.label.name) for result in results])
    single = settings.prim is not None and len(results) == 1
    scope = settings.prim or default_scope(stage)
    options = PrimOptions(settings.rotation, settings.purpose, settings.reset_xform_stack)
    prims, siblings = [], []
    for result, name in zip(results, names, strict=True):
        path = scope if single else f"{scope.rstrip('/')}/{name}"
        frame, target_from_source = None, stage_from_source
        if settings.frame == "asset":
            on_stage = world.asset_prim if world.asset_prim and stage.GetPrimAtPath(world.asset_prim) else None
            pose = _asset_pose(result)
            frame = AssetFrame(None if on_stage else stage_from_source @ pose, on_stage)
            target_from_source = np.linalg.inv(pose)
        box, bounds = move_box(result.box, target_from_source, result.bounds)
        prim = write_box(stage, path, box, bounds=bounds, figures=prim_figures(result), options=options, asset=frame)
        if settings.animation:
            course = [_moved(step.box, target_from_source) for step in result.course]
            siblings.append(write_course(stage, prim, course, in_asset_frame=frame is not None))
        prims.append(str(prim.GetPath()))
    return Written(save_stage(stage, list(dict.fromkeys(siblings))), tuple(prims), units)


def prim_figures(result: ObjectResult) -> dict[str, Any]:
    """What a box prim tells about its origin and its quality; docs/prim.md says what each is."""
    return {
        "source": result.source.as_posix(),
        "asset": result.target.asset,
        "label": result.target.label.name,
        "labelId": result.target.label.id,
        "method": result.method,
        "renderer": result.renderer,
        "seed": result.seed,
        "views": len(result.views),
        "loss": result.course[-1].loss,
        "coverage": float(np.mean([figures.coverage for figures in result.views])),
        "iou": float(np.mean([figures.iou for figures in result.views])),
        "warnings": list(result.warnings),
    }


def _asset_pose(result: ObjectResult) -> np.ndarray:
    """Where the asset stands in the dataset's world, shape (4, 4)."""
    pose = result.evidence.world_from_asset
    name = result.target.asset or result.name
    if pose is None:
        raise StageError(
            f"the views do not say where {name} stands: write its box in the world's frame (--frame world)"
        )
    if uniform_scale(pose) is None:
        raise StageError(
            f"{name} is scaled unevenly, so a box in its frame is no box in the world: write it in the world's frame "
            "(--frame world)"
        )
    return pose


def _moved(box: Box, target_from_source: np.ndarray) -> Box:
    return move_box(box, target_from_source)[0]
