"""Result of a start box: by a method's differentiable fit where that can improve it.

Contacts find where an object of any shape ends, from single corners of outlines. Where the object fills its box, as a
parcel, a plate or a frame does, whole outlines are those of the box, and every pixel along them votes: a fit of the
box's silhouettes to the outlines is then far more accurate. Of any other object, such a fit would cut off what sticks
out, and its silhouettes do not agree with the outlines in the end. So the fit is tried where the start box's
silhouettes are close to the outlines, and taken where its own agree with them to a fraction of a pixel.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from boxfit.fitting.loop import FitStep, fit_notebook, fit_tight
from boxfit.fitting.losses import LossTight
from boxfit.fitting.params import CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.polygons import convex_polygon
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.render.registry import make_renderer
from boxfit.render.renderer import Renderer, half_reach
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox

ENOUGH_VIEWS = 3
"""Least number of views with a whole outline."""
CLOSE, CLOSE_PIXELS = 0.02, 0.3
"""Distance by which silhouettes may reach beyond the outlines if the fit is to be tried: a share of the object's
radius, plus [px], times 1 plus the masks' border noise."""
EXPLAINED = 0.32
"""Distance in [px] up to which a fitted box explains the outlines: rounding to pixels makes 0.25."""
CORNERS = 0.42
"""Distance in [px] up to which the corners of its silhouettes may lie outside the outlines in the mean: rounding makes
0.3, and edges that are rounded by more than a pixel more than that."""
NOISE, NOISE_CORNERS = 0.35, 0.55
"""Additional distances, as multiples of the masks' border noise."""
THIN = 5.0
"""Thickness in [px] of rods below which their outlines cannot tell round from square."""
MOST_PIXELS = 2**26
"""Most pixels of the outlines' rectangles to fit at once: 24 views of 2048x2048 have about as many, at 3 bytes each."""


@dataclass(frozen=True)
class Choice:
    """Choice between start box and fitted box.

    Attributes:
        chosen: "start" or "fit".
        start: Mean distance in [px] between the borders of the start box's silhouettes and the masks' outlines; without
            a fit, the distance by which they reach beyond.
        fit: The same of the fitted box; None if it was not tried.
        reason: Reason for the start box, or "".
    """

    chosen: Literal["start", "fit"]
    start: float
    fit: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Refined:
    """Result of a method.

    Attributes:
        box: In the frame of the cameras.
        renderer: Name of the renderer that was used, or None.
        choice: Choice between start box and fitted box, for "auto" and "tight".
    """

    box: Box
    renderer: str | None = None
    choice: Choice | None = None

    __repr__ = brief_repr


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
    make = make or functools.partial(_make_here, settings)
    if settings.method == "notebook":
        renderer = make(silhouettes)
        begin = start.box if settings.notebook_start == "contact" else None
        last = yield from _to_the_last(fit_notebook(silhouettes, renderer, begin, settings))
        return Refined(last.box, renderer.name)

    volumes = start.support.mean_volume(np.array([box.rotation for box in start.history]))
    for index, (box, volume) in enumerate(zip(start.history, volumes / volumes[-1], strict=True)):
        yield FitStep("start", index, len(volumes) - 1, box, float(volume))
    if settings.method == "contact":
        return Refined(start.box)
    outlines = _Outlines(silhouettes, start)
    if reason := reason_without_fit(silhouettes, start, settings):
        return Refined(start.box, choice=Choice("start", outlines.excess(start.box), None, reason))

    views = outlines.filled()
    renderer = make(views)
    if renderer.name != "area":
        # Soft silhouettes agree with masks that are larger.
        views = outlines.filled(settings.sigmainv)
        renderer = make(views)
    last = yield from _to_the_last(fit_tight(views, outlines.borders, renderer, start, settings.max_steps))
    exact = renderer
    if renderer.name != "area":
        views = outlines.filled()
        exact = RendererArea(views)
    before, after = (outlines.distance(box, views, exact) for box in (start.box, last.box))
    choice = _choose(before, after, outlines.corners(last.box), last.box, start)
    if choice.chosen == "fit":
        return Refined(last.box, renderer.name, choice)
    yield FitStep("result", 0, 0, start.box, choice.start)
    return Refined(start.box, renderer.name, choice)


def _make_here(settings: FitSettings, views: Sequence[Silhouette]) -> Renderer:
    return make_renderer(settings.renderer, views, settings.sigmainv, settings.boxlen, settings.device)


def _to_the_last(steps: Iterator[FitStep]) -> Generator[FitStep, None, FitStep]:
    """Yield one or more steps, and return the last."""
    last = next(steps)
    yield last
    for last in steps:
        yield last
    return last


