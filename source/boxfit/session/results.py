"""What a fit tells while it runs, and what it ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.silhouette import Silhouette
from boxfit.views.dataset import LabelledObject, Problem
from boxfit.views.silhouettes import Observations

if TYPE_CHECKING:
    # These need SciPy, which the panel has to do without until something is fitted.
    from boxfit.fitting.loop import FitStep
    from boxfit.fitting.refine import Choice
    from boxfit.start.start_box import StartBox


@dataclass(frozen=True, eq=False)
class Progress:
    """Something that a fit has done.

    Attributes:
        name: The object.
        stage: "masks", "renderer" (where another interpreter may have to be started for it), "start" (the search for
            the start box), then "tight" or "notebook"; last "result", where `tight` ends with the start box after all.
        step: Steps of the stage that are done.
        total: Steps that it has.
        box: The box so far, in the dataset's world, or None before there is one.
        loss: Of that box.
    """

    name: str
    stage: str
    step: int
    total: int
    box: Box | None = None
    loss: float | None = None


@dataclass(frozen=True)
class ViewFigures:
    """How a box agrees with one view's mask.

    Attributes:
        view: Name of the view.
        coverage: Share of the mask that the box's silhouette covers.
        iou: Intersection over union of the box's silhouette and the mask, both inside the image.
        held_out: Whether the view was kept out of the differentiable fit, to choose between two boxes.
        edges_dropped: Edges of the mask that contradict the other views and were not used.
    """

    view: str
    coverage: float
    iou: float
    held_out: bool
    edges_dropped: int


@dataclass(frozen=True, eq=False)
class ObjectResult:
    """A fitted object.

    Attributes:
        name: `<asset>/<label>`, for people.
        source: Folder or stage that was read.
        labelled: The object.
        observations: Masks and cameras as they were read.
        silhouettes: Those that were used.
        left_out: Views that were not used, and why.
        start: The start box.
        method: "tight", "contact" or "notebook".
        renderer: The renderer that the differentiable fit used, or None without one.
        seed: Of the random numbers.
        box: The result, in the dataset's world.
        bounds: Where its faces may lie.
        undetermined: Axes (0, 1, 2) that the views do not determine.
        history: Steps of the start's search and of the differentiable fit; the last has the resulting box.
        choice: How the result was chosen, in `tight`.
        views: Figures of every view used, in the order of the silhouettes.
        warnings: What the user should know.
        seconds: Time by stage.
        python: The other interpreter that the renderer ran in, or None.
        renderer_note: Why `auto` did not take kaolin, although another interpreter was set for it; else "".
        prim: Path of the box on the stage that it was written to, or None.
    """

    name: str
    source: Path
    labelled: LabelledObject
    observations: Observations
    silhouettes: tuple[Silhouette, ...]
    left_out: tuple[Problem, ...]
    start: StartBox
    method: str
    renderer: str | None
    seed: int
    box: Box
    bounds: FaceBounds
    undetermined: tuple[int, ...]
    history: tuple[FitStep, ...]
    choice: Choice | None
    views: tuple[ViewFigures, ...]
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]
    python: Path | None = None
    renderer_note: str = ""
    prim: str | None = None


def written_results(
    results: Sequence[ObjectResult], prims: Sequence[str], warnings: Sequence[str]
) -> list[ObjectResult]:
    """The results with where they were written to, and what was taken for granted then."""
    return [
        replace(result, prim=prim, warnings=(*result.warnings, *warnings))
        for result, prim in zip(results, prims, strict=True)
    ]


def object_name(labelled: LabelledObject) -> str:
    """What an object is called in messages, reports and pictures."""
    return f"{labelled.asset}/{labelled.label.name}" if labelled.asset else labelled.label.name
