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
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from boxfit.errors import BoxfitError, DatasetError, FitError, RendererError
from boxfit.files import check_kept
from boxfit.fitting.config import FitConfig
from boxfit.remote.renderers import Renderers
from boxfit.results import ObjectResult, Progress, object_name, written_results
from boxfit.settings import InputSettings, PrimSettings
from boxfit.source import Source, read_source
from boxfit.views.dataset import Dataset, Problem, Target
from boxfit.views.names import select_views
from boxfit.writing import OutputStage, Written


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
            source: Folder of views, or a stage; or what was read of one already.
            input: What to fit. Of what was read already, `data` says nothing any more.
            config: How to fit.

        Raises:
            BoxfitError: If the source cannot be read, or holds nothing that the settings choose.
        """
        begin = time.perf_counter()
        self.input, self.config = input, config
        read = source if isinstance(source, Source) else read_source(Path(source), input.data)
        self.source = read.with_overrides(input)
        self.dataset: Dataset = _choose(self.source.dataset, input)
        self.results: list[ObjectResult] = []
        self.failures: list[Problem] = []
        self.seconds = {"read": time.perf_counter() - begin}
        self._renderers: Renderers | None = None

    def fit(self) -> Iterator[Progress]:
        """Fit every object, one after another; an object that cannot be fitted is noted among the failures.

        Raises:
            BoxfitError: The first failure, where no object at all could be fitted.
            RendererError: If the renderer cannot run, or failed in the other interpreter.
        """
        # This needs SciPy, which nothing else here does: Kit may not have it before the first fit.
        from boxfit.object_fit import fit_object

        self.results, self.failures = [], []
        first: BoxfitError | None = None
        with Renderers(self.config) as renderers:
            self._renderers = renderers
            for target in self.dataset.targets:
                try:
                    self.results.append((yield from fit_object(self.source, target, self.config, renderers)))
                except (DatasetError, FitError) as error:
                    first = first or error
                    self.failures.append(Problem(object_name(target), str(error)))
                except RendererError:
                    if renderers.stopped:
                        return
                    raise
        if first is not None and not self.results:
            raise first

    def stop(self) -> None:
        """End what a fit in another thread may be waiting for: another interpreter. The fit then ends early.

        Whoever iterates the fit ends it by iterating no more, but cannot while it waits.
        """
        if self._renderers is not None:
            self._renderers.stop()

    def check_write(self, stage: OutputStage, settings: PrimSettings = PrimSettings()) -> None:  # noqa: B008
        """Refuse, before any fit, what `write` would refuse; arguments and errors are the same."""
        check_kept(stage.replaced, self.source.files)
        stage.check_places(self.dataset.targets, self.source.world, settings)

    def write(self, stage: OutputStage, settings: PrimSettings = PrimSettings()) -> Written:  # noqa: B008
        """Write the boxes of the objects fitted so far to a stage.

        Args:
            stage: Where they go.
            settings: How to write the prims.

        Raises:
            BoxfitError: If nothing has been fitted yet, or the stage cannot be written.
        """
        if not self.results:
            raise FitError("there is no box to write yet: run fit to its end first")
        check_kept(stage.replaced, self.source.files)
        begin = time.perf_counter()
        written = stage.write(self.results, self.source.world, settings, self.dataset.targets)
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
    input, config, prim = take_settings(settings)
    if output is None and into is None and prim != PrimSettings():
        raise TypeError("nothing is written, so that settings of the prim say nothing: give output or into")
    path, stage = output if output is not None else into, None
    if path is not None:
        stage = OutputStage(Path(path), is_new=output is not None, force=force)
    session = Session(source, input, config)
    if stage is not None:
        session.check_write(stage, prim)
    for _ in session.fit():
        pass
    if stage is None:
        return session.results
    written = session.write(stage, prim)
    return written_results(session.results, written.prims, written.warnings)


def take_settings(settings: Mapping[str, Any]) -> tuple[InputSettings, FitConfig, PrimSettings]:
    """Settings by name, as the classes that they are fields of.

    Raises:
        BoxfitError: If a setting does not take its value.
        TypeError: If there is no such setting.
    """
    left = dict(settings)
    input, config, prim = (_take(kind, left) for kind in (InputSettings, FitConfig, PrimSettings))
    if left:
        raise TypeError(f"no setting is called {', '.join(left)}")
    return input, config, prim


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
        # Replicator joins the labels of a prim and of its parents with commas.
        named = named or tuple(target for target in targets if wanted in target.label.name.split(","))
        # It calls instances by the paths of their prims.
        named = named or tuple(target for target in targets if wanted == target.label.name.rpartition("/")[2])
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
