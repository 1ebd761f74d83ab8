"""Fit of a single object from its views to a box with figures, on arrays only, one event at a time."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from boxfit.calibration.results import Calibration
from boxfit.errors import BoxfitError, DatasetError, FitError, RendererError
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import is_within_bounds, reason_without_fit, refine
from boxfit.geometry.box import Box
from boxfit.geometry.canonical import canonical_box
from boxfit.session.comparisons import disagreement
from boxfit.session.open_sides import open_sides
from boxfit.session.renderer_provider import RendererProvider
from boxfit.session.results import ObjectResult, Progress, object_name
from boxfit.session.source import Source
from boxfit.session.starting import RENDERED, find_start
from boxfit.session.view_figures import view_figures
from boxfit.session.wording import unit_of
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, undetermined_axes
from boxfit.views.dataset import LabelledObject, Problem
from boxfit.views.silhouettes import Observations

MANY_ODD = 0.1
"""Share of views that contradict all others, from which they contradict the box."""

MANY_SPOILT = 0.5
"""Share of masks with edges that contradict the others, from which they contradict the box."""

_CONTRADICTS = "its mask or camera contradicts all other views"


class _Clock:
    """Stopwatch of the time spent in each stage, without the consumer's time between events."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def fit_objects(
    source: Source,
    objects: Sequence[LabelledObject],
    settings: FitSettings,
    results: list[ObjectResult],
    failures: list[Problem],
    renderers: RendererProvider | None = None,
) -> Iterator[Progress]:
    """Fit objects one after another. Iteration may be abandoned at any step.

    Args:
        source: Source of the objects.
        objects: The objects.
        settings: Settings of the fit.
        results: Gets the result of each object that could be fitted.
        failures: Gets the reason for each other one.
        renderers: Provider for these settings, which is closed at the end; one that may be stopped meanwhile.

    Raises:
        BoxfitError: The first failure, which is named if there are others, if no object could be fitted.
        RendererError: If the renderer cannot run, or failed in the other interpreter.
    """
    first: BoxfitError | None = None
    with renderers or RendererProvider(settings) as provider:
        for labelled in objects:
            try:
                results.append((yield from fit_object(source, labelled, settings, provider)))
            except (DatasetError, FitError) as error:
                first = first or error
                failures.append(Problem(object_name(labelled), str(error)))
            except RendererError:
                if provider.stopped:
                    return
                raise
    if first is not None and not results:
        if len(failures) == 1:
            raise first
        name = failures[0].where
        raise type(first)(f"none of {len(failures)} objects has a box; the first, {name}: {first}") from first


