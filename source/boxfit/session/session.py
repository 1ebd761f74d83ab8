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
from boxfit.session.output_stage import OutputStage, Written
from boxfit.session.renderer_provider import RendererProvider
from boxfit.session.results import ObjectResult, Progress, object_name, written_results
from boxfit.session.source import Source, read_source
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.views.dataset import Dataset, LabelledObject, Problem
from boxfit.views.names import select_views


class Session:
    """A dataset that was read, and the boxes found in it.

    Attributes:
        input_settings: What to fit.
        fit_settings: How to fit.
        source: What was read, and what is known of its world.
        dataset: The views and objects that the settings choose.
        results: Objects fitted so far.
        failures: Objects that could not be fitted, and why.
        seconds: Time spent reading and writing; a result has its own times.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Source,
        input_settings: InputSettings = InputSettings(),
        fit_settings: FitSettings = FitSettings(),
    ) -> None:
        """Read a dataset.

        Args:
            source: Folder of views, or a stage; or what was read of one already.
            input_settings: What to fit. Of what was read already, `data` says nothing any more.
            fit_settings: How to fit.

        Raises:
            BoxfitError: If the source cannot be read, or holds nothing that the settings choose.
        """
        begin = time.perf_counter()
        self.input_settings, self.fit_settings = input_settings, fit_settings
        read = source if isinstance(source, Source) else read_source(Path(source), input_settings.data)
        self.source = read.with_overrides(input_settings)
        self.dataset: Dataset = _choose(self.source.dataset, input_settings)
        self.results: list[ObjectResult] = []
        self.failures: list[Problem] = []
        self.seconds = {"read": time.perf_counter() - begin}
        self._renderers: RendererProvider | None = None

    def fit(self) -> Iterator[Progress]:
        """Fit every object, one after another; an object that cannot be fitted is noted among the failures.

        Raises:
            BoxfitError: The first failure, where no object at all could be fitted.
            RendererError: If the renderer cannot run, or failed in the other interpreter.
        """
        # This needs SciPy, which nothing else here does: Kit may not have it before the first fit.
        from boxfit.session.object_fit import fit_object

        self.results, self.failures = [], []
        first: BoxfitError | None = None
        with RendererProvider(self.fit_settings) as renderers:
            self._renderers = renderers
            for labelled in self.dataset.objects:
                try:
                    self.results.append((yield from fit_object(self.source, labelled, self.fit_settings, renderers)))
                except (DatasetError, FitError) as error:
                    first = first or error
                    self.failures.append(Problem(object_name(labelled), str(error)))
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

    def check_write(self, stage: OutputStage, settings: PrimSettings = PrimSettings()) -> None:
        """Refuse, before any fit, what `write` would refuse; arguments and errors are the same."""
        check_kept(stage.replaced, self.source.files)
        stage.check_places(self.dataset.objects, self.source.world, settings)

    def write(self, stage: OutputStage, settings: PrimSettings = PrimSettings()) -> Written:
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
        written = stage.write(self.results, self.source.world, settings, self.dataset.objects)
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
    input_settings, fit_settings, prim = take_settings(settings)
    if output is None and into is None and prim != PrimSettings():
        raise TypeError("nothing is written, so that settings of the prim say nothing: give output or into")
    path, stage = output if output is not None else into, None
    if path is not None:
        stage = OutputStage(Path(path), is_new=output is not None, force=force)
    session = Session(source, input_settings, fit_settings)
    if stage is not None:
        session.check_write(stage, prim)
    for _ in session.fit():
        pass
    if stage is None:
        return session.results
    written = session.write(stage, prim)
    return written_results(session.results, written.prims, written.warnings)


def take_settings(settings: Mapping[str, Any]) -> tuple[InputSettings, FitSettings, PrimSettings]:
    """Settings by name, as the classes that they are fields of.

    Raises:
        BoxfitError: If a setting does not take its value.
        TypeError: If there is no such setting.
    """
    left = dict(settings)
    input_settings, fit_settings, prim = (_take(kind, left) for kind in (InputSettings, FitSettings, PrimSettings))
    if left:
        raise TypeError(f"no setting is called {', '.join(left)}")
    return input_settings, fit_settings, prim


def _take(kind: type, settings: dict[str, Any]) -> Any:
    """An instance of a settings class, from those of the settings that it has; they are taken out."""
    return kind(**{one.name: settings.pop(one.name) for one in fields(kind) if one.name in settings})


def _choose(dataset: Dataset, input_settings: InputSettings) -> Dataset:
    """The objects and views that the settings ask for."""
    if input_settings.views is not None or input_settings.exclude is not None:
        dataset = select_views(dataset, input_settings.views, input_settings.exclude)
    objects = dataset.objects
    if input_settings.asset is not None:
        assets = list(dict.fromkeys(labelled.asset for labelled in objects if labelled.asset))
        objects = tuple(
            labelled for labelled in objects if labelled.asset and _is_asset(labelled.asset, input_settings.asset)
        )
        if not objects:
            found = ", ".join(assets) or "no asset names"
            raise DatasetError(f"{dataset.source} shows no asset {input_settings.asset!r}: it shows {found}")
    if input_settings.label != "all":
        wanted = str(input_settings.label)
        named = tuple(labelled for labelled in objects if wanted in (labelled.label.name, str(labelled.label.id)))
        # Replicator joins the labels of a prim and of its parents with commas.
        named = named or tuple(labelled for labelled in objects if wanted in labelled.label.name.split(","))
        # It calls instances by the paths of their prims.
        named = named or tuple(labelled for labelled in objects if wanted == labelled.label.name.rpartition("/")[2])
        if not named:
            raise DatasetError(f"{dataset.source} has no label {input_settings.label!r}: it has {_labels(objects)}")
        objects = named
    return replace(dataset, objects=objects)


def _is_asset(found: str, wanted: str) -> bool:
    """Whether an asset's path is the one asked for, or ends with its file name."""
    path = Path(found.replace("\\", "/"))
    return wanted in (found, path.name, path.stem)


def _labels(objects: tuple[LabelledObject, ...]) -> str:
    names = dict.fromkeys(f"{labelled.label.name} (id {labelled.label.id})" for labelled in objects)
    return ", ".join(names)
