"""Stage on disk to which boxes are written, new or existing, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boxfit.errors import StageError
from boxfit.files.drafts import Drafts, FileState, file_state
from boxfit.files.paths import server_address
from boxfit.geometry.units import WorldUnits
from boxfit.session.placement import Placed, check_places, place_boxes
from boxfit.session.results import ObjectResult
from boxfit.session.source import SourceWorld
from boxfit.settings import PrimSettings
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import check_writable, new_stage, open_stage, stage_file, unnamed_stage, update_from_disk
from boxfit.usd.units import stage_units
from boxfit.views.dataset import LabelledObject


@dataclass(frozen=True)
class Written:
    """Boxes written to a stage on disk.

    Attributes:
        stage: File of the stage.
        prims: Path of each object's box prim, in the order of the results.
        ops: Values of each prim's transform ops, in the frame of its parent; see `boxfit.usd.xforms.read_ops`.
        units: Up axis and unit of the stage.
        warnings: Assumptions that were made.
    """

    stage: Path
    prims: tuple[str, ...]
    ops: tuple[Mapping[str, list[float]], ...]
    units: WorldUnits
    warnings: tuple[str, ...] = ()


class OpenStage:
    """Stage that is open in this process, to which boxes are written in memory; saving it is left to its owner."""

    replaced: Mapping[str, Path] = {}

    def __init__(self, stage: Any) -> None:
        self._stage = stage
        self._placed: Placed | None = None

    @property
    def up_axis(self) -> str:
        """Up axis of the stage."""
        return stage_units(self._stage).up_axis

    def check_places(self, objects: Sequence[LabelledObject], world: SourceWorld, settings: PrimSettings) -> None:
        """Check before any fit that the boxes can be written at their paths; see `OutputStage.check_places`."""
        check_places(self._stage, objects, world, settings)

    def write(
        self, results: Sequence[ObjectResult], world: SourceWorld, settings: PrimSettings, objects: Any, drafts: Any
    ) -> Written:
        """Write every box in the stage's edit target, or none; `drafts` has no part in it. See `OutputStage.write`."""
        self._placed = placed = place_boxes(self._stage, results, world, settings, objects)
        file = stage_file(self._stage) or Path(self._stage.GetRootLayer().identifier)
        return Written(file, placed.prims, placed.ops, placed.units, placed.warnings)

    def undo(self) -> None:
        """Take back what was written."""
        if self._placed is not None:
            self._placed.edit.undo()

    def note_saved(self) -> None:
        """Do nothing: the stage was not saved."""


