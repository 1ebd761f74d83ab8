"""The commands BoxfitCreateBox and BoxfitImportViews: each is one step for Kit's undo."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import omni.kit.commands
import omni.usd

if TYPE_CHECKING:
    from boxfit.placement import Placed
    from boxfit.results import ObjectResult
    from boxfit.settings import PrimSettings
    from boxfit.source import Source, SourceWorld
    from boxfit.types import Edit
    from boxfit.view_placement import PlacedViews
    from boxfit.views.dataset import Target
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


class _StageChange(omni.kit.commands.Command):
    """Makes a change at the first `do`; Kit calls the same object's `undo`, and `do` once more to make it again.

    Where the change raises, the stage is as it was before, and `undo`, which Kit then calls, has nothing to do.
    """

    def __init__(self, context_name: str = "", edit: Edit | None = None) -> None:
        self._context_name = context_name
        self._edit = edit

    def do(self) -> Any:
        if self._edit is not None:
            self._edit.redo()
            return None
        made = self._make(open_stage(self._context_name))
        self._edit = made.edit
        return made

    def undo(self) -> None:
        if self._edit is not None:
            self._edit.undo()

    @abstractmethod
    def _make(self, stage: Usd.Stage) -> Any: ...


class BoxfitCreateBoxCommand(_StageChange):
    """Create a Cube for each box that was found, or update those that are there, in the stage's root layer.

    Gives a `boxfit.placement.Placed`, with the paths of the prims.

    Args:
        results: What a fit has found, `boxfit.ObjectResult`s.
        world: Of their dataset, `session.source.world`; by default its units are the stage's.
        settings: How to write, `boxfit.PrimSettings`.
        targets: All objects that were to be fitted, `session.dataset.targets`, so that a box stands where it would if
            none of them had failed; by default those of the results.
        context_name: Of the USD context.
        edit: A change that has been made already, with `undo` and `redo`; then nothing else is said.
    """

    def __init__(
        self,
        results: Sequence[ObjectResult] = (),
        world: SourceWorld | None = None,
        settings: PrimSettings | None = None,
        targets: Sequence[Target] = (),
        context_name: str = "",
        edit: Edit | None = None,
    ) -> None:
        super().__init__(context_name, edit)
        self._results, self._targets = results, targets
        self._world, self._settings = world, settings

    def _make(self, stage: Usd.Stage) -> Placed:
        from boxfit.errors import FitError
        from boxfit.placement import place_boxes
        from boxfit.settings import PrimSettings
        from boxfit.source import SourceWorld

        if not self._results:
            raise FitError("there is no box to write: results is empty")
        world, settings = self._world or SourceWorld(), self._settings or PrimSettings()
        return place_boxes(stage, self._results, world, settings, self._targets)


class BoxfitImportViewsCommand(_StageChange):
    """Write a dataset's views as cameras to the stage's root layer, so that the stage carries its own dataset.

    Images that are no files yet are saved beside the stage, as by `boxfit_kit.core.import_views`.

    Gives a `boxfit.view_placement.PlacedViews`, with the paths of the cameras.

    Args:
        source: Folder of views, which is read at once while nothing is drawn, or a `boxfit.source.Source` that was read
            before; `boxfit_kit.core.import_views` does that without making Kit wait. Not optional without `edit`.
        path: Prim that the cameras go under.
        context_name: Of the USD context.
        edit: A change that has been made already, with `undo` and `redo`; then nothing else is said.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Source | None = None,
        path: str = "/World/Views",
        context_name: str = "",
        edit: Edit | None = None,
    ) -> None:
        super().__init__(context_name, edit)
        self._source, self._path = source, path

    def _make(self, stage: Usd.Stage) -> PlacedViews:
        from pathlib import Path

        from boxfit.errors import DatasetError
        from boxfit.settings import InputSettings
        from boxfit.source import Source, read_source
        from boxfit.usd.stage import local_file
        from boxfit.view_placement import NAMED_RELATIVE, check_views, place_views
        from boxfit.views.new_folder import free_folder
        from boxfit.views.saved_images import masks_folder, save_images

        source = self._source
        if not source:
            raise DatasetError("there is nothing to import: name a folder of views (source)")
        read = source if isinstance(source, Source) else read_source(Path(source), InputSettings())
        file = local_file(stage, NAMED_RELATIVE)
        check_views(stage, read.dataset, self._path, read.world)
        dataset = save_images(read.dataset, free_folder(masks_folder(file)))
        return place_views(stage, dataset, self._path, read.world)


COMMANDS = (BoxfitCreateBoxCommand, BoxfitImportViewsCommand)


def register() -> None:
    """Make the commands known to Kit."""
    for command in COMMANDS:
        omni.kit.commands.register(command)


def unregister() -> None:
    """Take them back."""
    for command in COMMANDS:
        omni.kit.commands.unregister(command)


class _MadeAlready:
    """An edit that stands on the stage when Kit first asks for it.

    Attributes:
        is_new: Whether Kit has not taken it yet: what `execute` gives does not always say.
        stands: Whether it is on the stage: Kit undoes a command where somebody who is told of it fails.
    """

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self.is_new = self.stands = True

    def undo(self) -> None:
        self._edit.undo()
        self.stands = False

    def redo(self) -> None:
        if not self.is_new:
            self._edit.redo()
        self.is_new, self.stands = False, True


def perform(make: Callable[[], Edit], command: str = "BoxfitCreateBox") -> None:
    """Change a stage in one step that Kit's undo takes back.

    Unlike a change that is made inside of a command, one that fails is raised and not only logged, and Kit's history
    keeps nothing of what it was made from.

    Args:
        make: Makes the change.
        command: Under which command it goes onto the undo stack.

    Raises:
        BoxfitError: What `make` raises; or if Kit refuses the command. Then nothing was changed.
    """
    from boxfit.errors import StageError

    edit = _MadeAlready(make())
    omni.kit.commands.execute(command, edit=edit)
    # Kit says that a command has failed, too, where someone who watches the undo stack has.
    if edit.is_new:
        edit.is_new = False
        edit.undo()
    if not edit.stands:
        raise StageError(f"Kit has not taken the command {command}, see its log: the stage is as it was before")
