"""Report of a session: plain values for JSON, as described by `report.schema.json`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from boxfit._version import __version__
from boxfit.calibration.results import Calibration
from boxfit.geometry.box import FaceBounds
from boxfit.session.comparisons import bbox_3d_record, compare
from boxfit.session.results import ObjectResult
from boxfit.session.verdict import verdict_of
from boxfit.session.wording import unit_of
from boxfit.views.dataset import Problem

if TYPE_CHECKING:
    # These import pxr, which results of arrays do without.
    from boxfit.session.output_stage import Written
    from boxfit.session.session import Session

SCHEMA = Path(__file__).with_name("report.schema.json")
FACES = ("-x", "+x", "-y", "+y", "-z", "+z")


def make_report(session: Session, written: Written | None = None) -> dict[str, Any]:
    """Make the report of a session.

    Args:
        session: A session after its fit.
        written: The boxes on disk, or None.

    Returns:
        A dictionary for `json.dumps`, as described by `report.schema.json`.
    """
    world = session.source.world
    prims: list[dict[str, Any] | None] = [None] * len(session.results)
    if written is not None:
        prims = [_prim(path, ops) for path, ops in zip(written.prims, written.ops, strict=True)]
    warnings = written.warnings if written else ()
    return {
        "boxfit": __version__,
        "source": session.source.path.as_posix() if session.source.path else None,
        "world": {"up_axis": world.up_axis, "meters_per_unit": world.meters_per_unit},
        "stage": None
        if written is None
        else {
            "path": written.stage.as_posix(),
            "up_axis": written.units.up_axis,
            "meters_per_unit": written.units.meters_per_unit,
        },
        "settings": {
            name: value.as_posix() if isinstance(value, Path) else value
            for name, value in dataclasses.asdict(session.fit_settings).items()
        },
        "objects": [
            object_report(result, prim, session.source.geometry, warnings)
            for result, prim in zip(session.results, prims, strict=True)
        ],
        "failures": _problems(session.failures),
        "problems": _problems(session.dataset.problems),
        "seconds": _rounded(session.seconds),
    }


def report_text(report: dict[str, Any]) -> bytes:
    """Format a report as JSON in UTF-8, ending in a newline; a surrogate in a name is written as JSON's escape."""
    text = json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _prim(path: str, ops: Mapping[str, list[float]]) -> dict[str, Any]:
    """Return a box prim as it was written; one of its two rotations is null."""
    return {
        "path": path,
        "translate": ops["translate"],
        "orient": ops.get("orient"),
        "rotate_xyz": ops.get("rotateXYZ"),
        "scale": ops["scale"],
    }


def object_report(
    result: ObjectResult,
    prim: Mapping[str, Any] | None = None,
    geometry: np.ndarray | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Make the entry of an object.

    Args:
        result: The fitted object.
        prim: Its prim as it was written, or None.
        geometry: Points of the asset in its own frame, to compare the box with, shape (n, 3), or None.
        warnings: Warnings about writing.
    """
    box = result.box
    coverages, ious = ([getattr(view, name) for view in result.views] for name in ("coverage", "iou"))
    return {
        "name": result.name,
        "asset": result.labelled.asset,
        "label": result.labelled.label.to_dict(),
        "prim": prim,
        "verdict": dataclasses.asdict(verdict_of(result)),
        "method": result.method,
        "renderer": result.renderer,
        "renderer_python": result.python.as_posix() if result.python else None,
        "renderer_note": result.renderer_note or None,
        "ranges": [side.text(unit_of(result.world.meters_per_unit)) for side in result.open_sides],
        "extent": result.extent,
        "box": {
            "centre": box.centre.tolist(),
            "size": box.size.tolist(),
            "quaternion_wxyz": box.quaternion.tolist(),
            "rotation": box.rotation.tolist(),
            "world_from_unit": box.world_from_unit.tolist(),
            "corners": box.corners.tolist(),
            "volume": box.volume,
        },
        "boxes": {
            extent: {"centre": each.centre.tolist(), "size": each.size.tolist()}
            for extent, each in result.boxes.items()
        },
        "bounds": _bounds(result.bounds),
        "undetermined_axes": ["xyz"[axis] for axis in result.undetermined],
        "alignment": {
            "chosen": result.alignment,
            "volumes": {} if result.method == "notebook" else dict(result.start.volumes),
        },
        "uses_depth": result.start.uses_depth,
        "bbox_3d": bbox_3d_record(result),
        "asset_moves": result.observations.moves,
        "reference_view": result.observations.reference,
        "calibration": _calibration(result.calibration),
        "coverage": {"mean": float(np.mean(coverages)), "least": min(coverages)},
        "iou": {"mean": float(np.mean(ious)), "least": min(ious)},
        "views": [dataclasses.asdict(view) for view in result.views],
        "views_left_out": _problems(result.left_out),
        "ray_misses": result.start.misses,
        "choice": dataclasses.asdict(result.choice) if result.choice else None,
        "stages": _stages(result),
        "comparisons": [dataclasses.asdict(comparison) for comparison in compare(result, geometry)],
        "warnings": [*result.warnings, *warnings],
        "seconds": _rounded(result.seconds),
    }


def _bounds(bounds: FaceBounds) -> list[dict[str, Any]]:
    """Return the bounds of six faces, in the order of `FACES`, as distances from the box's centre."""
    values = zip(FACES, bounds.inner.ravel().tolist(), bounds.outer.ravel().tolist(), strict=True)
    return [{"face": face, "inner": inner, "outer": outer} for face, inner, outer in values]


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "changed": calibration.changed,
        "scatter": {"before": calibration.before, "after": calibration.after},
        "principal_shift": list(calibration.principal_shift),
        "focal_factor": calibration.focal_factor,
        "stages": [dataclasses.asdict(stage) for stage in calibration.stages],
        "views": [dataclasses.asdict(change) for change in calibration.changes],
    }


def _stages(result: ObjectResult) -> list[dict[str, Any]]:
    """Return the stages of the fit in order, with their losses."""
    names = dict.fromkeys(step.stage for step in result.history)
    losses = {name: [step.loss for step in result.history if step.stage == name] for name in names}
    return [{"name": name, "steps": len(losses[name]) - 1, "losses": losses[name]} for name in names]


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [problem.to_dict() for problem in problems]


def _rounded(seconds: Any) -> dict[str, float]:
    return {stage: round(value, 4) for stage, value in seconds.items()}
