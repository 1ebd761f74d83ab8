"""Placement of a session's boxes on an open stage, in memory. No `pxr` objects are kept between calls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import StageError
from boxfit.files.paths import relative_posix
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.similarity import move_box, uniform_scale
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.session.results import ObjectResult, object_name
from boxfit.session.source import SourceWorld
from boxfit.session.verdict import judgement_of
from boxfit.session.wording import size_text, unit_of
from boxfit.settings import PrimSettings
from boxfit.usd.cube import box_place, check_box, write_box
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.frames import AssetFrame, can_follow
from boxfit.usd.history import check_history, remove_history, write_history
from boxfit.usd.paths import box_paths
from boxfit.usd.stage import check_editable, stage_file, usd_errors
from boxfit.usd.units import stage_units
from boxfit.usd.xforms import overridden, read_ops
from boxfit.views.dataset import LabelledObject


@dataclass(frozen=True, eq=False)
class Placed:
    """Boxes placed on an open stage.

    Attributes:
        prims: Path of each object's box prim, in the order of the results.
        ops: Values of each prim's transform ops, in the frame of its parent; see `boxfit.usd.xforms.read_ops`.
        units: Up axis and unit of the stage.
        warnings: Assumptions that were made.
        edit: The change of the stage, for undo and redo.
    """

    prims: tuple[str, ...]
    ops: tuple[Mapping[str, list[float]], ...]
    units: WorldUnits
    warnings: tuple[str, ...]
    edit: StageEdit

    __repr__ = brief_repr


def check_places(
    stage: Any,
    objects: Sequence[LabelledObject],
    world: SourceWorld,
    settings: PrimSettings = PrimSettings(),
) -> None:
    """Check before any work, without changing the stage, that `place_boxes` can succeed.

    Args:
        stage: Stage to write to, `Usd.Stage`.
        objects: Objects to fit.
        world: World of the dataset.
        settings: Settings of the prims.

    Raises:
        StageError: If a box or its history cannot be written at its path.
    """
    check_editable(stage)
    stage_units(stage)
    with usd_errors(stage):
        for labelled, path in _paths(stage, objects, settings).items():
            frame = None
            if settings.frame == "asset":
                # Any pose will do: only its scale matters, which is the same in all views.
                poses = (view.pose_of(labelled.label) for view in labelled.views)
                pose = next((pose for pose in poses if pose is not None), None)
                frame = _frame(stage, world, labelled, _checked_pose(pose, labelled))
            place = check_box(stage, path, settings, frame)
            if settings.animation:
                check_history(stage, place)


def place_boxes(
    stage: Any,
    results: Sequence[ObjectResult],
    world: SourceWorld,
    settings: PrimSettings = PrimSettings(),
    objects: Sequence[LabelledObject] = (),
    warnings: tuple[str, ...] = (),
) -> Placed:
    """Write every box to an open stage, in memory only.

    Args:
        stage: Stage to write to, `Usd.Stage`, with or without a file.
        results: At least one.
        world: World of the dataset; units that it does not state are those of the stage.
        settings: Settings of the prims.
        objects: All objects to fit, including failed ones, so that a box's path does not depend on failures; by
            default those of the results.
        warnings: Warnings for each prim about what is written.

    Raises:
        StageError: If a box or its history cannot be written at its path; the stage is then unchanged.
    """
    assert results
    units, file = stage_units(stage), stage_file(stage)
    stage_from_source = target_from_source_world(units, world.units(units))
    places = _paths(stage, objects or [result.labelled for result in results], settings)
    warnings += _units_warning(file.name if file else "the open stage", units, world)
    # The unit of a new stage may be an assumption, which a size must not state.
    unit = unit_of(units.meters_per_unit) if world.meters_per_unit or world.has_usual else ""
    prims = []
    with usd_errors(stage), EditRecorder(stage) as recorder:
        for result in results:
            path, frame, target_from_source = places[result.labelled], None, stage_from_source
            if settings.frame == "asset":
                pose = _checked_pose(result.observations.world_from_asset, result.labelled)
                frame = _frame(stage, world, result.labelled, pose)
                target_from_source = np.linalg.inv(pose)
            place = box_place(stage, path, frame)
            recorder.watch_box(place, in_frame=frame is not None)
            box, bounds = move_box(result.box, target_from_source, result.bounds)
            figures = provenance_of(result, file.parent if file else None, warnings)
            likely, _ = move_box(result.likely, target_from_source)
            prim = write_box(
                stage,
                path,
                box,
                bounds=bounds,
                likely=likely,
                figures=figures,
                size_text=lambda size: size_text(size, unit),
                settings=settings,
                asset=frame,
            )
            if settings.animation:
                history = [move_box(step.box, target_from_source)[0] for step in result.history]
                write_history(stage, prim, history, in_asset_frame=frame is not None)
            else:
                remove_history(stage, prim)
            prims.append(prim)
    paths, ops = tuple(str(prim.GetPath()) for prim in prims), tuple(read_ops(prim) for prim in prims)
    oriented = [path for path, values in zip(paths, ops, strict=True) if "orient" in values]
    if settings.rotation == "xyz" and oriented:
        names = ", ".join(oriented)
        warnings += (f"{names} keeps its rotation op orient: for rotateXYZ delete the prim, or name another",)
    warnings += tuple(text for prim in prims for text in overridden(prim))
    return Placed(paths, ops, units, warnings, recorder.edit)


def provenance_of(result: ObjectResult, folder: Path | None, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Return the provenance and quality figures of a box prim; docs/prim.md describes them.

    Args:
        result: The fitted object.
        folder: Folder of the stage, to which the source's path is relative; None if the stage has no file.
        warnings: Warnings about writing, in addition to the result's own.
    """
    return {
        "source": _source_name(result.source, folder),
        "asset": result.labelled.asset,
        "label": result.labelled.label.name,
        "labelId": result.labelled.label.id,
        "prim": result.labelled.label.prim or None,
        "verdict": judgement_of(result)[1],
        "method": result.method,
        "extent": result.extent,
        "alignment": result.alignment,
        "renderer": result.renderer,
        "seed": result.seed,
        "views": len(result.views),
        "chosen": result.choice.chosen if result.choice else None,
        "loss": float(f"{result.history[-1].loss:.4g}") if result.renderer else None,
        "coverage": _mean_share([figures.coverage for figures in result.views]),
        "iou": _mean_share([figures.iou for figures in result.views]),
        "warnings": [*result.warnings, *warnings],
    }


