"""Plot of the loss over the steps so far, with its first and last value."""

from __future__ import annotations

import math
from collections.abc import Sequence

import omni.ui as ui

from boxfit.draw.canvas import BOX, FAINT_TEXT, PANEL
from boxfit.draw.curve import LOG_RATIO

HEIGHT = 64
_POINTS = 300
"""Largest number of plotted values; more are thinned out."""


class LossPlot:
    """A plot of a running fit's losses. Built inside the current container."""

    def __init__(self) -> None:
        faint = {"color": _colour(FAINT_TEXT)}
        with ui.VStack(height=0, spacing=2):
            self._plot = ui.Plot(
                ui.Type.LINE,
                0.0,
                1.0,
                0.0,
                identifier="loss_plot",
                height=HEIGHT,
                style={"color": _colour(BOX), "background_color": _colour(PANEL)},
            )
            with ui.HStack(height=0):
                self._first = ui.Label("", identifier="loss_plot.first", style=faint)
                self._kind = ui.Label("", identifier="loss_plot.kind", alignment=ui.Alignment.CENTER, style=faint)
                self._last = ui.Label("", identifier="loss_plot.last", alignment=ui.Alignment.RIGHT)

    def show(self, losses: Sequence[float]) -> None:
        """Draw losses, oldest first; on a logarithmic axis if they span a wide range, as in the pictures."""
        if not losses:
            self._plot.set_data(0.0)
            self._first.text = self._kind.text = self._last.text = ""
            return
        shown = thinned(losses)
        low, high = min(shown), max(shown)
        logarithmic = low > 0 and high / low > LOG_RATIO
        values = [math.log10(value) for value in shown] if logarithmic else shown
        low, high = min(values), max(values)
        room = 0.06 * (high - low) or 1.0
        self._plot.scale_min, self._plot.scale_max = low - room, high + room
        # A plot needs two values.
        self._plot.set_data(*(values if len(values) > 1 else values * 2))
        self._first.text = f"{losses[0]:.3g}"
        self._kind.text = "loss, logarithmic" if logarithmic else "loss"
        self._last.text = f"{losses[-1]:.3g}"


def thinned(losses: Sequence[float]) -> list[float]:
    """Return evenly spaced losses, including the first and the last."""
    count = min(len(losses), _POINTS)
    return [losses[round(index * (len(losses) - 1) / max(count - 1, 1))] for index in range(count)]


def _colour(rgb: tuple[int, int, int]) -> int:
    return ui.color("#{:02x}{:02x}{:02x}".format(*rgb))
