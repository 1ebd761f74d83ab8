"""Refinement of a start box by a method's differentiable fit, and choice of the result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from boxfit.fitting.loop import FitStep, fit_notebook, fit_tight, follow_start
from boxfit.fitting.selection import HoldoutScorer, Score, split_views, uncovers_masks
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.render.registry import make_renderer
from boxfit.render.renderer import Renderer
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox

LARGER = 1.003
"""Ratio of the mean volumes of fitted box and start box from which the fit is refused."""


@dataclass(frozen=True)
class Choice:
    """Choice between start box and fitted box.

    The better score decides, but a fit that uncovers more of the masks, leaves its bounds or is larger is refused.

    Attributes:
        chosen: "start" or "fit".
        start: Score of the start box.
        fit: Score of the fitted box.
        held_out: Indices of the hold-out views; empty if views are few and all of them were both fitted and scored.
        refused: Reason for refusing the fit although its score is better, or None.
    """

    chosen: Literal["start", "fit"]
    start: Score
    fit: Score
    held_out: tuple[int, ...]
    refused: Literal["uncovered masks", "left its bounds", "larger"] | None = None


@dataclass(frozen=True, eq=False)
class Refined:
    """Result of a method.

    Attributes:
        box: In the frame of the cameras.
        renderer: Name of the renderer that was used, or None.
        choice: Choice between start box and fitted box, for `tight`.
    """

    box: Box
    renderer: str | None = None
    choice: Choice | None = None


def refine(
    silhouettes: Sequence[Silhouette],
    start: StartBox,
    settings: FitSettings,
    make: Callable[[Sequence[Silhouette]], Renderer] | None = None,
) -> Generator[FitStep, None, Refined]:
    """Yield the history of the start box, then run the differentiable fit of a method.

    `contact` has the history only, and `notebook` the fit only. Iteration may be abandoned at any step.

    Args:
        silhouettes: Views to fit.
        start: Their start box.
        settings: Method, renderer and their settings.
        make: Makes the renderer for some of the silhouettes; None makes it in this interpreter, by the settings.

    Yields:
        Each step; the last has the resulting box.

    Returns:
        The result, as the generator's value.

    Raises:
        RendererError: If the renderer cannot run here.
    """
    if settings.method == "contact":
        yield from follow_start(silhouettes, RendererArea(silhouettes), start)
        return Refined(start.box)
    fitted, held_out = split_views(len(silhouettes))
    views = silhouettes if settings.method == "notebook" else [silhouettes[index] for index in fitted]
    if make is None:
        renderer = make_renderer(settings.renderer, views, settings.sigmainv, settings.boxlen, settings.device)
    else:
        renderer = make(views)
    if settings.method == "notebook":
        begin = start.box if settings.notebook_start == "contact" else None
        steps = fit_notebook(views, renderer, begin, settings)
    else:
        yield from follow_start(views, renderer, start)
        steps = fit_tight(views, renderer, start, settings)
    first = last = next(steps)
    yield first
    for last in steps:
        yield last
    name = renderer.name
    # The areas of the hold-out views need memory too.
    del renderer, steps
    if settings.method == "notebook":
        return Refined(last.box, name)

    apart = () if len(fitted) == len(silhouettes) else tuple(held_out.tolist())
    choice = _choose([silhouettes[index] for index in held_out], start, last.box, apart)
    if choice.chosen == "fit":
        return Refined(last.box, name, choice)
    # The fit began at the start box, so its first loss is that box's.
    yield FitStep("result", 0, 0, start.box, first.loss)
    return Refined(start.box, name, choice)


def _choose(held_out: Sequence[Silhouette], start: StartBox, box: Box, apart: tuple[int, ...]) -> Choice:
    """Choose between start box and fitted box by the hold-out views."""
    before, after = HoldoutScorer(held_out, start.support.hull.T)(start.box, box)
    if after.total >= before.total:
        return Choice("start", before, after, apart)
    if uncovers_masks(before, after):
        return Choice("start", before, after, apart, "uncovered masks")
    if not is_within_bounds(box, start):
        return Choice("start", before, after, apart, "left its bounds")
    if start.support.mean_volume(box.rotation) > LARGER * start.support.mean_volume(start.box.rotation):
        return Choice("start", before, after, apart, "larger")
    return Choice("fit", before, after, apart)


def is_within_bounds(box: Box, start: StartBox) -> bool:
    """Return True if every face lies between its inner and outer bound."""
    # Bounds are widened to hold a face outside of them: that face then lies exactly on its bound.
    bounds, half_extents = start.bounds_of(box), box.half_extents[:, None]
    return bool(((bounds.inner < half_extents) & (half_extents < bounds.outer)).all())
