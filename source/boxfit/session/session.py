"""Session: read a dataset, fit its objects one event at a time, write the boxes.

    session = Session(folder)
    for progress in session.fit():
        print(progress.name, progress.stage, progress.step)
    session.write(OutputStage(Path("box.usda"), is_new=True))

Reading and writing use USD and belong on the main thread; fitting uses arrays only and may run on another thread.
Iteration of a fit may be abandoned at any step.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from boxfit.errors import DatasetError, FitError
from boxfit.exports.formats import check_exports, check_units, known_files, parse_export, write_exports
from boxfit.files.drafts import Drafts
from boxfit.files.paths import check_kept
from boxfit.session.output_stage import OpenStage, OutputStage, Written
from boxfit.session.progress_bar import follow
from boxfit.session.reading import read_source
from boxfit.session.renderer_provider import RendererProvider
from boxfit.session.results import ObjectResult, ObjectResults, Progress, written_results
from boxfit.session.source import Source
from boxfit.session.splitting import split_object
from boxfit.session.wording import problem_texts
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.settings.input import each_label
from boxfit.views.choice import select_labels, skip_labels
from boxfit.views.dataset import Dataset, LabelledObject, Problem
from boxfit.views.merging import merge_labels
from boxfit.views.names import select_views


class Session:
    """Dataset with its fitted boxes.

    Attributes:
        input_settings: Settings of the input.
        fit_settings: Settings of the fit.
        source: The source with its world.
        dataset: Views and objects selected by the settings.
        results: Objects fitted so far.
        failures: Objects that could not be fitted, with reasons.
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
            source: Folder of views, stage, or a source that was read already.
            input_settings: Settings of the input; those of reading are ignored for a source that was
                read already.
            fit_settings: Settings of the fit.

        Raises:
            BoxfitError: If the source cannot be read, or the settings select nothing.
        """
        begin = time.perf_counter()
        self.input_settings, self.fit_settings = input_settings, fit_settings
        source = source if isinstance(source, Source) else read_source(Path(source), input_settings)
        self.source = source.with_overrides(input_settings)
        self.dataset: Dataset = _choose(self.source.dataset, input_settings)
        if input_settings.split:
            self.dataset = _split(self.dataset, self.source)
        self.results: list[ObjectResult] = []
        self.failures: list[Problem] = []
        self.seconds = {"read": time.perf_counter() - begin}
        self._renderers: RendererProvider | None = None
        self._stage_up: str | None = None

    def __repr__(self) -> str:
        objects = f"{len(self.dataset.objects)} objects, {len(self.results)} of them fitted"
        return f"Session({str(self.source.path)!r}: {len(self.dataset.views)} views, {objects})"

    @property
    def remarks(self) -> list[str]:
        """Warnings that no result tells: problems of the dataset, and objects without a box, with the reasons."""
        failed = [f"{each.where} has no box: {each.what}" for each in self.failures]
        return [*problem_texts(self.dataset.problems), *failed]

    def fit(self) -> Iterator[Progress]:
        """Fit every object in order; objects that cannot be fitted are added to the failures.

        Raises:
            BoxfitError: The first failure, if no object could be fitted.
            RendererError: If the renderer cannot run, or failed in the other interpreter.
        """
        # Imported here since it needs SciPy, which Kit may not have before the first fit.
        from boxfit.session.object_fit import fit_objects

        if self.fit_settings.align == "up" and self.source.world.up_is_unknown and self._stage_up is None:
            raise DatasetError(
                f"{self.source.path} states no up axis, along which the box is to stand: name it (source_up); in Isaac "
                "Sim it is mostly Z"
            )
        self.results, self.failures = [], []
        self._renderers = RendererProvider(self.fit_settings)
        objects, world = self.dataset.objects, self.source.world
        source = replace(self.source, world=replace(world, up_axis=world.up_axis or self._stage_up))
        yield from fit_objects(source, objects, self.fit_settings, self.results, self.failures, self._renderers)

    def stop(self) -> None:
        """End the other interpreter that a fit in another thread may be waiting for, so that the fit ends early.

        A fit that does not wait ends when its iteration is abandoned.
        """
        if self._renderers is not None:
            self._renderers.stop()

    def check_write(self, stage: OutputStage | OpenStage, settings: PrimSettings = PrimSettings()) -> None:
        """Check before any fit that `write` can succeed; arguments and errors are the same.

        The fit then takes an up axis that the dataset does not state from an existing stage, as `write` does.
        """
        check_kept(stage.replaced, self.source.files)
        stage.check_places(self.dataset.objects, self.source.world, settings)
        self._stage_up = stage.up_axis

    def write(
        self, stage: OutputStage | OpenStage, settings: PrimSettings = PrimSettings(), drafts: Drafts | None = None
    ) -> Written:
        """Write the boxes of the objects fitted so far to a stage.

        Args:
            stage: Stage to write to.
            settings: Settings of the prims.
            drafts: Files to save the stage together with, when their block ends; None saves it at once.

        Raises:
            BoxfitError: If nothing has been fitted yet, or the stage cannot be written.
        """
        if not self.results:
            raise FitError("no box has been fitted yet: run fit to its end first")
        check_kept(stage.replaced, self.source.files)
        begin = time.perf_counter()
        written = stage.write(self.results, self.source.world, settings, self.dataset.objects, drafts)
        self.seconds["write"] = time.perf_counter() - begin
        return written


def fit_source(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None,
    into: str | os.PathLike[str] | Any,
    force: bool,
    settings: dict[str, Any],
    export: Sequence[str] = (),
    progress: bool | Callable[[Progress], object] = False,
) -> ObjectResults:
    """Implement `boxfit.fit`; see there."""
    if output is not None and into is not None:
        raise TypeError("output names a new stage and into an existing one: give one of them")
    input_settings, fit_settings, prim = take_settings(settings)
    if output is None and into is None and prim != PrimSettings():
        raise TypeError("nothing is written, so settings of the prim have no effect: give output or into")
    path, stage = output if output is not None else into, None
    if hasattr(into, "GetRootLayer"):
        stage = OpenStage(into)
    elif path is not None:
        stage = OutputStage(Path(path), is_new=output is not None, force=force)
    exports = [parse_export(each) for each in export]
    check_exports(exports, force)
    session = Session(source, input_settings, fit_settings)
    check_kept(known_files(exports), session.source.files)
    check_units(exports, session.source.world)
    if stage is not None:
        session.check_write(stage, prim)
    follow(session.fit(), progress)
    results = session.results
    try:
        with Drafts() as drafts:
            if stage is not None:
                written = session.write(stage, prim, drafts)
                results = written_results(results, written.prims, written.warnings)
            exported, notes = write_exports(exports, results, drafts, force)
            check_kept(exported, session.source.files)
    except BaseException:
        if stage is not None:
            stage.undo()
        raise
    if stage is not None:
        stage.note_saved()
    for note in [*session.remarks, *notes]:
        warnings.warn(note, stacklevel=3)
    return ObjectResults(results, session.failures)


def take_settings(settings: Mapping[str, Any]) -> tuple[InputSettings, FitSettings, PrimSettings]:
    """Convert settings by name to instances of the settings classes.

    Raises:
        BoxfitError: If a value is invalid.
        TypeError: If a setting does not exist.
    """
    remaining = dict(settings)
    input_settings, fit_settings, prim = (_take(kind, remaining) for kind in (InputSettings, FitSettings, PrimSettings))
    if remaining:
        raise TypeError(f"no setting is called {', '.join(remaining)}")
    return input_settings, fit_settings, prim


def _take(kind: type, settings: dict[str, Any]) -> Any:
    """Make an instance of a settings class, and remove its settings from the dictionary."""
    return kind(**{setting.name: settings.pop(setting.name) for setting in fields(kind) if setting.name in settings})


def _choose(dataset: Dataset, input_settings: InputSettings) -> Dataset:
    """Select the objects and views that match the settings."""
    if input_settings.views is not None or input_settings.exclude is not None:
        dataset = select_views(dataset, input_settings.views, input_settings.exclude)
    if input_settings.skip is not None:
        dataset = skip_labels(dataset, input_settings.skip)
    if input_settings.merge is not None:
        dataset = merge_labels(dataset, input_settings.merge)
    objects = dataset.objects
    if input_settings.asset is not None:
        assets = list(dict.fromkeys(labelled.asset for labelled in objects if labelled.asset))
        objects = tuple(
            labelled for labelled in objects if labelled.asset and _is_asset(labelled.asset, input_settings.asset)
        )
        if not objects:
            names = ", ".join(assets) or "no asset names"
            raise DatasetError(f"{dataset.source} has no asset {input_settings.asset!r}: it has {names}")
    dataset = replace(dataset, objects=objects)
    return dataset if "all" in each_label(input_settings.label) else select_labels(dataset, input_settings.label)


def _split(dataset: Dataset, source: Source) -> Dataset:
    """Make objects of the separate things of each object; one whose masks cannot be used stays, and fails by itself."""
    objects: list[LabelledObject] = []
    free = 1 + max((number for view in dataset.views for _, number in view.regions), default=0)
    for labelled in dataset.objects:
        try:
            things = split_object(labelled, source.observations(labelled).silhouettes, free)
        except (DatasetError, FitError):
            things = (labelled,)
        objects += things
        free += len(things)
    return replace(dataset, objects=tuple(objects))


def _is_asset(asset: str, wanted: str) -> bool:
    """Return True if the wanted name is an asset's path, its file name, or its stem."""
    path = Path(asset.replace("\\", "/"))
    return wanted in (asset, path.name, path.stem)
