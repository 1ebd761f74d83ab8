"""Boxes from a session to a stage on disk: whole or not at all, and never over what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxfit.errors import StageError
from boxfit.placement import check_places, place_boxes
from boxfit.results import ObjectResult
from boxfit.settings import PrimSettings
from boxfit.source import SourceWorld
from boxfit.usd.course_file import course_file
from boxfit.usd.saving import save_with_courses
from boxfit.usd.stage import WorldUnits, check_writable, new_stage, open_stage, unnamed_stage
from boxfit.views.dataset import Target


@dataclass(frozen=True)
class Written:
    """What is on disk now.

    Attributes:
        stage: File of the stage.
        prims: Path of each object's box prim, in the order of the results.
        ops: What each prim's transform ops hold, in the frame of its parent; see `boxfit.usd.xforms.read_ops`.
        units: Up axis and unit of the stage.
        warnings: What was taken for granted.
    """

    stage: Path
    prims: tuple[str, ...]
    ops: tuple[Mapping[str, list[float]], ...]
    units: WorldUnits
    warnings: tuple[str, ...] = ()


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
        check_new_stage(source, output, force, "write into it (into)")
    if into is not None:
        open_stage(into)
        check_writable(into)


def check_new_stage(source: Path, output: Path, force: bool, otherwise: str = "name another stage") -> None:
    """Refuse, before any work is done, a new stage that could not be written.

    Args:
        source: What is read.
        output: Stage to make.
        force: Whether it may replace a file.
        otherwise: What to do instead of replacing one.

    Raises:
        StageError: If it exists and `force` is not given, is what is read, or one may not write there.
    """
    check_writable(output)
    if output.resolve() == source.resolve():
        raise StageError(f"{output} is the source itself: {otherwise}")
    if output.exists() and not force:
        raise StageError(f"{output} exists: overwrite it (force), or {otherwise}")


def check_new_places(
    targets: Sequence[Target], world: SourceWorld, output: Path | None, into: Path | None, settings: PrimSettings
) -> None:
    """Refuse, before any work is done, places where no box can stand.

    Args:
        targets: The objects to be fitted.
        world: Of the dataset.
        output: New stage to make, or None.
        into: Stage to write into; None exactly if `output` is given.
        settings: How to write.

    Raises:
        StageError: If a box cannot stand where it is asked for, or its course not be written.
    """
    # A new stage is not made for this: it would take the place of one that is in memory.
    stage = unnamed_stage(world.units(WorldUnits())) if into is None else open_stage(into)
    check_places(stage, targets, world, settings, (output or into).resolve())  # type: ignore


def replaced_files(output: Path | None, into: Path | None) -> dict[str, Path]:
    """Files that writing the results may replace or remove, by what asks for them; `into` is updated."""
    if output is not None:
        return {"output": output, "the course beside output": course_file(output.resolve())}
    return {} if into is None else {"the course beside into": course_file(into.resolve())}


def write_results(
    results: Sequence[ObjectResult],
    world: SourceWorld,
    output: Path | None,
    into: Path | None,
    settings: PrimSettings = PrimSettings(),  # noqa: B008
    targets: Sequence[Target] = (),
) -> Written:
    """Write every box, and save the stage whole or not at all.

    Args:
        results: At least one.
        world: Of the dataset; where it says nothing, its units are those of the stage.
        output: New stage to make, over a file that may be there; or None.
        into: Stage to write into; None exactly if `output` is given.
        settings: How to write.
        targets: As for `place_boxes`.

    Raises:
        StageError: If a box cannot stand where it is asked for, or the stage cannot be saved.
    """
    assert (output is None) != (into is None)
    stage = open_stage(into) if into is not None else new_stage(output, world.units(WorldUnits()))  # type: ignore
    placed = place_boxes(stage, results, world, settings, targets)
    saved = save_with_courses(stage)
    assumed = (world.assumed,) if output is not None and world.assumed else ()
    return Written(saved, placed.prims, placed.ops, placed.units, (*placed.warnings, *assumed))
