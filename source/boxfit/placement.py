"""Boxes from a session to an open stage, in memory. All that holds `pxr` objects happens in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import StageError
from boxfit.files import relative_posix
from boxfit.geometry.similarity import move_box, uniform_scale
from boxfit.results import ObjectResult
from boxfit.settings import PrimSettings
from boxfit.source import SourceWorld
from boxfit.types import Box
from boxfit.usd.animation import write_course
from boxfit.usd.course_file import withdraw_course
from boxfit.usd.cube import PrimOptions, box_place, write_box
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.frames import AssetFrame
from boxfit.usd.paths import box_names, default_scope
from boxfit.usd.stage import WorldUnits, stage_file, stage_units, target_from_source_world
from boxfit.usd.xforms import read_ops


@dataclass(frozen=True, eq=False)
class Placed:
    """What stands on the stage now.

    Attributes:
        prims: Path of each object's box prim, in the order of the results.
        ops: What each prim's transform ops hold, in the frame of its parent; see `boxfit.usd.xforms.read_ops`.
        units: Up axis and unit of the stage.
        warnings: What was taken for granted.
        edit: Undoes it all, and makes it again.
    """

    prims: tuple[str, ...]
    ops: tuple[Mapping[str, list[float]], ...]
    units: WorldUnits
    warnings: tuple[str, ...]
    edit: StageEdit


def place_boxes(
    stage: Any,
    results: Sequence[ObjectResult],
    world: SourceWorld,
    settings: PrimSettings = PrimSettings(),  # noqa: B008
) -> Placed:
    """Write every box to an open stage, in memory only.

    Args:
        stage: Stage to write to, `Usd.Stage`, with or without a file.
        results: At least one.
        world: Of the dataset; where it says nothing, its units are those of the stage.
        settings: How to write.

    Raises:
        StageError: If a box cannot stand where it is asked for, or its course not be written; then the stage is as it
            was before.
    """
    assert results
    units, file = stage_units(stage), stage_file(stage)
    stage_from_source = target_from_source_world(units, world.units(units))
    names = box_names([(result.target.asset, result.target.label.name) for result in results])
    single = settings.prim is not None and len(results) == 1
    scope = settings.prim or default_scope(stage)
    options = PrimOptions(settings.rotation, settings.purpose, settings.reset_xform_stack)
    warnings = _units_warning(file.name if file else "the open stage", units, world)
    prims = []
    with EditRecorder(stage) as recorder:
        for result, name in zip(results, names, strict=True):
            path = scope if single else f"{scope.rstrip('/')}/{name}"
            frame, target_from_source = None, stage_from_source
            if settings.frame == "asset":
                on_stage = world.asset_prim if world.asset_prim and stage.GetPrimAtPath(world.asset_prim) else None
                pose = _asset_pose(result)
                frame = AssetFrame(None if on_stage else stage_from_source @ pose, on_stage)
                target_from_source = np.linalg.inv(pose)
            place = box_place(stage, path, frame)
            recorder.watch_box(place, in_frame=frame is not None, with_course=settings.animation)
            box, bounds = move_box(result.box, target_from_source, result.bounds)
            figures = prim_figures(result, file.parent if file else None, warnings)
            prim = write_box(stage, path, box, bounds=bounds, figures=figures, options=options, asset=frame)
            if settings.animation:
                course = [_moved(step.box, target_from_source) for step in result.course]
                write_course(stage, prim, course, in_asset_frame=frame is not None)
            else:
                withdraw_course(stage, prim)
            prims.append(prim)
    paths, ops = tuple(str(prim.GetPath()) for prim in prims), tuple(read_ops(prim) for prim in prims)
    if settings.rotation == "xyz" and (kept := [path for path, one in zip(paths, ops, strict=True) if "orient" in one]):
        warnings += (f"{', '.join(kept)} keeps its rotation op orient: for rotateXYZ delete the prim, or name another",)
    return Placed(paths, ops, units, warnings, recorder.edit)


def prim_figures(result: ObjectResult, folder: Path | None, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """What a box prim tells about its origin and its quality; docs/prim.md says what each is.

    Args:
        result: The fitted object.
        folder: That of the stage, which the source's path is relative to; None where the stage has no file.
        warnings: Those of writing it, beside the result's own.
    """
    return {
        "source": relative_posix(result.source, folder) if folder else result.source.resolve().as_posix(),
        "asset": result.target.asset,
        "label": result.target.label.name,
        "labelId": result.target.label.id,
        "method": result.method,
        "renderer": result.renderer,
        "seed": result.seed,
        "views": len(result.views),
        "chosen": result.choice.chosen if result.choice else None,
        "loss": result.course[-1].loss,
        "coverage": float(np.mean([figures.coverage for figures in result.views])),
        "iou": float(np.mean([figures.iou for figures in result.views])),
        "warnings": [*result.warnings, *warnings],
    }


def _units_warning(name: str, stage: WorldUnits, world: SourceWorld) -> tuple[str, ...]:
    """A word on units that the dataset does not state, where the stage's are not those that the generator usually has.

    Nothing else would tell a box that is a hundred times too large.
    """
    usual, missing = WorldUnits(), []
    if world.meters_per_unit is None and stage.meters_per_unit != usual.meters_per_unit:
        missing.append(("units", f"{stage.meters_per_unit:g} m", "source_units"))
    if world.up_axis is None and stage.up_axis != usual.up_axis:
        missing.append(("up axis", f"{stage.up_axis} up", "source_up"))
    if not missing:
        return ()
    names, values, settings = zip(*missing, strict=True)
    return (
        f"the dataset states no {' and no '.join(names)}: taken from {name} ({', '.join(values)}); "
        f"set {' and '.join(settings)} if its own differ",
    )


def _asset_pose(result: ObjectResult) -> np.ndarray:
    """Where the asset stands in the dataset's world, shape (4, 4)."""
    pose = result.evidence.world_from_asset
    name = result.target.asset or result.name
    if pose is None:
        raise StageError(f"the views do not say where {name} stands: write its box in the world's frame (frame world)")
    if uniform_scale(pose) is None:
        raise StageError(
            f"{name} is scaled unevenly, so a box in its frame is no box in the world: write it in the world's frame "
            "(frame world)"
        )
    return pose


def _moved(box: Box, target_from_source: np.ndarray) -> Box:
    return move_box(box, target_from_source)[0]