class OutputStage:
    """Stage to which boxes are written, checked before any other work.

    Attributes:
        path: File of the stage.
        is_new: True to make a new stage, False to update an existing one.
        force: True if a new stage may replace a file.
    """

    def __init__(self, path: Path, *, is_new: bool, force: bool = False) -> None:
        """Check that the stage can be written, and open an existing one.

        Args:
            path: File of the stage.
            is_new: True to make a new stage.
            force: True if a new stage may replace a file.

        Raises:
            StageError: If a new stage exists and `force` is not given, an existing file is not a stage, or the file
                cannot be written.
        """
        self.path, self.is_new, self.force = path, is_new, force
        if address := server_address(path):
            raise StageError(f"{address} is on a server: name a stage on this machine")
        self._stage: Any = None
        self._placed: Placed | None = None
        if is_new:
            check_new_stage(path, force, "write into it (into)")
        else:
            self._seen = file_state(path)
            self._stage = open_stage(path)
            check_writable(path)

    def __repr__(self) -> str:
        return f"OutputStage({self.path.as_posix()!r}, is_new={self.is_new}, force={self.force})"

    @property
    def option(self) -> str:
        """Argument that names the stage: "output" or "into"."""
        return "output" if self.is_new else "into"

    @property
    def up_axis(self) -> str | None:
        """Up axis of an existing stage; None for a new one, which has that of the dataset."""
        return None if self.is_new else stage_units(self._stage).up_axis

    @property
    def replaced(self) -> dict[str, Path]:
        """File that is replaced as a whole, by the argument that names it; empty for a stage that is updated."""
        return {self.option: self.path} if self.is_new else {}

    def check_places(self, objects: Sequence[LabelledObject], world: SourceWorld, settings: PrimSettings) -> None:
        """Check before any fit that the boxes can be written at their paths.

        Args:
            objects: Objects to fit.
            world: World of the dataset.
            settings: Settings of the prims.

        Raises:
            StageError: If a box or its history cannot be written at its path.
        """
        # A new stage is not made for this check: it would replace one of the same name in memory.
        check_places(self._stage or unnamed_stage(world.units(WorldUnits())), objects, world, settings)

    def write(
        self,
        results: Sequence[ObjectResult],
        world: SourceWorld,
        settings: PrimSettings = PrimSettings(),
        objects: Sequence[LabelledObject] = (),
        drafts: Drafts | None = None,
    ) -> Written:
        """Write every box, and save the stage whole or not at all.

        What another program has saved to an existing stage meanwhile is read first, and stays.

        Args:
            results: At least one.
            world: World of the dataset; units that it does not state are those of the stage.
            settings: Settings of the prims.
            objects: As for `place_boxes`.
            drafts: Files to save the stage together with, when their block ends; None saves it at once.

        Raises:
            StageError: If a box cannot be written at its path, or USD cannot write the stage.
            OutputError: If the file cannot be replaced.
        """
        assumed: tuple[str, ...] = ()
        unsaved: tuple[str, ...] = ()
        placed: Placed | None = None
        try:
            with Drafts() if drafts is None else nullcontext(drafts) as together:
                together.lock(self.path)
                seen = None
                if self.is_new:
                    check_new_stage(self.path, self.force, "write into it (into)")
                    units, assumed = world.units(WorldUnits()), (world.assumed,) if world.assumed else ()
                    stage = new_stage(self.path, units)
                    world = replace(world, up_axis=units.up_axis)
                else:
                    stage, seen = self._stage, self._update()
                    if stage.GetRootLayer().dirty:
                        unsaved = (f"{self.path.name} was open here with unsaved changes, which were saved, too",)
                placed = place_boxes(stage, results, world, settings, objects, assumed)
                self._placed = None if self.is_new else placed
                file = save_stage(stage, drafts=together, new=self.is_new and not self.force, seen=seen)
        except BaseException:
            if placed is not None:
                placed.edit.undo()
            raise
        if drafts is None:
            self.note_saved()
        return Written(file, placed.prims, placed.ops, placed.units, (*placed.warnings, *unsaved))

    def undo(self) -> None:
        """Take back what was written, in memory: what it was to be saved together with has failed."""
        if self._placed is not None:
            self._placed.edit.undo()

    def note_saved(self) -> None:
        """Take an existing stage's file as it is after the drafts of `write` were put in place.

        What was saved is no unsaved change then, which a later update would have to keep.
        """
        if not self.is_new:
            self._stage.GetRootLayer().Reload(force=True)
            self._seen = file_state(self.path)

    def _update(self) -> FileState | None:
        """Read what another program has saved since the stage was opened; return the state of the file."""
        if not self.path.is_file():
            raise StageError(f"{self.path} is no longer there: nothing was written")
        root, seen = self._stage.GetRootLayer(), file_state(self.path)
        if seen != self._seen:
            if root.dirty:
                raise StageError(
                    f"{self.path} was changed by another program while it was open here with unsaved changes: saving "
                    "would undo one of them; open it again"
                )
            root.Reload(force=True)  # USD goes by the time alone.
        update_from_disk(self._stage)
        return seen


def check_new_stage(path: Path, force: bool, otherwise: str = "name another stage") -> None:
    """Check before any work that a new stage can be written.

    Args:
        path: Stage to make.
        force: True if it may replace a file.
        otherwise: Alternative to replacing a file, for the message.

    Raises:
        StageError: If it exists and `force` is not given, or cannot be written.
    """
    check_writable(path)
    if path.exists() and not force:
        raise StageError(f"{path} exists: overwrite it (force), or {otherwise}")
