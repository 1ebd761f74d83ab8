"""Pictures of a result: choice of views, titles and captions."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from boxfit.draw.animation import loss_series, save_history_gif, steps_to_result
from boxfit.draw.curve import loss_curve
from boxfit.draw.overlay import OverlayView, choose_views, overlay_sheet
from boxfit.draw.tile import make_tile
from boxfit.errors import DatasetError
from boxfit.session.results import ObjectResult

THUMBNAIL = 256
"""Side of a thumbnail in [px]."""

SHEET_VIEWS = 8
ANIMATION_VIEWS = 3


def overlay_picture(result: ObjectResult) -> Image.Image:
    """Draw the overlay sheet: views from all around, including the least covered view.

    Raises:
        DatasetError: If the image of a chosen view cannot be read.
    """
    silhouettes = result.silhouettes
    worst = int(np.argmin([view.coverage for view in result.views]))
    views = []
    for index in choose_views(silhouettes, SHEET_VIEWS, worst):
        text = f"mask covered {_percent(result.views[index].coverage)}"
        views.append(OverlayView(silhouettes[index], text, _rgb(result, index)))
    name = result.name if result.extent == "likely" else f"{result.name} ({result.extent} box)"
    return overlay_sheet(views, result.box, name, result.verdict.text, result.certain_if_open)


def thumbnail_picture(result: ObjectResult) -> Image.Image:
    """Draw the least covered view, without its image if that cannot be read."""
    worst = int(np.argmin([view.coverage for view in result.views]))
    rgb = None
    with suppress(DatasetError):
        rgb = _rgb(result, worst)
    certain = result.certain_if_open
    tile = make_tile(result.silhouettes[worst], [result.box, *([certain] if certain else [])], rgb, THUMBNAIL)
    return (tile.with_dashes(certain) if certain else tile).with_box(result.box)


def curve_picture(result: ObjectResult) -> Image.Image:
    """Draw the loss curve stage by stage, up to the box that was chosen."""
    series = loss_series(steps_to_result(result.history, result.choice))
    return loss_curve(series, title=f"{series[0].stage if len(series) == 1 else 'Loss'}, {result.name}")


def save_animation(result: ObjectResult, target: Path | BinaryIO) -> None:
    """Write the history of the fit as a GIF.

    Raises:
        DatasetError: If the image of a chosen view cannot be read.
    """
    silhouettes = result.silhouettes
    chosen = choose_views(silhouettes, ANIMATION_VIEWS)
    views = [(silhouettes[index], _rgb(result, index)) for index in chosen]
    save_history_gif(target, views, steps_to_result(result.history, result.choice), result.name)


def _percent(share: float) -> str:
    """Format a share with two decimals, rounded down, so that only full coverage is 100 %."""
    return f"{math.floor(share * 1e4 + 1e-3) / 1e2:.2f} %"


def _rgb(result: ObjectResult, index: int) -> np.ndarray | None:
    """Return the image of a silhouette's view, or None if it has none."""
    name = result.silhouettes[index].view
    view = next(view for view in result.labelled.views if view.name == name)
    return view.rgb() if "rgb" in view.sensors else None
