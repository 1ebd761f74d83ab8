"""Loss curve: loss over steps, with a colour for each stage of the fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from boxfit.draw.canvas import (
    BACKGROUND,
    FAINT_TEXT,
    LINE,
    PANEL,
    SERIES,
    SUPERSAMPLING,
    TEXT,
    blank,
    draw_text,
    fit_text,
    text_width,
)

LOG_RATIO = 20.0
"""Ratio of the greatest to the least loss above which positive losses are drawn on a logarithmic axis."""

PADDING = 8
"""Padding around the lines, in [px]."""


@dataclass(frozen=True, eq=False)
class LossSeries:
    """Losses of a stage, from its start to its last step."""

    stage: str
    losses: Sequence[float]


@dataclass(frozen=True)
class Axis:
    """Axis that maps values to [0, 1], with its ticks.

    Attributes:
        low: Value at 0.
        high: Value at 1.
        ticks: Values of the ticks.
        logarithmic: True for a logarithmic scale.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, values: np.ndarray) -> np.ndarray:
        """Map values of any shape to positions in [0, 1]."""
        if self.logarithmic:
            return np.log(values / self.low) / math.log(self.high / self.low)
        return (values - self.low) / (self.high - self.low)


def linear_axis(low: float, high: float, count: int = 5) -> Axis:
    """Make an axis from `low` to `high`, widened to round ticks 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if span <= 1e-12 * max(abs(low), abs(high)):
        span = abs(high) or 1.0
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(index * step, 12) for index in range(first, max(last, first + 1) + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def log_axis(low: float, high: float) -> Axis:
    """Make a logarithmic axis, widened to ticks at 1, 2 or 5 times a power of ten."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    marks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    below = max(mark for mark in marks if mark <= low * (1 + 1e-9))
    above = min(mark for mark in marks if mark >= high * (1 - 1e-9))
    ticks = [mark for mark in marks if below <= mark <= above]
    if len(ticks) > 7:
        ticks = [10.0**power for power in powers if below <= 10.0**power <= above]
    return Axis(below, above, tuple(ticks), logarithmic=True)


def loss_curve(
    series: Sequence[LossSeries],
    size: tuple[int, int] = (960, 480),
    title: str = "Loss",
    upto: int | None = None,
) -> Image.Image:
    """Draw losses over steps, the stages one after another.

    Args:
        series: Stages, with at least one loss in total.
        size: (width, height) in [px].
        title: Line above the plot.
        upto: Number of losses drawn bright, with a mark on the last; the rest is faint. None draws all bright.
    """
    losses = np.concatenate([np.asarray(stage.losses, dtype=np.float64) for stage in series])
    low, high = float(losses.min()), float(losses.max())
    logarithmic = low > 0 and high / low > LOG_RATIO
    vertical = log_axis(low, high) if logarithmic else linear_axis(low, high, 4 if size[1] < 300 else 6)
    # Ticks of steps are integers, even if steps are few.
    last = max(len(losses) - 1, 1)
    horizontal = Axis(0, last, tuple(tick for tick in linear_axis(0, max(last, 5), 8).ticks if tick <= last))

    labels = [_label(tick) for tick in vertical.ticks]
    left = 24 + max(text_width(label, 13) for label in labels)
    plot = (left, 40, size[0] - 20, size[1] - 44)
    picture = blank(*size)
    draw = ImageDraw.Draw(picture)
    draw.rectangle(plot, fill=PANEL)
    for tick, label in zip(vertical.ticks, labels, strict=True):
        y = plot[3] - float(vertical.place(np.array(tick))) * (plot[3] - plot[1])
        draw.line((plot[0], y, plot[2], y), fill=LINE)
        draw_text(draw, (plot[0] - 8, y - 8), label, 13, FAINT_TEXT, "right")
    for tick in horizontal.ticks:
        x = plot[0] + float(horizontal.place(np.array(tick))) * (plot[2] - plot[0])
        draw.line((x, plot[3], x, plot[3] + 4), fill=FAINT_TEXT)
        draw_text(draw, (x, plot[3] + 6), _label(tick), 13, FAINT_TEXT, "centre")
    draw_text(draw, (plot[2], size[1] - 19), "step", 13, FAINT_TEXT, "right")
    used = _legend(draw, series, plot[2])
    kind = ", logarithmic" if logarithmic else ""
    draw_text(draw, (plot[0], 11), fit_text(title + kind, 15, used - plot[0] - 16), 15)

    steps = np.arange(len(losses))
    points = np.stack([horizontal.place(steps), 1 - vertical.place(losses)], axis=1)
    lines = _lines(points, series, (plot[2] - plot[0], plot[3] - plot[1]), upto)
    picture.paste(lines, (plot[0] - PADDING, plot[1] - PADDING), lines)
    return picture


def _label(value: float) -> str:
    """Format a tick's value."""
    return f"{value:g}" if value == 0 or 1e-4 <= abs(value) < 1e6 else f"{value:.0e}"


def _legend(draw: ImageDraw.ImageDraw, series: Sequence[LossSeries], right: int) -> int:
    """Draw the stages' names and colours; return the left end of the legend."""
    if len(series) == 1:
        return right
    for index, entry in reversed(list(enumerate(series))):
        draw_text(draw, (right, 12), entry.stage, 14, TEXT, "right")
        right -= text_width(entry.stage, 14) + 20
        draw.rectangle((right, 14, right + 13, 27), fill=SERIES[index % len(SERIES)])
        right -= 18
    return right


def _lines(points: np.ndarray, series: Sequence[LossSeries], size: tuple[int, int], upto: int | None) -> Image.Image:
    """Draw the stages' lines on a transparent background through `points` (n, 2) in [0, 1] with y down.

    The picture is larger than `size` by `PADDING` on each side, so that lines and dots at its border are not cut.
    """
    width, height = ((length + 2 * PADDING) * SUPERSAMPLING for length in size)
    layer = Image.new("RGBA", (width, height), (*BACKGROUND, 0))
    draw = ImageDraw.Draw(layer)
    pixels = (points * size + PADDING) * SUPERSAMPLING
    thickness = 2 * SUPERSAMPLING
    bright = len(points) if upto is None else upto
    start = 0
    for index, stage in enumerate(series):
        colour, stop = SERIES[index % len(SERIES)], start + len(stage.losses)
        for first, last, alpha in ((start, stop, 90), (start, min(stop, bright), 255)):
            line = [(float(x), float(y)) for x, y in pixels[first:last]]
            if len(line) > 1:
                draw.line(line, fill=(*colour, alpha), width=thickness, joint="curve")
            elif line and alpha == 255:
                _dot(draw, line[0], colour, 2 * thickness)
        if upto is not None and start < bright <= stop:
            x, y = pixels[bright - 1]
            _dot(draw, (float(x), float(y)), colour, 2 * thickness)
        start = stop
    return layer.reduce(SUPERSAMPLING)


def _dot(draw: ImageDraw.ImageDraw, at: tuple[float, float], colour: tuple[int, int, int], radius: int) -> None:
    draw.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=(*colour, 255))