def fit_object(
    source: Source, labelled: LabelledObject, settings: FitSettings, renderers: RendererProvider
) -> Generator[Progress, None, ObjectResult]:
    """Fit an object. Iteration may be abandoned at any step.

    Args:
        source: Source of the object. Its world has the up axis for `align` "up"; its masks are read if necessary.
        labelled: One of its objects, with the views to use.
        settings: Settings of the fit.
        renderers: Provider for these settings; several objects may share it, one after another.

    Yields:
        Progress after each stage and each step.

    Returns:
        The result, as the generator's value (`result = yield from fit_object(...)`).

    Raises:
        BoxfitError: If the views cannot be used, or do not determine a box.
        RendererError: If the renderer cannot run, or failed in the other interpreter.
    """
    name = object_name(labelled)
    up = None if source.world.up_is_unknown else (0.0, 0.0, 1.0) if source.world.up_axis == "Z" else (0.0, 1.0, 0.0)
    if settings.floor is not None and up is None:
        raise FitError("a floor is stated, but no up axis: name it (source_up); in Isaac Sim it is mostly Z")
    clock = _Clock()
    with clock("masks"):
        observations = source.observations(labelled)
        # Of the observations as they were read, which keep it for the next fit.
        surface = observations.surface if settings.depth == "auto" else None
    yield Progress(name, "masks", 1, 1)
    start, observations, calibration = find_start(source, labelled, settings, up, observations, surface, clock)
    used = tuple(silhouette for silhouette in observations.silhouettes if silhouette.view not in start.left_out)
    if renderers.pending and not reason_without_fit(used, start, settings):
        yield Progress(name, "renderer", 0, 1)
        with clock("renderer"):
            renderers.start()
        yield Progress(name, "renderer", 1, 1)

    history: list[FitStep] = []
    steps = refine(used, start, settings, renderers.make)
    while True:
        try:
            with clock("fit"):
                step = next(steps)
        except StopIteration as end:
            refined = end.value
            break
        history.append(step)
        yield Progress(name, step.stage, step.index, step.total, step.box, step.loss)

    with clock("figures"):
        # The axes are named as on a new prim, so that report and prim name the same faces.
        likely, _ = canonical_box(refined.box)
        extent = "likely" if settings.method == "notebook" else settings.extent
        box = start.box_of(likely, extent)
        if extent != "likely":
            # The history ends at the result, in place of a start box that was chosen.
            ending = FitStep("result", 0, 0, box, history[-1].loss)
            history = [*(step for step in history if step.stage != "result"), ending]
        # The bounds of a diverged box do not show which axes the views determine: those of the start box do.
        diverged = settings.method == "notebook" and not is_within_bounds(likely, start)
        bounds = start.bounds_of(box)
        undetermined = _axes_along(box, start) if diverged else undetermined_axes(likely, bounds)
        sides = open_sides(likely, start.bounds_of(likely), used, undetermined, start.one_sided, up)
        # Of views that were left out too: their masks may show the background.
        figures, inverted = view_figures(observations.silhouettes, box, start.dropped)
    result = ObjectResult(
        name=name,
        source=source.path,
        world=source.world,
        labelled=labelled,
        observations=observations,
        calibration=calibration,
        silhouettes=used,
        left_out=(*observations.left_out, *(Problem(f"view {view}", _CONTRADICTS) for view in start.left_out)),
        start=start,
        method=settings.method,
        extent=extent,
        renderer=refined.renderer,
        seed=settings.seed,
        box=box,
        likely=likely,
        bounds=bounds,
        undetermined=undetermined,
        open_sides=sides,
        history=tuple(history),
        choice=refined.choice,
        views=tuple(each for each in figures if each.view not in start.left_out),
        contradictions=_contradictions(
            source, observations, calibration, start, has_depth=surface is not None and bool(surface.names)
        )
        + (("the bounds that the views give",) if diverged else ()),
        warnings=tuple(side.text(unit_of(source.world.meters_per_unit)) for side in sides)
        + calibration.warnings
        + _warnings(observations, start, source.dataset.problems)
        + inverted
        + ((_divergence_warning(box, start, settings),) if diverged else ()),
        seconds=clock.seconds,
        # The fit of another object may have started it.
        python=renderers.python if refined.renderer else None,
        renderer_note=renderers.note if refined.renderer else "",
    )
    # A diverged box has a warning already.
    if not diverged and (warning := disagreement(result)):
        against = (*result.contradictions, "the renderer's own box")
        return replace(result, warnings=(*result.warnings, warning), contradictions=against)
    return result


def _contradictions(
    source: Source, observations: Observations, calibration: Calibration, start: StartBox, has_depth: bool
) -> tuple[str, ...]:
    """Return the evidence that contradicts the box."""
    count, odd, spoilt = len(observations.silhouettes), len(start.left_out), len(start.dropped)
    found = {
        f"{odd} of {count} views": odd > MANY_ODD * count,
        f"edges of {spoilt} of {count} masks": spoilt > MANY_SPOILT * count,
        "the cameras as the renderer states them": source.dataset.format in RENDERED and bool(calibration.warnings),
        "the depth images": has_depth and not start.uses_depth,
    }
    return tuple(what for what, is_so in found.items() if is_so)


def _axes_along(box: Box, start: StartBox) -> tuple[int, ...]:
    """Return the axes of a box nearest to the start box's undetermined axes."""
    nearest = np.abs(box.rotation.T @ start.box.rotation).argmax(axis=1)
    return tuple(axis for axis in range(3) if nearest[axis] in start.undetermined)


def _warnings(observations: Observations, start: StartBox, problems: Sequence[Problem]) -> tuple[str, ...]:
    """Return warnings about the views and the start box; not problems of the dataset, which concern every object."""
    warnings = [*observations.warnings, *start.warnings]
    faults = [each for each in observations.left_out if each.is_fault and each not in problems]
    if faults:
        first, count = faults[0], len(faults)
        views = "a view was" if count == 1 else f"{count} views were"
        warnings.append(f"{views} left out ({first.where}: {first.what})")
    return tuple(warnings)


def _divergence_warning(box: Box, start: StartBox, settings: FitSettings) -> str:
    """Return a warning that the notebook's loop ended at a box outside its bounds."""
    remedy = "method auto" if settings.notebook_start == "contact" else "notebook_start contact, or method auto"
    return (
        f"the notebook's loop did not converge: its box of {_sides(box)} lies outside the bounds that the views give, "
        f"unlike the start box of {_sides(start.box)}; try {remedy}"
    )


def _sides(box: Box) -> str:
    """Format edge lengths, shortest first: two boxes may name their axes differently."""
    return " x ".join(f"{side:.4g}" for side in sorted(box.size))
