"""Reading of sources: folders of views, and stages that name or carry a dataset."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError, StageError, list_names
from boxfit.files.paths import server_address
from boxfit.geometry.brief import brief_repr
from boxfit.session.source import Source, SourceWorld
from boxfit.settings import InputSettings
from boxfit.usd.instances import ManyInstancesError
from boxfit.usd.meshes import read_triangles, world_from_prim
from boxfit.usd.stage import STAGE_SUFFIXES, layer_files, missing_layers, open_stage, stage_file
from boxfit.views.dataset import Problem
from boxfit.views.folder import NoViewsError, read_folder
from boxfit.views.folder_listing import list_folder
from boxfit.views.stage import StageDataset, StageFacts, find_datasets, first_dataset, inspect_stage

_MOST_STAGES = 20
"""Number of stages in a folder up to which they are opened in search of a dataset; more are assets."""


@dataclass(frozen=True, eq=False)
class StageSurvey:
    """Information from an open stage for a source, whose files can then be read on any thread. Holds no `pxr` objects.

    Attributes:
        path: File of the stage, or, if it has none, the dataset's folder or source.
        stage_dataset: The stage's dataset, not yet read.
        facts: Information from the stage.
        world: Units of the dataset's world.
        layers: Files of the stage's layers.
        missing: Layers of the stage that cannot be found or read.
        triangles: Of the asset on the stage, in the stage's world, shape (n, 3, 3), or None.
        asset_from_world: Frame of that asset, shape (4, 4), or None.
        unread: Reason that the asset has too much geometry to read, or "".
    """

    path: Path
    stage_dataset: StageDataset
    facts: StageFacts
    world: SourceWorld
    layers: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()
    triangles: np.ndarray | None = None
    asset_from_world: np.ndarray | None = None
    unread: str = ""

    __repr__ = brief_repr

    def read(self, settings: InputSettings = InputSettings()) -> Source:
        """Read the dataset.

        Args:
            settings: Format and masks of a folder that the user names.

        Raises:
            DatasetError: If it cannot be used.
        """
        try:
            dataset = self.stage_dataset.read(settings)
        except DatasetError as error:
            raise _add_missing_layers(error, self.path, self.missing) from error
        faults = (_describe_missing(self.missing) if self.missing else "", self.unread)
        problems = tuple(Problem(str(self.path), fault) for fault in faults if fault)
        dataset = replace(dataset, problems=(*problems, *dataset.problems))
        assets = {labelled.asset for labelled in dataset.objects}
        # If there are several assets, the stage holds only one of them, and views may show another.
        geometry = self._asset_points() if len(assets) == 1 else None
        stated = replace(
            self.world,
            up_axis=dataset.up_axis or self.world.up_axis,
            meters_per_unit=dataset.meters_per_unit or self.world.meters_per_unit,
        )
        return Source(self.path, dataset, stated, self.facts, geometry, self.layers)

    def _asset_points(self) -> np.ndarray | None:
        if self.triangles is None or self.asset_from_world is None:
            return None
        points = np.unique(self.triangles.reshape(-1, 3), axis=0)
        return points @ self.asset_from_world[:3, :3].T + self.asset_from_world[:3, 3]


def read_source(path: str | os.PathLike[str], settings: InputSettings = InputSettings()) -> Source:
    """Read a folder, its JSON file, or a stage. Of a folder without views, the only dataset or stage in it is taken.

    Args:
        path: The folder or file.
        settings: Only `data`, `format`, `masks` and `mask_shows` are used; see `Source.with_overrides` for the others.

    Raises:
        BoxfitError: If it is neither, or no dataset can be read from it.
    """
    path = Path(path)
    if address := server_address(path):
        raise DatasetError(f"{address} is on a server: download it, and name the folder or stage on this machine")
    if not path.exists():
        raise DatasetError(f"{path} does not exist: name a folder of views, or a {', '.join(STAGE_SUFFIXES)} stage")
    if path.is_dir() or path.suffix.lower() == ".json":
        if settings.data is not None:
            raise DatasetError(f"{path} is a folder of views already: data is for stages whose folder has moved")
        try:
            dataset = read_folder(path, settings)
        except NoViewsError as error:
            return _read_below(path, settings, error)
        has_usual = dataset.format == "data-generator"
        return Source(path, dataset, SourceWorld(dataset.up_axis, dataset.meters_per_unit, has_usual=has_usual))
    return replace(survey_stage(open_stage(path), settings.data), path=path).read(settings)


def _read_below(folder: Path, settings: InputSettings, error: NoViewsError) -> Source:
    """Read the only dataset or stage in a folder without views, with a problem that says so; or raise an error."""
    found = sources_in(folder, error.below)
    if len(found) > 1:
        names = list_names([each.name for each in found], 6)
        raise DatasetError(f"{folder} holds no views itself, but {names} in it do: name one of them") from error
    if not found:
        raise error
    source = read_source(found[0], settings)
    taken = Problem(str(folder), f"it holds no views itself: {found[0].name} in it is taken")
    return replace(source, dataset=replace(source.dataset, problems=(taken, *source.dataset.problems)))


def sources_in(folder: Path, datasets: Sequence[Path] = ()) -> list[Path]:
    """List the stages in a folder that name or carry a dataset, and those of its datasets that no such stage names.

    Args:
        folder: The folder; its own folders are not searched for stages.
        datasets: Its folders that hold views.
    """
    paths = (Path(each.path) for each in list_folder(folder))
    files = [path for path in paths if path.suffix.lower() in STAGE_SUFFIXES and path.is_file()]
    stages: dict[Path, set[Path]] = {}
    for file in files if len(files) <= _MOST_STAGES else ():
        with suppress(DatasetError, StageError):
            stage = open_stage(file)
            if named := find_datasets(stage):
                masks = (mask.parent for each in named for record in each.records for mask in record.files.values())
                folders = (each.folder for each in named if each.folder)
                stages[file] = {path.resolve() for path in (*layer_files(stage), *folders, *masks)}
    used = {path for file, others in stages.items() for path in others if path != file.resolve()}
    return [path for path in (*stages, *datasets) if path.resolve() not in used]


def survey_stage(stage: Any, data: Path | None = None, stage_dataset: StageDataset | None = None) -> StageSurvey:
    """Collect the information for a source from an open stage, without reading masks.

    Args:
        stage: An open stage, `Usd.Stage`.
        data: Folder with the views, if it has moved from the path that the stage names.
        stage_dataset: One of the stage's datasets; the first if not given.

    Raises:
        DatasetError: If the stage names no dataset.
    """
    facts, missing = inspect_stage(stage), tuple(missing_layers(stage))
    file = stage_file(stage)
    try:
        stage_dataset = stage_dataset or first_dataset(stage, data_folder=data)
    except DatasetError as error:
        raise _add_missing_layers(error, file or Path("the open stage"), missing) from error
    triangles, asset_from_world, unread = None, None, ""
    if facts.asset_prim is not None:
        with suppress(StageError, np.linalg.LinAlgError):
            try:
                triangles = read_triangles(stage, facts.asset_prim)
            except ManyInstancesError as error:
                unread = f"boxes are not compared with its asset: {error}"
            asset_from_world = np.linalg.inv(world_from_prim(stage, facts.asset_prim))
    return StageSurvey(
        path=file or stage_dataset.folder or stage_dataset.source,
        stage_dataset=stage_dataset,
        facts=facts,
        world=SourceWorld(facts.units.up_axis, facts.units.meters_per_unit, facts.asset_prim),
        layers=layer_files(stage),
        missing=missing,
        triangles=triangles,
        asset_from_world=asset_from_world,
        unread=unread,
    )


def _describe_missing(missing: Sequence[str]) -> str:
    return f"it names {list_names(missing)}, which cannot be found or read"


def _add_missing_layers(error: DatasetError, path: Path, missing: Sequence[str]) -> DatasetError:
    """Name missing layers as a possible cause of an error."""
    return DatasetError(f"{error}; {path.name} may lack it because {_describe_missing(missing)}") if missing else error
