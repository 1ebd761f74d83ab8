"""Draws the extensions' icons: a teapot in the box that boxfit finds around its outline. `make pictures` runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import boxfit
import numpy as np
from boxfit.draw.canvas import BACKGROUND, BOX, LINE, MASK, PANEL
from boxfit.draw.outline import outline
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette
from boxfit.sample import make_sample
from PIL import Image, ImageDraw

EXTENSIONS = Path(__file__).parents[2] / "exts"
SIDE = 256
SUPERSAMPLING = 4
VIEW = "12"
"""A view of the sample that shows lid, handle and spout, and three faces of the box."""

BUTTON = (53, 121, 174)
"""The colour of the panel's button Fit."""


def main() -> None:
    """Write data/icon.png of both extensions."""
    with TemporaryDirectory() as folder:
        stage = make_sample(Path(folder, "sample"), resolution=(1024, 1024))
        session = boxfit.Session(stage, fit_settings=boxfit.FitSettings(align="up"))
        for _ in session.fit():
            pass
        (result,) = session.results
        (silhouette,) = (seen for seen in result.silhouettes if seen.view == VIEW)
        core = draw_icon(silhouette, result.box, right=SIDE - 22)
        window = draw_icon(silhouette, result.box, right=SIDE - 84)
    draw_panel(window)
    for name, icon in (("boxfit_kit.core", core), ("boxfit_kit.window", window)):
        icon.reduce(SUPERSAMPLING).save(EXTENSIONS / name / "data" / "icon.png", optimize=True)


def draw_icon(silhouette: Silhouette, box: Box, right: int) -> Image.Image:
    """Draw ground, mask and box.

    Args:
        silhouette: The view.
        box: Box in the silhouette's frame.
        right: Where the box may end on the right, in [px] of the icon.

    Returns:
        The icon, `SUPERSAMPLING` times as large as it will be.
    """
    side = SIDE * SUPERSAMPLING
    icon = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    ground = (0, 0, side - 1, side - 1)
    ImageDraw.Draw(icon).rounded_rectangle(ground, 40 * SUPERSAMPLING, fill=BACKGROUND, outline=LINE, width=12)

    drawn = outline(box, silhouette.camera)
    low, high = drawn.silhouette.min(axis=0), drawn.silhouette.max(axis=0)
    left, height = 22, SIDE - 2 * 22
    scale = min((right - left) / (high - low)[0], height / (high - low)[1]) * SUPERSAMPLING
    middle = np.array([(left + right) / 2, SIDE / 2]) * SUPERSAMPLING

    def place(points: np.ndarray) -> np.ndarray:
        return (points - (low + high) / 2) * scale + middle

    row, column = silhouette.origin
    start = place(np.array([column, row], dtype=float))
    size = (round(silhouette.mask.shape[1] * scale), round(silhouette.mask.shape[0] * scale))
    mask = Image.fromarray(np.where(silhouette.mask, 255, 0).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)

    thick = 7 * SUPERSAMPLING
    draw_edges(icon, (place(ends) for ends in drawn.edges[drawn.hidden]), (*BOX, 150), thick // 2)
    icon.paste(MASK, (round(start[0]), round(start[1])), mask)
    visible = [place(ends) for ends in drawn.edges[~drawn.hidden]]
    draw_edges(icon, iter(visible), (*BACKGROUND, 255), thick + 5 * SUPERSAMPLING)
    draw_edges(icon, iter(visible), (*BOX, 255), thick)
    return icon


def draw_edges(
    icon: Image.Image, edges: Iterator[np.ndarray], colour: tuple[int, int, int, int], thickness: int
) -> None:
    """Draw lines with round ends over an icon."""
    over = Image.new("RGBA", icon.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    for ends in edges:
        points = [(float(x), float(y)) for x, y in ends]
        draw.line(points, fill=colour, width=thickness)
        for x, y in points:
            reach = thickness / 2
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
    icon.alpha_composite(over)


def draw_panel(icon: Image.Image) -> None:
    """Draw a panel with three settings and the button Fit on the right."""
    draw = ImageDraw.Draw(icon)

    def bar(left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int], radius: int) -> None:
        place = tuple(end * SUPERSAMPLING for end in (left, top, right, bottom))
        draw.rounded_rectangle(place, radius * SUPERSAMPLING, fill=colour)  # type: ignore[arg-type]

    bar(178, 24, 236, 232, PANEL, 14)
    for top, share in ((44, 0.8), (76, 0.45), (108, 0.65)):
        bar(190, top, 224, top + 12, LINE, 6)
        bar(190, top, round(190 + share * 34), top + 12, MASK, 6)
    bar(190, 192, 224, 216, BUTTON, 6)


if __name__ == "__main__":
    main()
