"""An edge of a box with its error bars, as numbers and as a bar with the range that the masks allow."""

from __future__ import annotations

import math

import omni.ui as ui

from boxfit.session.wording import number
from boxfit.ui.controls import style
from boxfit.ui.controls.widgets import labelled, tip
from boxfit.ui.model.formatting import EdgeFigures


class EdgeBar:
    """The length of an edge with its error bars. Built inside the current container.

    Identifiers: `result.edge.<axis>`; `result.edge.<axis>.open` for the length if the views leave the edge open.

    Args:
        edge: The edge.
        longest: Length at the right end of the bar.
        unit: Of the lengths.
    """

    def __init__(self, edge: EdgeFigures, longest: float, unit: str) -> None:
        allowed = f"The masks allow {number(edge.least)} to {number(edge.greatest)} {unit}"
        allowed += f": {edge.open}." if edge.open else "."
        with labelled(f"Edge {edge.axis}", allowed):
            ui.Spacer(height=style.GAP // 2)
            ui.Label(f"{edge.text} {unit}", identifier=f"result.edge.{edge.axis}", word_wrap=True, height=0)
            if edge.open:
                ui.Label(
                    f"open; the box has {number(edge.length, 2)} {unit}",
                    identifier=f"result.edge.{edge.axis}.open",
                    name="warning",
                    word_wrap=True,
                    height=0,
                )
            with ui.ZStack(height=style.BAR, tooltip=tip(allowed)):
                ui.Rectangle(name="track")
                _part(0, _share(edge.least, longest), "sure")
                _part(
                    _share(edge.least, longest),
                    _share(edge.greatest, longest),
                    "range_open" if edge.open else "range",
                )
                _part(_share(edge.length, longest), None, "tick")


def _share(length: float, longest: float) -> float:
    """Return the end of a length, in [%] of the bar."""
    return 100 * min(max(length / longest, 0.0), 1.0) if math.isfinite(length) and longest > 0 else 100.0


def _part(begin: float, end: float | None, name: str) -> None:
    """Draw a part of the bar; without an end, a mark."""
    with ui.HStack():
        ui.Spacer(width=ui.Fraction(begin))
        if end is None:
            ui.Rectangle(name=name, width=style.SLIVER)
            ui.Spacer(width=ui.Fraction(100 - begin))
        else:
            ui.Rectangle(name=name, width=ui.Fraction(end - begin))
            ui.Spacer(width=ui.Fraction(100 - end))