def _mean_share(shares: Sequence[float]) -> float:
    """Return the mean with four decimals, rounded down, so that only a full share is 1."""
    return math.floor(float(np.mean(shares)) * 1e4 + 1e-3) / 1e4


def _source_name(source: Path | None, folder: Path | None) -> str | None:
    if source is None:
        return None
    return relative_posix(source, folder) if folder else source.resolve().as_posix()


def _units_warning(name: str, stage: WorldUnits, world: SourceWorld) -> tuple[str, ...]:
    """Return a warning if the dataset does not state its units and the stage's are not the generator's usual ones.

    Otherwise a box that is a hundred times too large would go unnoticed.
    """
    usual, missing = WorldUnits(), []
    if world.meters_per_unit is None and stage.meters_per_unit != usual.meters_per_unit:
        missing.append(("units", f"{stage.meters_per_unit:g} m", "source_units"))
    if world.up_is_unknown or (world.up_axis is None and stage.up_axis != usual.up_axis):
        missing.append(("up axis", f"{stage.up_axis} up", "source_up"))
    if not missing:
        return ()
    names, values, settings = zip(*missing, strict=True)
    return (
        f"the dataset states no {' and no '.join(names)}: taken from {name} ({', '.join(values)}); "
        f"state its own where they differ ({', '.join(settings)})",
    )


def _paths(stage: Any, objects: Sequence[LabelledObject], settings: PrimSettings) -> dict[LabelledObject, str]:
    """Return the prim path of each object's box."""
    paths = box_paths(stage, [(labelled.asset, labelled.label.name) for labelled in objects], settings.prim)
    return dict(zip(objects, paths, strict=True))


def _frame(stage: Any, world: SourceWorld, labelled: LabelledObject, pose: np.ndarray) -> AssetFrame:
    """Return the frame of an asset with a pose in the dataset's world: its prim's frame, if it is on the stage.

    The prim is that of the asset, or the one that carries the object's label.
    """
    for path in filter(None, (world.asset_prim, labelled.label.prim)):
        if can_follow(stage, path):
            return AssetFrame(prim_path=path)
    units = stage_units(stage)
    return AssetFrame(target_from_source_world(units, world.units(units)) @ pose)


def _checked_pose(pose: np.ndarray | None, labelled: LabelledObject) -> np.ndarray:
    """Return an asset's pose in the dataset's world, shape (4, 4), or raise if it cannot carry a box."""
    name = object_name(labelled)
    if pose is None:
        raise StageError(f"the views state no pose of {name}: write its box in the world's frame (frame world)")
    if uniform_scale(pose) is None:
        raise StageError(
            f"{name} is scaled unevenly, so a box in its frame is no box in the world: write it in the world's frame "
            "(frame world), or fit it by itself (skip)"
        )
    return pose
