"""Loop of the differentiable fit over renderer, loss and parameters, one step at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from boxfit.fitting.losses import Loss, LossNotebook, LossTight
from boxfit.fitting.params import CameraFrames, Parameters, ParametersBody, ParametersRaw
from boxfit.geometry.box import Box
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Renderer
from boxfit.settings import FitSettings
from boxfit.start.support import SMALLEST_SIDE

if TYPE_CHECKING:
    from boxfit.start.start_box import StartBox


@dataclass(frozen=True, eq=False)
class FitStep:
    """Box at one step of a fit, and its loss.

    Attributes:
        stage: "start", "tight" or "notebook"; "result" for the start box if that is chosen in the end, and for the box
            of another extent than the likely one, with the loss of the likely one.
        index: From 0, the start, to `total`, the result.
        total: Number of moves.
        box: In the frame of the cameras.
        loss: Loss of this box over all views; in "notebook", except at the end, over the batch. In "tight" it is the
            mean distance in [px] between the borders of silhouettes and outlines; in "start" what its search
            minimises, `Support.mean_volume`, as a multiple of the start box's.
    """

    stage: str
    index: int
    total: int
    box: Box
    loss: float

    __repr__ = brief_repr


def fit_tight(
    silhouettes: Sequence[Silhouette],
    borders: np.ndarray,
    renderer: Renderer,
    start: StartBox,
    settings: FitSettings,
) -> Iterator[FitStep]:
    """Refine a start box by all views at once. Iteration may be abandoned at any step.

    Args:
        silhouettes: Views to fit.
        borders: Length of each outline in [px], shape (n,).
        renderer: Made for the same silhouettes.
        start: Their start box; the refined one has the same alignment.
        settings: `max_steps` and `learning_rate`.
    """
    frames = CameraFrames(silhouettes)
    # The second axis of an upright start box is the up axis.
    axis = start.box.rotation[:, 1] if start.align == "up" else None
    least = SMALLEST_SIDE / 2 * start.support.pixel
    parameters = ParametersBody(start.box, axis, start.align != "axes", least)
    # Cosine schedule from the full rate to zero.
    rates = [
        settings.learning_rate * (1 + math.cos(math.pi * step / settings.max_steps)) / 2
        for step in range(settings.max_steps)
    ]
    everything = np.arange(len(silhouettes))
    plan = zip(itertools.repeat(everything), rates, strict=False)
    loss = LossTight(silhouettes, frames, borders)
    yield from _descend("tight", settings.max_steps, frames, renderer, loss, parameters, plan, everything)


def fit_notebook(
    silhouettes: Sequence[Silhouette], renderer: Renderer, start: Box | None, settings: FitSettings
) -> Iterator[FitStep]:
    """Run the loop and losses of kaolin's bounding box tutorial, except that the box is scaled before it is rotated.

    Iteration may be abandoned at any step.

    Args:
        silhouettes: Views to fit.
        renderer: Made for the same silhouettes.
        start: Initial box, or None for the tutorial's cube at the frame's origin.
        settings: The notebook's hyperparameters, and `seed` for the order of the views.
    """
    frames = CameraFrames(silhouettes)
    box = Box(np.zeros(3), np.full(3, settings.notebook_half_extent)) if start is None else start
    total = settings.epochs * math.ceil(len(silhouettes) / settings.batch_size)
    loss = LossNotebook(silhouettes, frames, settings.overlap, settings.occupancy)
    plan = _notebook_plan(len(silhouettes), settings)
    everything = np.arange(len(silhouettes))
    yield from _descend("notebook", total, frames, renderer, loss, ParametersRaw(box), plan, everything)


def _notebook_plan(count: int, settings: FitSettings) -> Iterator[tuple[np.ndarray, float]]:
    """Yield batches of shuffled views, the last of an epoch possibly smaller, with their learning rates."""
    generator = np.random.default_rng(settings.seed)
    for epoch in range(settings.epochs):
        rate = settings.notebook_learning_rate * settings.scheduler_gamma ** (epoch // settings.scheduler_step)
        order = generator.permutation(count)
        for first in range(0, count, settings.batch_size):
            yield order[first : first + settings.batch_size], rate


def _descend(
    stage: str,
    total: int,
    frames: CameraFrames,
    renderer: Renderer,
    loss: Loss,
    parameters: Parameters,
    plan: Iterable[tuple[np.ndarray, float]],
    everything: np.ndarray,
) -> Iterator[FitStep]:
    """Yield each step's box and loss, then move the box; at the end yield the loss over all views."""
    for index, (views, rate) in enumerate(itertools.chain(plan, [(everything, 0.0)])):
        box = parameters.box
        with np.errstate(all="ignore"):  # The parameters report a fit that diverges.
            value, gradient = loss(box, renderer.areas(frames.corners(box, views), views), views)
        yield FitStep(stage, index, total, box, value)
        if index < total:
            with np.errstate(all="ignore"):
                parameters.descend(gradient, rate)
