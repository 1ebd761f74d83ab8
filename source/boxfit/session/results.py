"""Progress events and results of a fit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.silhouette import Silhouette
from boxfit.session.open_sides import OpenSide
from boxfit.session.source import SourceWorld
from boxfit.settings import Alignment, Extent, PrimSettings
from boxfit.settings.naming import as_array_arguments
from boxfit.views.dataset import LabelledObject, Problem
from boxfit.views.silhouettes import Observations

if TYPE_CHECKING:
    from PIL import Image

    # These need SciPy, which the panel may not have before the first fit.
    from boxfit.calibration.results import Calibration
    from boxfit.fitting.loop import FitStep
    from boxfit.fitting.refine import Choice
    from boxfit.session.verdict import Verdict
    from boxfit.start.start_box import StartBox


@dataclass(frozen=True, eq=False)
class Progress:
    """Progress event of a fit.

    Attributes:
        name: Name of the object.
        stage: "masks", "renderer" (if another interpreter may have to be started), "start" (the search for the start
            box), then "tight" or "notebook"; last "result", if the fit is tried and the start box chosen.
        step: Number of completed steps of the stage.
        total: Number of steps of the stage, at most: "tight" ends where nothing moves any more.
        box: Current box, in the dataset's world, or None before the first.
        loss: Loss of that box.
    """

    name: str
    stage: str
    step: int
    total: int
    box: Box | None = None
    loss: float | None = None

    __repr__ = brief_repr


@dataclass(frozen=True)
class ViewFigures:
    """Agreement of a box with a view's mask.

    Attributes:
        view: Name of the view.
        coverage: Share of the mask that the box's silhouette covers.
        iou: Intersection over union of the box's silhouette and the mask, both inside the image.
        edges_dropped: Edges of the mask that contradict the other views and were not used.
    """

    view: str
    coverage: float
    iou: float
    edges_dropped: int


@dataclass(frozen=True, eq=False)
class ObjectResult:
    """Fitted object.

    Attributes:
        name: Display name, `<asset>/<label>`.
        source: Folder or stage that was read; None for arrays.
        world: Up axis and unit of the dataset's world.
        labelled: The object.
        observations: Masks as they were read, with the cameras of the fit.
        calibration: Mended cameras, in the frame of the box, and what was changed.
        silhouettes: Silhouettes that were used.
        left_out: Views that were not used, with reasons.
        start: The start box.
        method: "auto", "contact", "tight" or "notebook".
        renderer: Renderer of the differentiable fit, or None without one.
        seed: Seed of the random numbers.
        extent: Extent of the box: "likely", "certain" or "proven".
        box: The result, in the dataset's world.
        likely: The likely box, which differs from the result for another extent; see `boxes`.
        bounds: Bounds of the result's faces.
        undetermined: Axes (0, 1, 2) that the views do not determine.
        open_sides: Range of each side that the views leave open, with the reason; the undetermined ones, and more if
            views are few or on one side.
        history: Steps of the search for the start box and of the differentiable fit; the last has the resulting box.
        choice: Choice between start box and fitted box, for "auto" and "tight".
        views: Figures of every used view, in the order of the silhouettes.
        contradictions: Evidence that contradicts the box, such as "the depth images", each told by a warning, too.
        warnings: Messages for the user; what concerns the dataset, such as a missing file, is one of its problems.
        seconds: Time by stage.
        python: The other interpreter in which the renderer ran, or None.
        renderer_note: Reason why `auto` used area although another interpreter was set; else "".
        prim: Path of the written box prim, or None.
    """

    name: str
    source: Path | None
    world: SourceWorld
    labelled: LabelledObject
    observations: Observations
    calibration: Calibration
    silhouettes: tuple[Silhouette, ...]
    left_out: tuple[Problem, ...]
    start: StartBox
    method: str
    renderer: str | None
    seed: int
    extent: Extent
    box: Box
    likely: Box
    bounds: FaceBounds
    undetermined: tuple[int, ...]
    open_sides: tuple[OpenSide, ...]
    history: tuple[FitStep, ...]
    choice: Choice | None
    views: tuple[ViewFigures, ...]
    contradictions: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]
    python: Path | None = None
    renderer_note: str = ""
    prim: str | None = None

    def __repr__(self) -> str:
        count = len(self.warnings)
        told = f" ({count} warning{'s' if count > 1 else ''}: see .warnings)" if count else ""
        return f"<ObjectResult {self.name}: {self.verdict.text}{told}>"

    def _repr_html_(self) -> str:
        """Return the overlay, the size with its ranges, and the warnings, for a notebook."""
        from boxfit.draw.html import result_html

        return result_html(self)

    @property
    def verdict(self) -> Verdict:
        """Size and accuracy in one line, with the reason not to trust the box, if there is one."""
        from boxfit.session.verdict import verdict_of

        return verdict_of(self)

    def overlay(self) -> Image.Image:
        """Draw views from all around with the mask and the box.

        Raises:
            DatasetError: If the image of a view cannot be read.
        """
        from boxfit.draw.pictures import overlay_picture

        return overlay_picture(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the entry of the object in a report, as `report.schema.json` describes it."""
        from boxfit.session.report import object_report

        return object_report(self)

    def save_usd(self, path: str | os.PathLike[str], force: bool = False, **settings: Any) -> str:
        """Write the box to a new stage.

        Args:
            path: The stage.
            force: Overwrite it if it exists.
            settings: Fields of `PrimSettings`, such as `prim="/World/Box"`.

        Returns:
            Path of the box prim.

        Warns:
            UserWarning: About an up axis or a unit that had to be assumed, as neither the data nor an argument states
                it.

        Raises:
            BoxfitError: If the stage exists, or cannot be written.
        """
        from boxfit.session.output_stage import OutputStage, check_new_stage

        check_new_stage(Path(path), force)
        stage = OutputStage(Path(path), is_new=True, force=force)
        written = stage.write([self], self.world, PrimSettings(**settings))
        for text in written.warnings:
            warnings.warn(as_array_arguments(text) if self.source is None else text, stacklevel=2)
        return written.prims[0]

    def export(self, name: str, path: str | os.PathLike[str], force: bool = False) -> list[str]:
        """Write the box in another format.

        Args:
            name: Format, such as "json", "bop", "replicator", "objectron", "nerfstudio" or "coco3d"; docs/exports.md
                lists them.
            path: JSON file, or folder, as the format has it.
            force: Overwrite files that exist.

        Returns:
            Notes on what the files cannot hold.

        Raises:
            OutputError: If the format cannot hold the box, or a file exists or cannot be written.
        """
        from boxfit.exports.formats import export_boxes

        return export_boxes([self], name, path, force)

    @property
    def found_by(self) -> str:
        """Description of the method that found the box, for people."""
        renderer = f" with {self.renderer}" if self.renderer else ""
        if self.method == "notebook":
            return f"notebook{renderer}"
        if self.choice and self.choice.chosen == "fit":
            return f"differentiable fit{renderer}"
        return "start box, as the fit was not taken" if self.choice and self.choice.fit is not None else "start box"

    @cached_property
    def boxes(self) -> Mapping[Extent, Box]:
        """The proven, the likely and the certain box, which differ in their faces and have the same axes."""
        return {extent: self.start.box_of(self.likely, extent) for extent in ("proven", "likely", "certain")}

    @property
    def certain_if_open(self) -> Box | None:
        """Certain box, if the views leave a side of this one open; None else, and if this is the certain box."""
        return self.boxes["certain"] if self.open_sides and self.extent != "certain" else None

    @property
    def alignment(self) -> Alignment:
        """Alignment of the box: "free", "up" or "axes"."""
        return "free" if self.method == "notebook" else self.start.align


class ObjectResults(list[ObjectResult]):
    """Results of the objects of a dataset that have a box, in a list.

    Attributes:
        failures: The objects that have none: `where` is the name of each, and `what` the reason.
    """

    def __init__(self, results: Iterable[ObjectResult] = (), failures: Iterable[Problem] = ()) -> None:
        super().__init__(results)
        self.failures = tuple(failures)


def written_results(
    results: Sequence[ObjectResult], prims: Sequence[str], warnings: Sequence[str]
) -> list[ObjectResult]:
    """Return the results with their prim paths and the warnings of writing them."""
    return [
        replace(result, prim=prim, warnings=(*result.warnings, *warnings))
        for result, prim in zip(results, prims, strict=True)
    ]


def object_name(labelled: LabelledObject) -> str:
    """Return the name of an object in messages, reports and pictures."""
    asset, name = labelled.asset, labelled.label.name
    return f"{asset}/{name}" if asset and asset != name else name
