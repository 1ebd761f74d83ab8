"""Verdict on a fitted box in one line: size, accuracy, and the reason not to trust it, if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from boxfit.errors import count_views
from boxfit.session.results import ObjectResult
from boxfit.session.wording import ALIGNMENTS, number, range_text, uncertain_texts, unit_of

Grade = Literal["good", "fair", "open", "doubtful"]

CUT = 0.25
"""Mean depth in [px] of the part of a mask beyond a box, relative to a square's border, from which the box cuts it."""

STICKS_OUT = 0.02
"""Share of a mask beyond a box from which a cut is deep."""

MANY_CUT, MANY_DEEP = 0.25, 0.1
"""Shares of masks that a box cuts, and cuts deeply, from which it is doubtful; below, these few masks may be wrong."""

WIDE = 0.15
"""Uncertainty of an edge, relative to its length, from which a box is fair only."""


_SHOWN = ((1.0, "m"), (0.01, "cm"), (0.001, "mm"))
"""Units for lengths of a dataset whose own unit has no name."""


@dataclass(frozen=True)
class Verdict:
    """Verdict on a box.

    Attributes:
        grade: "good": every edge is known to within 15 %, and all masks are covered; "open": the views do not determine
            an edge, and the line tells its range; "doubtful": something contradicts the box, or it cuts a mask; else
            "fair".
        text: The line, without the object's name: "40.6 x 38.4 x 62.6 cm (+-0.3, +-0.3, -0.4 +4.2), upright, all 24
            masks covered: good".
    """

    grade: Grade
    text: str


def verdict_of(result: ObjectResult) -> Verdict:
    """Judge a fitted box by its bounds and by the masks that it covers."""
    scale, unit = _shown_unit(float(result.box.size.max()), result.world.meters_per_unit)
    grade, judgement = judgement_of(result)
    ranges = [
        f"{'xyz'[side.axis]} only known to be {range_text(scale * side.least, scale * side.most, unit)}: {side.reason}"
        for side in result.open_sides
    ]
    return Verdict(grade, "; ".join([f"{_size_text(result, scale, unit)}, {judgement}", *ranges]))


def judgement_of(result: ObjectResult) -> tuple[Grade, str]:
    """Return the grade of a box, and its verdict without lengths, for a prim that has them in another unit and order:
    "upright, all 24 masks covered: good".
    """
    closed = _closed_axes(result)
    known = (_tolerances(result).max(axis=0)[closed] <= WIDE * result.box.size[closed]).all()
    beyond = np.array([1 - view.coverage for view in result.views])
    # The border of a square of that area has 4 sqrt(area) pixels.
    cut = beyond > CUT * 4 / np.sqrt([silhouette.area for silhouette in result.silhouettes])
    uncovered = [view.view for view, is_cut in zip(result.views, cut, strict=True) if is_cut]
    count = len(result.views)
    masks = f"it cuts the mask in {count_views(uncovered, count)}" if uncovered else f"all {count} masks covered"
    grade: Grade = "good"
    if result.contradictions or cut.mean() > MANY_CUT or (cut & (beyond > STICKS_OUT)).mean() > MANY_DEEP:
        grade = "doubtful"
    elif result.undetermined:
        grade = "open"
    elif len(closed) < 3 or uncovered or not known:
        grade = "fair"
    against = f"; contradicted by {' and '.join(result.contradictions)}" if result.contradictions else ""
    return grade, f"{ALIGNMENTS[result.alignment]}, {masks}: {grade}{against}"


def _shown_unit(longest: float, meters_per_unit: float | None) -> tuple[float, str]:
    """Return the factor to the unit that lengths are shown in, and its name: the dataset's, if it has a name."""
    if meters_per_unit is None or unit_of(meters_per_unit):
        return 1.0, unit_of(meters_per_unit)
    metres, name = next(each for each in _SHOWN if longest * meters_per_unit >= each[0] or each is _SHOWN[-1])
    return meters_per_unit / metres, name


def _closed_axes(result: ObjectResult) -> list[int]:
    """Return the axes whose edges have no range of their own."""
    return [axis for axis in range(3) if axis not in {side.axis for side in result.open_sides}]


def _tolerances(result: ObjectResult) -> np.ndarray:
    """Return the distances of each edge's length from the shortest and the longest that it may be, shape (2, 3)."""
    least, most = (limits.sum(axis=1) for limits in (result.bounds.inner, result.bounds.outer))
    return np.array([result.box.size - least, most - result.box.size])


def _size_text(result: ObjectResult, scale: float, unit: str) -> str:
    """Format the edges' lengths, and how far they may be off; "?" for an edge that has a range of its own."""
    edges, closed = (scale * np.vstack([result.box.size, _tolerances(result)])).T.tolist(), _closed_axes(result)
    texts = [uncertain_texts(*edge) if axis in closed else (number(edge[0], 3), "?") for axis, edge in enumerate(edges)]
    lengths, ranges = zip(*texts, strict=True)
    return f"{' x '.join(lengths)} {unit}".rstrip() + (f" ({', '.join(ranges)})" if closed else "")
