"""Source of a session: a folder of views, or a stage that names or carries a dataset."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from boxfit.errors import ContradictionError, DatasetError, StageError, list_names
from boxfit.files.paths import server_address
from boxfit.settings import CameraConvention, InputSettings
from boxfit.usd.instances import ManyInstancesError
from boxfit.usd.meshes import read_triangles, world_from_prim
from boxfit.usd.stage import STAGE_SUFFIXES, layer_files, missing_layers, open_stage, stage_file
from boxfit.usd.units import WorldUnits
from boxfit.views.conventions import in_convention
from boxfit.views.dataset import Dataset, LabelledObject, Problem
from boxfit.views.folder import read_folder
from boxfit.views.silhouettes import Observations, silhouettes
from boxfit.views.stage import StageDataset, StageFacts, first_dataset, inspect_stage


@dataclass(frozen=True)
class SourceWorld:
    """World of a dataset; None for values that the dataset does not state.

    Attributes:
        up_axis: "Y" or "Z".
        meters_per_unit: Length of one unit in metres.
        asset_prim: Path of the asset on the stage that the dataset was made from.
    """

    up_axis: Any = None
    meters_per_unit: float | None = None
    asset_prim: str | None = None

    @property
    def assumed(self) -> str:
        """Warning that a new stage needs an assumption about the up axis, or "".

        The Data Generator's worlds state nothing and are Y up. Replicator's state their unit only.
        """
        if self.up_axis is not None or self.meters_per_unit is None:
            return ""
        return "the dataset states no up axis: Y is assumed; set source_up if it is Z, as in many stages of Isaac Sim"

    def units(self, fallback: WorldUnits) -> WorldUnits:
        """Return the dataset's units, with missing values taken from another world."""
        return WorldUnits(self.up_axis or fallback.up_axis, self.meters_per_unit or fallback.meters_per_unit)


class ObservationCache:
    """Thread-safe cache of observations, each kept as long as its object."""

    def __init__(self) -> None:
        self._observations: WeakKeyDictionary[LabelledObject, Observations] = WeakKeyDictionary()
        self._reading = threading.Lock()

    def read(self, labelled: LabelledObject) -> Observations:
        """Read an object's masks, or return the cached result; waits for a read in another thread.

        Raises:
            DatasetError: As `silhouettes`; errors are not cached.
        """
        with self._reading:
            observations = self._observations.get(labelled)
            if observations is None:
                observations = self._observations[labelled] = silhouettes(labelled)
            return observations

    def known(self, labelled: LabelledObject) -> Observations | None:
        """Return an object's cached observations, or None, without waiting."""
        return self._observations.get(labelled)


@dataclass(frozen=True, eq=False)
class Source:
    """Dataset with information from its stage. Holds no `pxr` objects.

    Attributes:
        path: Folder or stage that the user named.
        dataset: The whole dataset.
        world: Units of the dataset's world, as far as they are stated.
        facts: Information from the stage, or None for a folder.
        geometry: Points of the asset on the stage, in the asset's frame, shape (n, 3), or None.
        layers: Files of the stage's layers.
        convention: Convention in which the user wants the camera matrices to be taken.
    """

    path: Path
    dataset: Dataset
    world: SourceWorld
    facts: StageFacts | None = None
    geometry: np.ndarray | None = None
    layers: tuple[Path, ...] = ()
    convention: CameraConvention = "stated"
    _cache: ObservationCache = field(default_factory=ObservationCache, repr=False)

    def with_overrides(self, settings: InputSettings) -> Source:
        """Return the same source with the user's settings of its world and cameras."""
        world = replace(
            self.world,
            up_axis=settings.source_up or self.world.up_axis,
            meters_per_unit=settings.source_units or self.world.meters_per_unit,
        )
        dataset = in_convention(self.dataset, settings.camera_convention)
        return replace(self, dataset=dataset, world=world, convention=settings.camera_convention)

    def observations(self, labelled: LabelledObject) -> Observations:
        """Return the masks and cameras of an object, read once; a source made by `dataclasses.replace` shares them.

        Args:
            labelled: An object of the dataset, with all or some of its views.

        Raises:
            DatasetError: If they cannot be used; see `boxfit.views.silhouettes.silhouettes`.
        """
        try:
            return self._cache.read(labelled)
        except ContradictionError as error:
            raise self.explained(error, labelled) from error

    def explained(self, error: ContradictionError, labelled: LabelledObject) -> ContradictionError:
        """Return an error that names the mistake, if one explains why an object's views contradict each other."""
        # Imported here since it needs SciPy, which Kit may not have before the first fit.
        from boxfit.session.diagnosis import explain

        return explain(error, labelled, self.dataset.objects, self.convention)

    def known_observations(self, labelled: LabelledObject) -> Observations | None:
        """Return observations that have been read already, or None, without reading or waiting."""
        return self._cache.known(labelled)

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """Description and path of each file that was read."""
        yield "the source", self.path
        yield from (("a layer of the source", layer) for layer in self.layers)
        for view in self.dataset.views:
            yield from ((f"the {what} of view {view.name}", path) for what, path in view.files)


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

    def read(self) -> Source:
        """Read the dataset.

        Raises:
            DatasetError: If it cannot be used.
        """
        try:
            dataset = self.stage_dataset.read()
        except DatasetError as error:
            raise _add_missing_layers(error, self.path, self.missing) from error
        faults = (_describe_missing(self.missing) if self.missing else "", self.unread)
        problems = tuple(Problem(str(self.path), fault) for fault in faults if fault)
        dataset = replace(dataset, problems=(*problems, *dataset.problems))
        assets = {labelled.asset for labelled in dataset.objects}
        # If there are several assets, the stage holds only one of them, and views may show another.
        geometry = self._asset_points() if len(assets) == 1 else None
        stated = replace(self.world, meters_per_unit=dataset.meters_per_unit or self.world.meters_per_unit)
        return Source(self.path, dataset, stated, self.facts, geometry, self.layers)

    def _asset_points(self) -> np.ndarray | None:
        if self.triangles is None or self.asset_from_world is None:
            return None
        points = np.unique(self.triangles.reshape(-1, 3), axis=0)
        return points @ self.asset_from_world[:3, :3].T + self.asset_from_world[:3, 3]


def read_source(path: Path, data: Path | None = None) -> Source:
    """Read a folder or a stage.

    Args:
        path: The folder or the stage's file.
        data: Folder with the views, if it has moved from the path that the stage names.

    Raises:
        BoxfitError: If it is neither, or no dataset can be read from it.
    """
    if address := server_address(path):
        raise DatasetError(f"{address} is on a server: download it, and name the folder or stage on this machine")
    if not path.exists():
        raise DatasetError(f"{path} does not exist: name a folder of views, or a {', '.join(STAGE_SUFFIXES)} stage")
    if path.is_dir():
        if data is not None:
            raise DatasetError(f"{path} is a folder of views already: data is for stages whose folder has moved")
        dataset = read_folder(path)
        return Source(path, dataset, SourceWorld(meters_per_unit=dataset.meters_per_unit))
    return replace(survey_stage(open_stage(path), data), path=path).read()


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
