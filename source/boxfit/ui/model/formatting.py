"""Texts and numbers of a fit, as the panel shows them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from boxfit.errors import list_names
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.similarity import move_box
from boxfit.geometry.units import WorldUnits
from boxfit.session.fit_worker import Outcome
from boxfit.session.results import ObjectResult, ViewFigures
from boxfit.session.verdict import Grade, Verdict, verdict_of
from boxfit.session.wording import ALIGNMENTS, alignment_text, extent_text, number, range_text, unit_of
from boxfit.session.wording import size_text as lengths_text
from boxfit.settings import Extent
from boxfit.ui.model.fit_model import FitModel
from boxfit.ui.model.fit_pace import FitView
from boxfit.ui.model.labels import in_labels
from boxfit.ui.model.scene_content import ShownBox

_LETTERS = 27
"""Number of characters of a row's figures that fit into a line of the narrowest panel."""


@dataclass(frozen=True)
class EdgeFigures:
    """One edge of the box, with error bars, in stage units.

    Attributes:
        axis: "x", "y" or "z": the box's own axis.
        length: Of the edge.
        least: The shortest that the masks allow.
        greatest: The longest.
        open: Reason why the views leave it open, or "".
    """

    axis: str
    length: float
    least: float
    greatest: float
    open: str

    @property
    def text(self) -> str:
        """Length and error bars; the range of an edge that the views leave open."""
        if self.open:
            return range_text(self.least, self.greatest)
        below, above = self.length - self.least, self.greatest - self.length
        return f"{number(self.length)}  -{number(max(below, 0.0), 2)} +{number(max(above, 0.0), 2)}"


@dataclass(frozen=True)
class Row:
    """A line of the result.

    Attributes:
        label: Name of the figures.
        text: Its figures.
        help: Meaning of the figures.
    """

    label: str
    text: str
    help: str = ""


def unit_name(units: WorldUnits) -> str:
    """Return the name of a stage's unit of length."""
    return unit_of(units.meters_per_unit) or f"units of {units.meters_per_unit:g} m"


def seconds_text(seconds: float) -> str:
    """Format the remaining time, with a precision that fits its uncertainty."""
    if seconds < 1.5:
        return "about a second left"
    if seconds < 100:
        return f"about {seconds:.0f} s left"
    return f"about {seconds / 60:.0f} min left"


def progress_text(view: FitView) -> str:
    """Describe the current stage of a fit and the time left."""
    steps = f", step {view.step} of {view.total}" if view.total > 1 else ""
    left = f", {seconds_text(view.seconds_left)}" if view.seconds_left is not None else ""
    return f"{view.object}: {view.doing}{steps}{left}"


def phase_text(fit: FitModel) -> str:
    """Describe the state of the fit in one line; empty before the first fit."""
    if fit.view is not None:
        return "Stopping after this step" if fit.phase == "stopping" else progress_text(fit.view)
    if fit.phase == "cancelled":
        return "Cancelled: the stage is as it was"
    if fit.phase == "done" or fit.is_unwritten:
        count = len(fit.outcomes)
        seconds = sum(sum(outcome.result.seconds.values()) for outcome in fit.outcomes)
        boxes = "The box was" if count == 1 else f"{count} boxes were"
        where = "not on the stage" if fit.is_unwritten else "written to the stage"
        return f"{boxes} fitted in {number(seconds, 2)} s, and {'is' if count == 1 else 'are'} {where}"
    return ""


def attention_text(fit: FitModel) -> str:
    """Say that boxes are doubtful or open, and how many warnings there are; "" if there is nothing to see."""
    grades, parts = [outcome.result.verdict.grade for outcome in fit.outcomes], []
    for grade, words in (("doubtful", "doubtful"), ("open", "open at an edge")):
        if count := grades.count(grade):
            several = f"{count} of {len(grades)} boxes {'is' if count == 1 else 'are'}"
            boxes = several if len(grades) > 1 else "the box is"
            parts.append(f"{boxes} {words}")
    if fit.warning_count:
        parts.append(f"{fit.warning_count} warning{'s' if fit.warning_count > 1 else ''}")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}: see Result" if text else ""


def edge_figures(result: ObjectResult, stage_from_source: np.ndarray) -> tuple[EdgeFigures, ...]:
    """Return the box's edges with their error bars.

    Args:
        result: The fitted object.
        stage_from_source: From the dataset's world to the stage's, shape (4, 4).
    """
    reasons = {side.axis: side.reason for side in result.open_sides}
    return _edge_figures(*_on_stage(result, stage_from_source), reasons)


