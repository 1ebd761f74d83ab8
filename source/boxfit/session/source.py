"""Source of a session: a dataset with its world, and the cache of its masks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from boxfit.errors import ContradictionError
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.units import WorldUnits
from boxfit.settings import CameraConvention, InputSettings
from boxfit.views.conventions import in_convention
from boxfit.views.dataset import Dataset, LabelledObject, Problem
from boxfit.views.silhouettes import Observations, silhouettes

if TYPE_CHECKING:
    from boxfit.session.neighbours import Neighbours
    from boxfit.views.stage import StageFacts


@dataclass(frozen=True)
class SourceWorld:
    """World of a dataset; None for values that the dataset does not state.

    Attributes:
        up_axis: "Y" or "Z".
        meters_per_unit: Length of one unit in metres.
        asset_prim: Path of the asset on the stage that the dataset was made from.
        has_usual: True if values that are not stated are the usual ones of the Data Generator: Y up, centimetres.
    """

    up_axis: Any = None
    meters_per_unit: float | None = None
    asset_prim: str | None = None
    has_usual: bool = True

    @property
    def up_is_unknown(self) -> bool:
        """True if the up axis is neither stated nor the usual one."""
        return self.up_axis is None and not self.has_usual

    @property
    def assumed(self) -> str:
        """Warning that a new stage needs an assumption about the up axis or the unit, or ""."""
        unit = "" if self.meters_per_unit or self.has_usual else f"{WorldUnits().meters_per_unit:g} m"
        if self.up_is_unknown and unit:
            return f"the dataset states no up axis and no unit: Y and {unit} are assumed (source_up, source_units)"
        if self.up_is_unknown:
            return "the dataset states no up axis: Y is assumed; in Isaac Sim it is mostly Z (source_up Z)"
        return f"the dataset states no unit: {unit} is assumed (source_units)" if unit else ""

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
        path: Folder or stage that the user named; None for arrays.
        dataset: The whole dataset.
        world: Units of the dataset's world, as far as they are stated.
        facts: Information from the stage, or None for a folder.
        geometry: Points of the asset on the stage, in the asset's frame, shape (n, 3), or None.
        layers: Files of the stage's layers.
        convention: Convention in which the user wants the camera matrices to be taken.
    """

    path: Path | None
    dataset: Dataset
    world: SourceWorld
    facts: StageFacts | None = None
    geometry: np.ndarray | None = None
    layers: tuple[Path, ...] = ()
    convention: CameraConvention = "stated"
    _cache: ObservationCache = field(default_factory=ObservationCache, repr=False)

    __repr__ = brief_repr

    def with_overrides(self, settings: InputSettings) -> Source:
        """Return the same source with the user's settings of its world and cameras."""
        world = replace(
            self.world,
            up_axis=settings.source_up or self.world.up_axis,
            meters_per_unit=settings.source_units or self.world.meters_per_unit,
        )
        dataset = in_convention(self.dataset, settings.camera_convention)
        if problems := tuple(_overridden(self.world, world)):
            dataset = replace(dataset, problems=(*dataset.problems, *problems))
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

    @cached_property
    def neighbours(self) -> Neighbours:
        """Search for occluders among the objects of the dataset."""
        from boxfit.session.neighbours import Neighbours  # Needs SciPy, as does `explained`.

        return Neighbours(self.dataset.objects, self.observations)

    def explained(self, error: ContradictionError, labelled: LabelledObject) -> ContradictionError:
        """Return an error that names the mistake, if one explains why an object's views contradict each other."""
        # Imported here since it needs SciPy, which Kit may not have before the first fit.
        from boxfit.session.diagnosis import explain

        return explain(error, labelled, self.dataset, self.convention if self.path else None)

    def known_observations(self, labelled: LabelledObject) -> Observations | None:
        """Return observations that have been read already, or None, without reading or waiting."""
        return self._cache.known(labelled)

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """Description and path of each file that was read."""
        if self.path is not None:
            yield "the source", self.path
        yield from (("a layer of the source", layer) for layer in self.layers)
        for view in self.dataset.views:
            yield from ((f"the {what} of view {view.name}", path) for what, path in view.files)


def _overridden(stated: SourceWorld, taken: SourceWorld) -> Iterator[Problem]:
    """Yield the settings that contradict what a dataset states of its world."""
    if stated.up_axis and stated.up_axis != taken.up_axis:
        yield Problem("up axis", f"the dataset states {stated.up_axis}, and {taken.up_axis} is taken (source_up)")
    unit, other = stated.meters_per_unit, taken.meters_per_unit
    if unit and other and not np.isclose(unit, other):
        yield Problem("unit", f"the dataset states {unit:g} m, and {other:g} m is taken (source_units)")
