"""Undoable commands of Kit: BoxfitCreateBox and BoxfitImportViews."""

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
    from boxfit.settings import InputSettings, PrimSettings
    from boxfit.views.dataset import LabelledObject
    from pxr import Usd


def open_stage(context_name: str = "") -> Usd.Stage:
    """Return the open stage of a USD context.

    Raises:
        StageError: If no stage is open.
    """
    from boxfit.errors import StageError

    context = omni.usd.get_context(context_name)
    stage = context.get_stage() if context is not None else None
    if stage is None:
        raise StageError("no stage is open: open one, or make a new one")
    return stage


class Change:
    """A change of a stage, which a command makes, undoes and makes again.

    Args:
        label: Name of the step, as in "Undo Fit a box".
        make: Makes the change, and returns a result with an `edit`. It is released afterwards, as Kit's history keeps
            commands.

    Attributes:
        made: Result of `make`, usually a `boxfit.session.placement.Placed`, or None.
        stands: True while the change is on the stage.
        error: Exception of `make`, or None; the stage is then unchanged, and redo tries again.
    """

    def __init__(self, label: str, make: Callable[[], Any]) -> None:
        self.label = label
        self.made: Any = None
        self.stands = False
        self.error: Exception | None = None
        self._make: Callable[[], Any] | None = make

    def do(self) -> Any:
        """Make the change."""
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
        """Undo the change; does nothing if it failed, as Kit calls this then too."""
        if self.made is not None:
            self.made.edit.undo()
        self.stands = False


class _ChangeCommand(omni.kit.commands.Command):
    """Command that makes a change."""

    def __init__(self, change: Change) -> None:
        self.change = change

    def do(self) -> Any:
        return self.change.do()

    def undo(self) -> None:
        self.change.undo()


class BoxfitCreateBoxCommand(_ChangeCommand):
    """Create a Cube for each fitted box, or update existing ones, in the stage's root layer.

    The result is a `boxfit.session.placement.Placed`, with the paths of the prims.

    Args:
        results: Results of a fit, `boxfit.ObjectResult`s.
        world: Of their dataset, `session.source.world`; by default its units are the stage's.
        settings: Settings of the prims, `boxfit.PrimSettings`.
        objects: All objects of the fit, also failed ones, which determine the default paths: `session.dataset.objects`;
            by default those of the results.
        context_name: Of the USD context.
        change: The change, in place of all other arguments; see `perform`.
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
    """Write a dataset's views as cameras to the stage's root layer, so that the stage contains its dataset.

    Images that are not files yet are saved beside the stage, as by `boxfit_kit.core.import_views`.

    The result is a `boxfit.session.view_placement.PlacedViews`, with the paths of the cameras.

    Args:
        source: Folder of views in any format that boxfit reads, or its JSON file, which is read while Kit waits, or a
            `boxfit.Source`; required. `boxfit_kit.core.import_views` reads without making Kit wait.
        path: Parent prim of the cameras.
        settings: Format and masks of the folder, and what it does not state, `boxfit.InputSettings`.
        context_name: Of the USD context.
        change: The change, in place of all other arguments; see `perform`.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Source | None = None,
        path: str = "/World/Views",
        settings: InputSettings | None = None,
        context_name: str = "",
        change: Change | None = None,
    ) -> None:
        super().__init__(change or Change("Import views", lambda: _place_views(source, path, settings, context_name)))


def _place_views(
    source: str | os.PathLike[str] | Source | None, path: str, settings: InputSettings | None, context_name: str
) -> PlacedViews:
    from pathlib import Path

    from boxfit.errors import DatasetError
    from boxfit.session.reading import read_source
    from boxfit.session.source import Source
    from boxfit.session.view_placement import ViewsImport
    from boxfit.settings import InputSettings

    settings = settings or InputSettings()
    if not source:
        raise DatasetError("there is nothing to import: name a folder of views (source)")
    stage = open_stage(context_name)
    read = source if isinstance(source, Source) else read_source(Path(source), settings)
    views = ViewsImport(stage, read.with_overrides(settings), path)
    views.save_images()
    return views.place(stage)


COMMANDS = (BoxfitCreateBoxCommand, BoxfitImportViewsCommand)


def register() -> None:
    """Register the commands with Kit."""
    for command in COMMANDS:
        omni.kit.commands.register(command)


def unregister() -> None:
    """Unregister the commands."""
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
    # Kit also reports a command as failed if a subscriber of the undo stack raises.
    omni.kit.commands.execute(command, change=change)
    if change.error is not None:
        raise change.error
    if not change.stands:
        raise StageError(f"Kit has not taken the command {command}, see its log: the stage is as it was before")
    return change.made
