"""Animated GIF of a fit's history: the box in a few views, above the loss curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw

from boxfit.draw.canvas import FAINT_TEXT, blank, draw_text, fit_text
from boxfit.draw.curve import LossSeries, loss_curve
from boxfit.draw.tile import Tile, make_tile
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import Choice
from boxfit.geometry.silhouette import Silhouette

TILE = 236
GAP = 8
HEADER = 34
CURVE = 190
FRAME_MILLISECONDS = 70
SEARCH_MILLISECONDS = 250
"""Duration of a frame of the search for the start box, whose boxes differ widely."""
LAST_MILLISECONDS = 2000
STILL = 0.004
"""Movement of the corners up to which a box is at rest: a share of its diagonal, less than a pixel of a tile."""

_LOSSES = {"start": "start box: relative volume", "tight": "fit: distance in px", "notebook": "notebook: loss"}
"""Legends of the losses of the stages; others have their own names."""


def save_history_gif(
    target: Path | BinaryIO,
    views: Sequence[tuple[Silhouette, np.ndarray | None]],
    history: Sequence[FitStep],
    title: str,
    most_frames: int = 48,
) -> None:
    """Write an animation that ends with a pause on the last step, with frames where the box moves.

    Args:
        target: File or stream of the GIF.
        views: Two to four views to show side by side, with their images.
        history: Steps in their order, at least one; see `steps_to_result`.
        title: Line above the views.
        most_frames: Greatest number of frames, beside those of the search for the start box.
    """
    shown = moving_steps(history, most_frames)
    boxes = [history[index].box for index in shown]
    tiles = [make_tile(silhouette, boxes, rgb, TILE) for silhouette, rgb in views]
    # A single palette for all frames, from the last: colours then do not flicker.
    last = _frame(tiles, history, len(history) - 1, title)
    palette = last.quantize(256, method=Image.Quantize.MEDIANCUT)

    def frames() -> Iterator[Image.Image]:
        for index in shown[1:]:
            yield _frame(tiles, history, int(index), title).quantize(palette=palette, dither=Image.Dither.NONE)

    first = _frame(tiles, history, int(shown[0]), title).quantize(palette=palette, dither=Image.Dither.NONE)
    in_search = [history[index].stage == "start" for index in shown[:-1]]
    durations = [SEARCH_MILLISECONDS if searched else FRAME_MILLISECONDS for searched in in_search]
    durations.append(LAST_MILLISECONDS)
    first.save(target, format="GIF", save_all=True, append_images=frames(), duration=durations, loop=0)


def _frame(tiles: Sequence[Tile], history: Sequence[FitStep], index: int, title: str) -> Image.Image:
    """Draw one step."""
    step = history[index]
    width = GAP + len(tiles) * (TILE + GAP)
    frame = blank(width, HEADER + TILE + CURVE)
    draw = ImageDraw.Draw(frame)
    text = f"{step.stage}, step {step.index} of {step.total}" if step.total else "the result"
    draw_text(draw, (GAP, 9), fit_text(title, 16, width - 260), 16)
    draw_text(draw, (width - GAP, 10), text, 14, FAINT_TEXT, "right")
    for column, tile in enumerate(tiles):
        frame.paste(tile.with_box(step.box), (GAP + column * (TILE + GAP), HEADER))
    series = loss_series(history)
    losses = [(stage.stage, loss) for stage in series for loss in stage.losses]
    upto = min(index + 1, len(losses))
    stage, loss = losses[upto - 1]
    curve = loss_curve(series, (width, CURVE), f"{stage} {loss:.5g}", upto=upto)
    frame.paste(curve, (0, HEADER + TILE))
    return frame


def steps_to_result(history: Sequence[FitStep], choice: Choice | None) -> list[FitStep]:
    """Return the steps that lead to the result: not those of a fit whose box was not chosen."""
    rejected = choice is not None and choice.chosen == "start"
    return [step for step in history if not (rejected and step.stage == "tight")]


def loss_series(history: Sequence[FitStep]) -> list[LossSeries]:
    """Group the losses of a history by stage, in the order of the stages; a repeated result has none of its own."""
    stages = dict.fromkeys(step.stage for step in history if step.stage != "result")
    return [
        LossSeries(_LOSSES.get(stage, stage), [step.loss for step in history if step.stage == stage])
        for stage in stages
    ]


def moving_steps(history: Sequence[FitStep], most: int) -> np.ndarray:
    """Choose the steps to show.

    Of the search for the start box, and of the result, they are those with another box than the one before. Those of
    the fit are equally far from each other in the distance that the box's corners move: none shows a box at rest.

    Args:
        history: Steps in their order, at least one.
        most: Greatest number of steps of the fit, with the first of all.

    Returns:
        Ascending indices, up to the last step.
    """
    corners = np.array([step.box.corners for step in history])
    # Boxes of different steps name their corners differently.
    gaps = np.linalg.norm(corners[1:, :, None] - corners[:-1, None], axis=-1).min(axis=2).max(axis=1)
    least = STILL * float(np.linalg.norm(np.ptp(corners[-1], axis=0)))
    moved = np.concatenate([[0.0], gaps])
    jumps = np.array([step.stage in ("start", "result") for step in history])
    shown = [0, *np.flatnonzero(jumps & (moved > least))]
    way = np.cumsum(np.where(jumps, 0.0, moved))
    count = min(most - 1, int(way[-1] / least))
    shown += np.searchsorted(way, np.linspace(0, way[-1], count + 1)[1:] * (1 - 1e-12)).tolist()
    chosen = np.unique(shown)
    chosen[-1] = len(history) - 1
    return chosen
