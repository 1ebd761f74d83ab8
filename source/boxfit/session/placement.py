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
from boxfit.session.results import ObjectResult, object_name
from boxfit.session.source import SourceWorld
from boxfit.settings import PrimSettings
from boxfit.usd.cube import box_place, check_box, write_box
from boxfit.usd.edit import EditRecorder, StageEdit
from boxfit.usd.frames import AssetFrame
from boxfit.usd.history import check_history, remove_history, write_history
from boxfit.usd.paths import box_paths
from boxfit.usd.stage import WorldUnits, check_editable, stage_file, stage_units, target_from_source_world
from boxfit.usd.xforms import overridden, read_ops
from boxfit.views.dataset import LabelledObject


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


def check_places(
    stage: Any,
    objects: Sequence[LabelledObject],
    world: SourceWorld,
    settings: PrimSettings = PrimSettings(),
) -> None:
    """Refuse, before any work is done, what `place_boxes` would refuse; the stage stays as it is.

    Args:
        stage: Stage to write to, `Usd.Stage`.
        objects: The objects to be fitted.
        world: Of the dataset.
        settings: How to write.

    Raises:
        StageError: If a box cannot stand where it is asked for, or its history not be written.
    """
    check_editable(stage)
    for labelled, path in _paths(stage, objects, settings).items():
        frame = None
        if settings.frame == "asset":
            # Any of its poses says whether the asset's frame can hold a box: those of all views have the same scale.
            poses = (view.pose_of(labelled.label) for view in labelled.views)
            pose = next((pose for pose in poses if pose is not None), None)
            frame = _frame(stage, world, _checked_pose(pose, labelled))
        place = check_box(stage, path, settings, frame)
        if settings.animation:
            check_history(stage, place)


def place_boxes(
    stage: Any,
    results: Sequence[ObjectResult],
    world: SourceWorld,
    settings: PrimSettings = PrimSettings(),
    objects: Sequence[LabelledObject] = (),
) -> Placed:
    """Write every box to an open stage, in memory only.

    Args:
        stage: Stage to write to, `Usd.Stage`, with or without a file.
        results: At least one.
        world: Of the dataset; where it says nothing, its units are those of the stage.
        settings: How to write.
        objects: All objects that were to be fitted, so that a box stands where it would if none of them had failed;
            by default those of the results.

    Raises:
        StageError: If a box cannot stand where it is asked for, or its history not be written; then the stage is as it
            was before.
    """
    assert results
    units, file = stage_units(stage), stage_file(stage)
    stage_from_source = target_from_source_world(units, world.units(units))
    places = _paths(stage, objects or [result.labelled for result in results], settings)
    warnings = _units_warning(file.name if file else "the open stage", units, world)
    prims = []
    with EditRecorder(stage) as recorder:
        for result in results:
            path, frame, target_from_source = places[result.labelled], None, stage_from_source
            if settings.frame == "asset":
                pose = _checked_pose(result.observations.world_from_asset, result.labelled)
                frame = _frame(stage, world, pose)
                target_from_source = np.linalg.inv(pose)
            place = box_place(stage, path, frame)
            recorder.watch_box(place, in_frame=frame is not None)
            box, bounds = move_box(result.box, target_from_source, result.bounds)
            figures = provenance_of(result, file.parent if file else None, warnings)
            prim = write_box(stage, path, box, bounds=bounds, figures=figures, settings=settings, asset=frame)
            if settings.animation:
                history = [move_box(step.box, target_from_source)[0] for step in result.history]
                write_history(stage, prim, history, in_asset_frame=frame is not None)
            else:
                remove_history(stage, prim)
            prims.append(prim)
    paths, ops = tuple(str(prim.GetPath()) for prim in prims), tuple(read_ops(prim) for prim in prims)
    if settings.rotation == "xyz" and (kept := [path for path, one in zip(paths, ops, strict=True) if "orient" in one]):
        warnings += (f"{', '.join(kept)} keeps its rotation op orient: for rotateXYZ delete the prim, or name another",)
    warnings += tuple(text for prim in prims for text in overridden(prim))
    return Placed(paths, ops, units, warnings, recorder.edit)


def provenance_of(result: ObjectResult, folder: Path | None, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """What a box prim tells about its origin and its quality; docs/prim.md says what each is.

    Args:
        result: The fitted object.
        folder: That of the stage, which the source's path is relative to; None where the stage has no file.
        warnings: Those of writing it, beside the result's own.
    """
    return {
        "source": relative_posix(result.source, folder) if folder else result.source.resolve().as_posix(),
        "asset": result.labelled.asset,
        "label": result.labelled.label.name,
        "labelId": result.labelled.label.id,
        "method": result.method,
        "renderer": result.renderer,
        "seed": result.seed,
        "views": len(result.views),
        "chosen": result.choice.chosen if result.choice else None,
        "loss": result.history[-1].loss,
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


def _paths(stage: Any, objects: Sequence[LabelledObject], settings: PrimSettings) -> dict[LabelledObject, str]:
    """Where each object's box goes."""
    paths = box_paths(stage, [(labelled.asset, labelled.label.name) for labelled in objects], settings.prim)
    return dict(zip(objects, paths, strict=True))


def _frame(stage: Any, world: SourceWorld, pose: np.ndarray) -> AssetFrame:
    """The frame of an asset that stands somewhere in the dataset's world: beside its prim, if that is on the stage."""
    if world.asset_prim and stage.GetPrimAtPath(world.asset_prim):
        return AssetFrame(prim_path=world.asset_prim)
    units = stage_units(stage)
    return AssetFrame(target_from_source_world(units, world.units(units)) @ pose)


def _checked_pose(pose: np.ndarray | None, labelled: LabelledObject) -> np.ndarray:
    """Where an asset stands in the dataset's world, shape (4, 4)."""
    name = object_name(labelled)
    if pose is None:
        raise StageError(f"the views do not say where {name} stands: write its box in the world's frame (frame world)")
    if uniform_scale(pose) is None:
        raise StageError(
            f"{name} is scaled unevenly, so a box in its frame is no box in the world: write it in the world's frame "
            "(frame world)"
        )
    return pose
