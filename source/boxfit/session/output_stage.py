"""The stage on disk that boxes are written to: a new one, or one that exists; whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxfit.errors import StageError
from boxfit.session.placement import check_places, place_boxes
from boxfit.session.results import ObjectResult
from boxfit.session.source import SourceWorld
from boxfit.settings import PrimSettings
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import WorldUnits, check_writable, new_stage, open_stage, reload_stage, unnamed_stage
from boxfit.views.dataset import LabelledObject


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


class OutputStage:
    """The stage that boxes are written to, checked before any work is done for it.

    Attributes:
        path: Its file.
        is_new: Whether it is made; else it is updated.
        force: Whether a new one may replace a file.
    """

    def __init__(self, path: Path, *, is_new: bool, force: bool = False) -> None:
        """Refuse a stage that could not be written; an existing one is opened.

        Args:
            path: Its file.
            is_new: Whether to make it.
            force: Whether a new one may replace a file.

        Raises:
            StageError: If a new one exists and `force` is not given, if an existing one is no stage, or if one may not
                write there.
        """
        self.path, self.is_new, self.force = path, is_new, force
        self._stage: Any = None
        if is_new:
            check_new_stage(path, force, "write into it (into)")
        else:
            self._stage = open_stage(path)
            check_writable(path)

    @property
    def option(self) -> str:
        """The argument that asks for it: "output" or "into"."""
        return "output" if self.is_new else "into"

    @property
    def replaced(self) -> dict[str, Path]:
        """The file that is replaced as a whole, by the argument that asks for it; one that is updated is none."""
        return {self.option: self.path} if self.is_new else {}

    def check_places(self, objects: Sequence[LabelledObject], world: SourceWorld, settings: PrimSettings) -> None:
        """Refuse, before any fit, places where no box can stand.

        Args:
            objects: The objects to be fitted.
            world: Of the dataset.
            settings: How to write.

        Raises:
            StageError: If a box cannot stand where it is asked for, or its history not be written.
        """
        # A new stage is not made for this: it would take the place of one that is in memory.
        check_places(self._stage or unnamed_stage(world.units(WorldUnits())), objects, world, settings)

    def write(
        self,
        results: Sequence[ObjectResult],
        world: SourceWorld,
        settings: PrimSettings = PrimSettings(),
        objects: Sequence[LabelledObject] = (),
    ) -> Written:
        """Write every box, and save the stage whole or not at all.

        Args:
            results: At least one.
            world: Of the dataset; where it says nothing, its units are those of the stage.
            settings: How to write.
            objects: As for `place_boxes`.

        Raises:
            StageError: If a box cannot stand where it is asked for, or the stage cannot be saved.
        """
        if self.is_new:
            check_new_stage(self.path, self.force, "write into it (into)")
            stage = new_stage(self.path, world.units(WorldUnits()))
        else:
            stage = self._stage
            reload_stage(stage)
        placed = place_boxes(stage, results, world, settings, objects)
        assumed = (world.assumed,) if self.is_new and world.assumed else ()
        return Written(save_stage(stage), placed.prims, placed.ops, placed.units, (*placed.warnings, *assumed))


def check_new_stage(path: Path, force: bool, otherwise: str = "name another stage") -> None:
    """Refuse, before any work is done, a new stage that could not be written.

    Args:
        path: Stage to make.
        force: Whether it may replace a file.
        otherwise: What to do instead of replacing one.

    Raises:
        StageError: If it exists and `force` is not given, or one may not write there.
    """
    check_writable(path)
    if path.exists() and not force:
        raise StageError(f"{path} exists: overwrite it (force), or {otherwise}")
