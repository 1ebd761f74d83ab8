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
from boxfit.geometry.silhouette import Silhouette

TILE = 236
GAP = 8
HEADER = 34
CURVE = 190
FRAME_MILLISECONDS = 70
SEARCH_MILLISECONDS = 250
"""Duration of a frame of the search for the start box, whose boxes differ widely."""
LAST_MILLISECONDS = 2000


def save_history_gif(
    target: Path | BinaryIO,
    views: Sequence[tuple[Silhouette, np.ndarray | None]],
    history: Sequence[FitStep],
    title: str,
    most_frames: int = 48,
) -> None:
    """Write an animation that ends with a pause on the last step.

    Args:
        target: File or stream of the GIF.
        views: Two to four views to show side by side, with their images.
        history: Steps in their order, at least one.
        title: Line above the views.
        most_frames: Greatest number of steps: those of the start box, and others at even distances up to the last.
    """
    search = sum(step.stage == "start" for step in history)
    rest = np.linspace(search, len(history) - 1, max(1, min(most_frames, len(history)) - search)).round().astype(int)
    shown = np.unique([*range(search), *rest.clip(max=len(history) - 1)])
    boxes = [history[index].box for index in shown]
    tiles = [make_tile(silhouette, boxes, rgb, TILE) for silhouette, rgb in views]
    # A single palette for all frames, from the last: colours then do not flicker.
    last = _frame(tiles, history, len(history) - 1, title)
    palette = last.quantize(256, method=Image.Quantize.MEDIANCUT)

    def frames() -> Iterator[Image.Image]:
        for index in shown[1:]:
            yield _frame(tiles, history, int(index), title).quantize(palette=palette, dither=Image.Dither.NONE)

    first = _frame(tiles, history, int(shown[0]), title).quantize(palette=palette, dither=Image.Dither.NONE)
    durations = [SEARCH_MILLISECONDS if index < search else FRAME_MILLISECONDS for index in shown[:-1]]
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
    curve = loss_curve(loss_series(history), (width, CURVE), f"Loss {step.loss:.5g}", upto=index + 1)
    frame.paste(curve, (0, HEADER + TILE))
    return frame


def loss_series(history: Sequence[FitStep]) -> list[LossSeries]:
    """Group the losses of a history by stage, in the order of the stages."""
    stages = dict.fromkeys(step.stage for step in history)
    return [LossSeries(stage, [step.loss for step in history if step.stage == stage]) for stage in stages]