def reason_without_fit(silhouettes: Sequence[Silhouette], start: StartBox, settings: FitSettings) -> str:
    """Return the reason why a method needs no renderer, or "" if it does.

    Args:
        silhouettes: Views to fit.
        start: Their start box.
        settings: Method of the fit.
    """
    if settings.method == "contact":
        return "the method has no fit"
    if settings.method == "notebook":
        return ""
    outlines = _Outlines(silhouettes, start)
    if outlines.whole < ENOUGH_VIEWS:
        return f"fewer than {ENOUGH_VIEWS} views show the object's whole outline"
    if settings.method == "tight":
        return ""
    if reason := _reason_to_distrust(start):
        return reason
    excess, radius = outlines.excess(start.box), start.support.radius / start.support.pixel
    if excess > CLOSE * radius + CLOSE_PIXELS * (1 + start.support.noise):
        return f"the object does not fill its box, whose silhouettes reach {excess:.1f} px beyond the masks' outlines"
    return ""


def _reason_to_distrust(start: StartBox) -> str:
    """Return the reason why no fit is better than a start box, whatever its distance from the outlines, or ""."""
    if start.uses_depth:
        return "the depth images show where the object ends"
    if np.count_nonzero(start.box.size < THIN * start.support.pixel) > 1:
        return f"the object is a rod less than {THIN:g} px thick"
    return ""


def is_within_bounds(box: Box, start: StartBox) -> bool:
    """Return True if every face lies between its inner and outer bound."""
    # Bounds are widened to hold a face outside of them: that face then lies exactly on its bound.
    bounds, half_extents = start.bounds_of(box), box.half_extents[:, None]
    return bool(((bounds.inner < half_extents) & (half_extents < bounds.outer)).all())


def _choose(before: float, after: float, corners: float, box: Box, start: StartBox) -> Choice:
    """Choose between the start box and a fitted box, by their distances and the latter's corners."""
    noise = start.support.noise
    if distrust := _reason_to_distrust(start):
        reason = distrust
    elif after > EXPLAINED + NOISE * noise:
        reason = "the object does not fill its box"
    elif corners > CORNERS + NOISE_CORNERS * noise:
        reason = "the object does not fill the corners of its box"
    elif not is_within_bounds(box, start):
        reason = "the fit left its bounds"
    elif after >= before:
        reason = "the fit is no better"
    else:
        return Choice("fit", before, after)
    return Choice("start", before, after, reason)


class _Outlines:
    """Outlines of the views that show all of them, or of all views if there are none.

    Those are left out which the image's border cuts, or in which edges contradict the other views.

    If they have more than `MOST_PIXELS`, evenly spaced views are chosen.
    """

    def __init__(self, silhouettes: Sequence[Silhouette], start: StartBox) -> None:
        whole = [each for each in silhouettes if each.view not in start.dropped and start.outlines[each.view].is_whole]
        self.whole = len(whole)
        views = whole or silhouettes
        pixels = sum(float(np.prod(np.ptp(start.outlines[each.view].corners, axis=0))) for each in views)
        self.views = views[:: min(math.ceil(pixels / MOST_PIXELS) or 1, max(len(views) // ENOUGH_VIEWS, 1))]
        self._outlines = [start.outlines[each.view] for each in self.views]
        self._frames = CameraFrames(self.views)
        self._areas = np.array([outline.area for outline in self._outlines])
        self.borders = np.array([outline.perimeter for outline in self._outlines])

    def filled(self, sigmainv: float | None = None) -> list[Silhouette]:
        """Return the filled outlines, for soft silhouettes grown by the distance at which these are a half."""
        return [
            outline.filled(view.view, (0.0, 0.0) if sigmainv is None else half_reach(sigmainv, view.camera.resolution))
            for outline, view in zip(self._outlines, self.views, strict=True)
        ]

    def excess(self, box: Box) -> float:
        """Return the mean distance in [px] by which the silhouettes of a box reach beyond the outlines."""
        everything = np.arange(len(self.views))
        areas = RendererArea(self.views).box_areas(self._frames.corners(box, everything), everything)
        return float(np.mean((areas - self._areas).clip(0) / self.borders))

    def corners(self, box: Box) -> float:
        """Return the mean distance in [px] by which the corners of a box's silhouettes lie outside the outlines."""
        distances = []
        for view, outline in zip(self.views, self._outlines, strict=True):
            pixels = view.camera.project(box.corners)
            if np.isfinite(pixels).all():
                beyond = convex_polygon(pixels) @ outline.normals.T - outline.offsets
                distances.append(beyond.max(axis=1))
        return float(np.concatenate(distances).mean()) if distances else np.inf

    def distance(self, box: Box, filled: Sequence[Silhouette], renderer: Renderer) -> float:
        """Return the mean distance in [px] between the borders of a box's silhouettes and the filled outlines."""
        everything = np.arange(len(self.views))
        areas = renderer.areas(self._frames.corners(box, everything), everything)
        loss, _ = LossTight(filled, self._frames, self.borders)(box, areas)
        return loss
