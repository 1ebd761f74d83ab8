"""The commands BoxfitCreateBox and BoxfitImportViews: each is one step for Kit's undo."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import omni.kit.commands
import omni.usd

if TYPE_CHECKING:
    from boxfit.session.placement import Placed
    from boxfit.session.results import ObjectResult
    from boxfit.session.source import Source, SourceWorld
    from boxfit.session.view_placement import PlacedViews
    from boxfit.settings import PrimSettings
    from boxfit.views.dataset import LabelledObject
    from pxr import Usd


def open_stage(context_name: str = "") -> Usd.Stage:
    """The stage that is open in a USD context.

    Raises:
        StageError: If there is none.
    """
    from boxfit.errors import StageError

    context = omni.usd.get_context(context_name)
    stage = context.get_stage() if context is not None else None
    if stage is None:
        raise StageError("no stage is open: open one, or make a new one")
    return stage


class Change:
    """A change of a stage: made when Kit does its command for the first time, taken back and made again by the same.

    Args:
        label: Name of the step, as in "Undo Fit a box".
        make: Makes the change, and gives what has its `edit`. It is not kept: Kit's history holds on to commands.

    Attributes:
        made: What `make` gave, a `boxfit.session.placement.Placed` as a rule, or None.
        stands: Whether the change is on the stage.
        error: What `make` raised, or None; the stage is then as it was before, and to do it again tries once more.
    """

    def __init__(self, label: str, make: Callable[[], Any]) -> None:
        self.label = label
        self.made: Any = None
        self.stands = False
        self.error: Exception | None = None
        self._make: Callable[[], Any] | None = make

    def do(self) -> Any:
        """Make it."""
        if self._make is None:
            self.made.edit.redo()
        else:
            try:
                self.made = self._make()
            except Exception as error:
                self.error = error
                raise
            self._make, self.error = None, None
        self.stands = True
        return self.made

    def undo(self) -> None:
        """Take it back; Kit calls this too where it could not be made, and there is nothing to do."""
        if self.made is not None:
            self.made.edit.undo()
        self.stands = False


class _ChangeCommand(omni.kit.commands.Command):
    """Does a change."""

    def __init__(self, change: Change) -> None:
        self.change = change

    def do(self) -> Any:
        return self.change.do()

    def undo(self) -> None:
        self.change.undo()


class BoxfitCreateBoxCommand(_ChangeCommand):
    """Create a Cube for each box that was found, or update those that are there, in the stage's root layer.

    Gives a `boxfit.session.placement.Placed`, with the paths of the prims.

    Args:
        results: What a fit has found, `boxfit.ObjectResult`s.
        world: Of their dataset, `session.source.world`; by default its units are the stage's.
        settings: How to write, `boxfit.PrimSettings`.
        objects: All objects that were to be fitted, `session.dataset.objects`, so that a box stands where it would if
            none of them had failed; by default those of the results.
        context_name: Of the USD context.
        change: How to make the change, in place of all of these; see `perform`.
    """

    def __init__(
        self,
        results: Sequence[ObjectResult] = (),
        world: SourceWorld | None = None,
        settings: PrimSettings | None = None,
        objects: Sequence[LabelledObject] = (),
        context_name: str = "",
        change: Change | None = None,
    ) -> None:
        def make() -> Placed:
            from boxfit.errors import FitError
            from boxfit.session.placement import place_boxes
            from boxfit.session.source import SourceWorld
            from boxfit.settings import PrimSettings

            if not results:
                raise FitError("there is no box to write: results is empty")
            stage = open_stage(context_name)
            return place_boxes(stage, results, world or SourceWorld(), settings or PrimSettings(), objects)

        super().__init__(change or Change("Fit a box", make))


class BoxfitImportViewsCommand(_ChangeCommand):
    """Write a dataset's views as cameras to the stage's root layer, so that the stage carries its own dataset.

    Images that are no files yet are saved beside the stage, as by `boxfit_kit.core.import_views`.

    Gives a `boxfit.session.view_placement.PlacedViews`, with the paths of the cameras.

    Args:
        source: Folder of views, which is read at once while nothing is drawn, or a `boxfit.Source` that was read
            before; `boxfit_kit.core.import_views` does that without making Kit wait. Needed.
        path: Prim that the cameras go under.
        context_name: Of the USD context.
        change: How to make the change, in place of all of these; see `perform`.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Source | None = None,
        path: str = "/World/Views",
        context_name: str = "",
        change: Change | None = None,
    ) -> None:
        super().__init__(change or Change("Import views", lambda: _place_views(source, path, context_name)))


def _place_views(source: str | os.PathLike[str] | Source | None, path: str, context_name: str) -> PlacedViews:
    from pathlib import Path

    from boxfit.errors import DatasetError
    from boxfit.session.source import Source, read_source
    from boxfit.session.view_placement import ViewsImport

    if not source:
        raise DatasetError("there is nothing to import: name a folder of views (source)")
    stage = open_stage(context_name)
    read = source if isinstance(source, Source) else read_source(Path(source))
    views = ViewsImport(stage, read, path)
    views.save_images()
    return views.place(stage)


COMMANDS = (BoxfitCreateBoxCommand, BoxfitImportViewsCommand)


def register() -> None:
    """Make the commands known to Kit."""
    for command in COMMANDS:
        omni.kit.commands.register(command)


def unregister() -> None:
    """Take them back."""
    for command in COMMANDS:
        omni.kit.commands.unregister(command)


def perform(label: str, make: Callable[[], Any], command: str = "BoxfitCreateBox") -> Any:
    """Change a stage in one step that Kit's undo takes back; what goes wrong is raised, and not only logged.

    Args:
        label: Name of the step, as in "Undo Fit a box".
        make: Makes the change, and gives what has its `edit`.
        command: Which command does it.

    Returns:
        What `make` gave.

    Raises:
        BoxfitError: What `make` raises; or if Kit refuses the command. Then nothing was changed.
    """
    from boxfit.errors import StageError

    change = Change(label, make)
    # Kit also says that a command has failed where a watcher of the undo stack raises.
    omni.kit.commands.execute(command, change=change)
    if change.error is not None:
        raise change.error
    if not change.stands:
        raise StageError(f"Kit has not taken the command {command}, see its log: the stage is as it was before")
    return change.made
