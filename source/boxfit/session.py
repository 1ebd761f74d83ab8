"""One way through, for every door: read a dataset, fit its objects one event at a time, write what was found.

    session = Session(folder)
    for progress in session.fit():
        print(progress.name, progress.stage, progress.step)
    session.write(output=Path("box.usda"))

Reading and writing touch USD and belong on the main thread; fitting is arrays alone and may run on another. A fit that
is no longer iterated is cancelled.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from boxfit.errors import BoxfitError, DatasetError, FitError
from boxfit.files import check_kept
from boxfit.fitting.config import FitConfig
from boxfit.object_fit import fit_object
from boxfit.results import ObjectResult, Progress, object_name
from boxfit.settings import InputSettings, PrimSettings
from boxfit.source import Source, read_source
from boxfit.views.dataset import Dataset, Problem, Target
from boxfit.views.names import select_views
from boxfit.writing import Written, check_target, replaced_files, write_results


class Session:
    """A dataset that was read, and the boxes found in it.

    Attributes:
        input: What to fit.
        config: How to fit.
        source: What was read, and what is known of its world.
        dataset: The views and objects that the settings choose.
        results: Objects fitted so far.
        failures: Objects that could not be fitted, and why.
        seconds: Time spent reading and writing; a result has its own times.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Source,
        input: InputSettings = InputSettings(),  # noqa: B008
        config: FitConfig = FitConfig(),  # noqa: B008
    ) -> None:
        """Read a dataset.

        Args:
            source: Data Generator folder, or a stage; or what was read of one already.
            input: What to fit. Of what was read already, `data` says nothing any more.
            config: How to fit.

        Raises:
            BoxfitError: If the source cannot be read, or holds nothing that the settings choose.
        """
        begin = time.perf_counter()
        self.input, self.config = input, config
        read = source if isinstance(source, Source) else read_source(Path(source), input)
        self.source = replace(read, world=read.world.told(input))
        self.dataset: Dataset = _choose(self.source.dataset, input)
        self.results: list[ObjectResult] = []
        self.failures: list[Problem] = []
        self.seconds = {"read": time.perf_counter() - begin}

    def fit(self) -> Iterator[Progress]:
        """Fit every object, one after another; an object that cannot be fitted is noted among the failures.

        Raises:
            BoxfitError: The first failure, where no object at all could be fitted.
        """
        self.results, self.failures = [], []
        first: BoxfitError | None = None
        for target in self.dataset.targets:
            try:
                self.results.append((yield from fit_object(self.source, target, self.config)))
            except (DatasetError, FitError) as error:
                first = first or error
                self.failures.append(Problem(object_name(target), str(error)))
        if first is not None and not self.results:
            raise first

    def write(
        self,
        output: Path | None = None,
        into: Path | None = None,
        settings: PrimSettings = PrimSettings(),  # noqa: B008
        force: bool = False,
    ) -> Written:
        """Write the boxes of the objects fitted so far to a stage.

        Args:
            output: New stage to write, or None.
            into: Existing stage to write into, or None.
            settings: How to write the prims.
            force: Overwrite `output` if it exists.

        Raises:
            BoxfitError: If nothing has been fitted yet, or the stage cannot be written.
            TypeError: If not exactly one of `output` and `into` is given.
        """
        if (output is None) == (into is None):
            raise TypeError("output names a new stage and into an existing one: give one of them")
        if not self.results:
            raise FitError("there is no box to write yet: run fit to its end first")
        check_target(self.source.path, output, into, force)
        check_kept(replaced_files(output, into), self.source.files)
        begin = time.perf_counter()
        written = write_results(self.results, self.source.world, output, into, settings)
        self.seconds["write"] = time.perf_counter() - begin
        return written


def fit_source(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None,
    into: str | os.PathLike[str] | None,
    force: bool,
    settings: dict[str, Any],
) -> list[ObjectResult]:
    """What `boxfit.fit` does; see there."""
    if output is not None and into is not None:
        raise TypeError("output names a new stage and into an existing one: give one of them")
    left = dict(settings)
    input, config, prim = (_take(kind, left) for kind in (InputSettings, FitConfig, PrimSettings))
    if left:
        raise TypeError(f"no setting is called {', '.join(left)}")
    if output is None and into is None and prim != PrimSettings():
        raise TypeError("nothing is written, so that settings of the prim say nothing: give output or into")
    new, existing = (None if path is None else Path(path) for path in (output, into))
    check_target(Path(source), new, existing, force)
    session = Session(source, input, config)
    check_kept(replaced_files(new, existing), session.source.files)
    for _ in session.fit():
        pass
    if new is not None or existing is not None:
        written = session.write(new, existing, prim, force)
        return [replace(result, warnings=(*result.warnings, *written.warnings)) for result in session.results]
    return session.results


def _take(kind: type, settings: dict[str, Any]) -> Any:
    """An instance of a settings class, from those of the settings that it has; they are taken out."""
    return kind(**{one.name: settings.pop(one.name) for one in fields(kind) if one.name in settings})


def _choose(dataset: Dataset, input: InputSettings) -> Dataset:
    """The objects and views that the settings ask for."""
    if input.views is not None or input.exclude is not None:
        dataset = select_views(dataset, input.views, input.exclude)
    targets = dataset.targets
    if input.asset is not None:
        assets = list(dict.fromkeys(target.asset for target in targets if target.asset))
        targets = tuple(target for target in targets if target.asset and _is_asset(target.asset, input.asset))
        if not targets:
            found = ", ".join(assets) or "no asset names"
            raise DatasetError(f"{dataset.source} shows no asset {input.asset!r}: it shows {found}")
    if input.label != "all":
        wanted = str(input.label)
        named = tuple(target for target in targets if wanted in (target.label.name, str(target.label.id)))
        if not named:
            raise DatasetError(f"{dataset.source} has no label {input.label!r}: it has {_labels(targets)}")
        targets = named
    return replace(dataset, targets=targets)


def _is_asset(found: str, wanted: str) -> bool:
    """Whether an asset's path is the one asked for, or ends with its file name."""
    path = Path(found.replace("\\", "/"))
    return wanted in (found, path.name, path.stem)


def _labels(targets: tuple[Target, ...]) -> str:
    names = dict.fromkeys(f"{target.label.name} (id {target.label.id})" for target in targets)
    return ", ".join(names)
