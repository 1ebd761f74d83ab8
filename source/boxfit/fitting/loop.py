"""Loops of the differentiable fits over renderer and loss, one step at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from boxfit.errors import FitError
from boxfit.fitting.losses import LossNotebook, LossTight
from boxfit.fitting.newton import NewtonTight
from boxfit.fitting.params import BoxGradient, BoxMoves, CameraFrames, ParametersRaw
from boxfit.geometry.box import Box
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.renderer import Renderer
from boxfit.settings import FitSettings
from boxfit.start.support import SMALLEST_SIDE

if TYPE_CHECKING:
    from boxfit.start.start_box import StartBox

STILL = 0.01
"""Shift of every outline in [px] below which a fit is at its end."""


@dataclass(frozen=True, eq=False)
class FitStep:
    """Box at one step of a fit, and its loss.

    Attributes:
        stage: "start", "tight" or "notebook"; "result" for the start box if that is chosen in the end, and for the box
            of another extent than the likely one, with the loss of the likely one.
        index: Number of moves before it, from 0.
        total: Most moves of the stage; "tight" ends sooner, where nothing moves any more.
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
    most_steps: int,
) -> Iterator[FitStep]:
    """Refine a start box by all views at once, until nothing moves. Iteration may be abandoned at any step.

    Each step has a lower loss than the one before. A move that does not lower it is tried again at half its length.

    Args:
        silhouettes: Views to fit.
        borders: Length of each outline in [px], shape (n,).
        renderer: Made for the same silhouettes.
        start: Their start box; the refined one has the same alignment.
        most_steps: Most moves to try.

    Raises:
        FitError: If the loss, or a step, is not finite.
    """
    # The second axis of an upright start box is the up axis.
    axis = start.box.rotation[:, 1] if start.align == "up" else None
    moves = BoxMoves(start.box, axis, start.align != "axes", SMALLEST_SIDE / 2 * start.support.pixel)
    loss = LossTight(silhouettes, CameraFrames(silhouettes), borders)
    newton, views = NewtonTight(silhouettes, loss, moves), np.arange(len(silhouettes))

    def evaluate(box: Box) -> tuple[float, BoxGradient]:
        with np.errstate(all="ignore"):  # A box that diverges has no lower loss.
            return loss(box, renderer.areas(loss.frames.corners(box, views), views))

    box, (value, gradient) = start.box, evaluate(start.box)
    if not math.isfinite(value):
        raise FitError(f"the loss of the start box is {value}: its silhouettes cannot be rendered")
    yield FitStep("tight", 0, most_steps, box, value)
    (move, shift), part, count = newton.step(box, value, gradient), 1.0, 0
    for _ in range(most_steps):
        if part * shift < STILL:
            return
        trial = moves.moved(box, part * move)
        lower, gradient = evaluate(trial)
        if not lower < value:
            part /= 2
            continue
        box, value, count = trial, lower, count + 1
        yield FitStep("tight", count, most_steps, box, value)
        (move, shift), part = newton.step(box, value, gradient), min(2 * part, 1.0)


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

    Yields:
        Each step's box and its loss over the batch, and at the end the loss over all views.
    """
    frames = CameraFrames(silhouettes)
    box = Box(np.zeros(3), np.full(3, settings.notebook_half_extent)) if start is None else start
    total = settings.epochs * math.ceil(len(silhouettes) / settings.batch_size)
    loss, parameters = LossNotebook(silhouettes, frames, settings.overlap, settings.occupancy), ParametersRaw(box)
    plan = _notebook_plan(len(silhouettes), settings)
    for index, (views, rate) in enumerate(itertools.chain(plan, [(np.arange(len(silhouettes)), 0.0)])):
        box = parameters.box
        with np.errstate(all="ignore"):  # The parameters report a fit that diverges.
            value, gradient = loss(box, renderer.areas(frames.corners(box, views), views), views)
        yield FitStep("notebook", index, total, box, value)
        if index < total:
            with np.errstate(all="ignore"):
                parameters.descend(gradient, rate)


def _notebook_plan(count: int, settings: FitSettings) -> Iterator[tuple[np.ndarray, float]]:
    """Yield batches of shuffled views, the last of an epoch possibly smaller, with their learning rates."""
    generator = np.random.default_rng(settings.seed)
    for epoch in range(settings.epochs):
        rate = settings.notebook_learning_rate * settings.scheduler_gamma ** (epoch // settings.scheduler_step)
        order = generator.permutation(count)
        for first in range(0, count, settings.batch_size):
            yield order[first : first + settings.batch_size], rate
