"""What a user names as SOURCE: a folder of views, or a stage that names or carries one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError, StageError
from boxfit.listing import list_names
from boxfit.settings import InputSettings
from boxfit.usd.layers import layer_files, missing_layers
from boxfit.usd.meshes import read_triangles, world_from_prim
from boxfit.usd.stage import STAGE_SUFFIXES, WorldUnits, open_stage
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.stage import StageFacts, inspect_stage, read_stage


@dataclass(frozen=True)
class SourceWorld:
    """What is known of the dataset's world; None where the dataset does not say.

    Attributes:
        up_axis: "Y" or "Z".
        meters_per_unit: Length of one unit in metres.
        asset_prim: Path of the asset on the stage that the dataset was made from.
    """

    up_axis: Any = None
    meters_per_unit: float | None = None
    asset_prim: str | None = None

    def units(self, fallback: WorldUnits) -> WorldUnits:
        """The dataset's units, a missing one taken from another world."""
        return WorldUnits(self.up_axis or fallback.up_axis, self.meters_per_unit or fallback.meters_per_unit)


@dataclass(frozen=True, eq=False)
class Source:
    """A dataset, and what its stage tells about it. Holds no `pxr` objects.

    Attributes:
        path: Folder or stage that was named.
        dataset: All of it.
        world: Units of the dataset's world, as far as they are known.
        facts: What the stage says, or None for a folder.
        geometry: Points of the asset on the stage, in the asset's frame, shape (n, 3), or None.
        layers: Files of the stage's layers, but for the courses of earlier fits.
    """

    path: Path
    dataset: Dataset
    world: SourceWorld
    facts: StageFacts | None = None
    geometry: np.ndarray | None = None
    layers: tuple[Path, ...] = ()

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """What each file that was read is, and its path."""
        yield "the source", self.path
        yield from (("a layer of the source", layer) for layer in self.layers)
        for view in self.dataset.views:
            yield from ((f"the {sensor} of view {view.name}", path) for sensor, path in view.paths.items())


def read_source(path: Path, input: InputSettings) -> Source:
    """Read a folder or a stage.

    Raises:
        BoxfitError: If it is neither, or no dataset can be read from it.
    """
    if not path.exists():
        raise DatasetError(f"{path} does not exist: name a folder of views, or a {', '.join(STAGE_SUFFIXES)} stage")
    if path.is_dir():
        if input.data is not None:
            raise DatasetError(f"{path} is a folder of views already: --data is for stages whose folder has moved")
        return Source(path, read_data_generator(path), SourceWorld(input.source_up, input.source_units))
    return _read_stage(path, input)


def _read_stage(path: Path, input: InputSettings) -> Source:
    stage = open_stage(path)
    facts = inspect_stage(stage)
    missing = missing_layers(stage)
    lacks = f"it names {list_names(missing)}, which cannot be found or read"
    try:
        dataset = read_stage(stage, data_folder=input.data)
    except DatasetError as error:
        raise DatasetError(f"{error}; {path.name} may lack it because {lacks}") if missing else error from error
    if missing:
        dataset = replace(dataset, problems=(Problem(str(path), lacks), *dataset.problems))
    world = SourceWorld(
        input.source_up or facts.units.up_axis,
        input.source_units or facts.units.meters_per_unit,
        facts.asset_prim,
    )
    assets = {target.asset for target in dataset.targets}
    # Several assets take turns at one place on the stage: what stands there now need not be what a view shows.
    geometry = _asset_points(stage, facts.asset_prim) if facts.asset_prim and len(assets) == 1 else None
    return Source(path, dataset, world, facts, geometry, layer_files(stage))


def _asset_points(stage: Any, prim: str) -> np.ndarray | None:
    try:
        points = read_triangles(stage, prim).reshape(-1, 3)
    except StageError:
        return None
    asset_from_world = np.linalg.inv(world_from_prim(stage, prim))
    return np.unique(points @ asset_from_world[:3, :3].T + asset_from_world[:3, 3], axis=0)