def box_edges(shown: ShownBox) -> tuple[EdgeFigures, ...]:
    """Return the edges of a box on the stage with the error bars that its prim carries; none without them."""
    return () if shown.bounds is None else _edge_figures(shown.box, shown.bounds, {})


def verdict(outcome: Outcome, units: WorldUnits) -> Verdict:
    """Return the verdict on a fitted box; a dataset without a unit has the stage's."""
    world = outcome.result.world
    known = replace(world, meters_per_unit=world.meters_per_unit or units.meters_per_unit)
    judged = verdict_of(replace(outcome.result, world=known))
    return replace(judged, text=in_labels(judged.text))


def stored_verdict(figures: Mapping[str, Any]) -> Verdict:
    """Return the verdict that a box prim carries; its text is empty if there is none."""
    text = in_labels(str(figures.get("verdict") or ""))
    grades: tuple[Grade, ...] = ("good", "fair", "open", "doubtful")
    found = re.search(f": ({'|'.join(grades)})(;|$)", text)
    return Verdict(next(grade for grade in grades if grade == (found[1] if found else "fair")), text)


def stored_warnings(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the warnings that a box prim carries, without the ranges of open sides that its verdict tells."""
    verdict = str(figures.get("verdict") or "")
    warnings = [str(warning) for warning in figures.get("warnings") or ()]
    return tuple(in_labels(warning) for warning in warnings if not _is_told(warning, verdict))


def _is_told(warning: str, verdict: str) -> bool:
    """Return True for the range of an open side that a verdict tells in its own words, perhaps in another unit."""
    found = re.fullmatch(r"[^:]* along ([xyz]): (.*)", warning)
    return found is not None and bool(
        re.search(rf"; {found[1]} only known to be [^:;]*: {re.escape(found[2])}(;|$)", verdict)
    )


def stored_rows(figures: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows that describe a box by the figures that its prim carries; see docs/prim.md."""
    texts = {
        "extent": figures.get("extent"),
        "alignment": ALIGNMENTS.get(figures.get("alignment", ""), figures.get("alignment")),
        "mask covered": _stored_mean(figures.get("coverage")),
        "silhouette IoU": _stored_mean(figures.get("iou")),
        "views": figures.get("views"),
        "method": figures.get("method"),
        "source": figures.get("source"),
    }
    return tuple(Row(label, str(text)) for label, text in texts.items() if text not in (None, ""))


def _stored_mean(share: Any) -> str:
    return f"mean {_floored(share)}" if isinstance(share, float) and math.isfinite(share) else ""


def size_labels(box: Box, bounds: FaceBounds | None, units: WorldUnits) -> tuple[str, ...]:
    """Return the labels of a box on the stage: each edge's length, with error bars where bounds are given.

    Args:
        box: In the stage's world.
        bounds: Of its faces, or None.
        units: Of the stage.
    """
    unit = unit_name(units)
    if bounds is None:
        return tuple(f"{number(length)} {unit}" for length in box.size)
    return tuple(f"{edge.text} {unit}" for edge in _edge_figures(box, bounds, {}))


def _edge_figures(box: Box, bounds: FaceBounds, reasons: Mapping[int, str]) -> tuple[EdgeFigures, ...]:
    least, greatest = bounds.inner.sum(axis=1), bounds.outer.sum(axis=1)
    return tuple(
        EdgeFigures("xyz"[axis], box.size[axis], least[axis], greatest[axis], reasons.get(axis, ""))
        for axis in range(3)
    )


def size_text(outcome: Outcome, stage_from_source: np.ndarray, units: WorldUnits) -> str:
    """Format the lengths of a box's edges.

    Args:
        outcome: The fitted object.
        stage_from_source: From the dataset's world to the stage's, shape (4, 4).
        units: Of the stage.
    """
    box, _ = _on_stage(outcome.result, stage_from_source)
    return lengths_text(box.size, unit_name(units))


def box_text(shown: ShownBox, units: WorldUnits) -> str:
    """Format a box's name and the lengths of its edges."""
    return f"{shown.name}, {lengths_text(shown.box.size, unit_name(units))}"


def result_rows(outcome: Outcome, stage_from_source: np.ndarray, units: WorldUnits) -> tuple[Row, ...]:
    """Return the rows that describe a box, apart from its edges.

    Args:
        outcome: The fitted object.
        stage_from_source: From the dataset's world to the stage's, shape (4, 4).
        units: Of the stage.
    """
    return tuple(_rows(outcome, stage_from_source, units))


def _rows(outcome: Outcome, stage_from_source: np.ndarray, units: WorldUnits) -> Iterator[Row]:
    result = outcome.result
    box, _ = _on_stage(result, stage_from_source)
    unit = unit_name(units)
    yield Row("centre", _triple(box.centre, unit), "In the stage's world.")
    from scipy.spatial.transform import Rotation  # Kit may not have SciPy before the first fit.

    turn = Rotation.from_quat(np.roll(box.quaternion, -1)).as_euler("xyz", degrees=True)
    quaternion = ", ".join(f"{value:.4f}" for value in box.quaternion)
    yield Row(
        "rotation", _triple(turn, "deg"), f"Turns about x, y and z, one after another. Quaternion wxyz: {quaternion}."
    )
    if result.method != "notebook":
        extents: dict[Extent, float] = {extent: each.volume for extent, each in result.boxes.items()}
        yield Row(
            "extent",
            extent_text(result.extent, extents, "set Extent to {}"),
            "Volumes of the boxes that the masks allow.",
        )
        text = alignment_text(result.alignment, result.start.volumes, "set Alignment to {}")
        yield Row("alignment", text, "Volumes of the least boxes of each alignment.")
    yield Row(
        "mask covered", _shares([view.coverage for view in result.views]), "Share of the mask that the box covers."
    )
    yield Row(
        "silhouette IoU",
        _shares([view.iou for view in result.views]),
        "Intersection over union of the box's silhouette and the mask. A box around a round object cannot reach 1.",
    )
    left_out = [problem.where.removeprefix("view ") for problem in result.left_out]
    yield Row(
        "views",
        f"{len(result.views)} used, {len(left_out)} left out{', with depth' if result.start.uses_depth else ''}",
        f"Left out: {list_names(left_out)}." if left_out else "",
    )
    reason = result.choice.reason if result.choice else ""
    place = f" in {result.python}" if result.python and not reason else ""
    yield Row("method", result.found_by + place, in_labels(f"The start box, as {reason}.") if reason else "")
    if result.renderer_note:
        yield Row("renderer", in_labels(result.renderer_note))
    for comparison in outcome.comparisons:
        yield Row(
            f"against {'the geometry' if comparison.reference == 'geometry' else comparison.reference}",
            _together(
                f"volume {comparison.volume_ratio:.3f}",
                f"IoU {comparison.iou:.3f}",
                f"protrusion {comparison.protrusion:.3f}",
            ),
            "Volume over the reference's; intersection over union; how far the reference leaves the box, in half "
            "extents (1 is on a face).",
        )


def _on_stage(result: ObjectResult, stage_from_source: np.ndarray) -> tuple[Box, FaceBounds]:
    box, bounds = move_box(result.box, stage_from_source, result.bounds)
    assert bounds is not None
    return box, bounds


def _triple(values: np.ndarray, unit: str) -> str:
    """Format three numbers with the same number of decimals, which the largest determines."""
    largest = float(np.abs(values).max()) or 1.0
    decimals = max(0, 3 - math.floor(math.log10(largest)))
    style = f".{decimals}f" if 1e-4 <= largest < 1e7 else ".3e"
    x, y, z = (f"{round(float(value), decimals) + 0.0:{style}}" for value in values)
    return _together(x, y, f"{z} {unit}")


def _together(*figures: str) -> str:
    """Join figures in one line; one per line where the narrowest panel would wrap, as it breaks inside numbers."""
    line = ", ".join(figures)
    return line if len(line) <= _LETTERS else "\n".join(figures)


def _shares(values: Sequence[float]) -> str:
    """Format the mean and minimum of shares, rounded down: only a full share reads 1."""
    return _together(f"mean {_floored(float(np.mean(values)))}", f"least {_floored(min(values))}")


def _floored(share: float) -> str:
    return f"{math.floor(share * 1e4 + 1e-3) / 1e4:.4f}"


def view_text(figures: ViewFigures) -> str:
    """Describe the agreement of a box with the mask of one view."""
    return f"Mask covered {_floored(figures.coverage)}, silhouette IoU {_floored(figures.iou)}"


def result_kind(outcome: Outcome | None) -> str:
    """Describe the last step of a history: if a fit is not taken, it is the start box."""
    choice = outcome.result.choice if outcome else None
    extent = outcome.result.extent if outcome else "likely"
    if extent != "likely":
        return f"the result, the {extent} box"
    return "the result" + (
        ", which is the start box" if choice and choice.chosen == "start" and choice.fit is not None else ""
    )
