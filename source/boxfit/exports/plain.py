"""Plain JSON of boxes, in the dataset's world and units; docs/exports.md describes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boxfit._version import __version__
from boxfit.exports.formats import Made
from boxfit.exports.values import json_bytes
from boxfit.session.results import ObjectResult

FACES = ("-x", "+x", "-y", "+y", "-z", "+z")


def write_plain(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make the file."""
    objects = [_object(result) for result in results]
    return Made({path: json_bytes({"format": "boxfit boxes", "boxfit": __version__, "objects": objects})})


def _object(result: ObjectResult) -> dict[str, Any]:
    box, bounds, label = result.box, result.bounds, result.labelled.label
    faces = zip(FACES, bounds.inner.ravel().tolist(), bounds.outer.ravel().tolist(), strict=True)
    return {
        "name": result.name,
        "asset": result.labelled.asset,
        "label": {"id": label.id, "name": label.name, "class": label.class_name, "prim": label.prim or None},
        "source": result.source.as_posix() if result.source else None,
        "up_axis": result.world.up_axis,
        "meters_per_unit": result.world.meters_per_unit,
        "extent": result.extent,
        "centre": box.centre.tolist(),
        "size": box.size.tolist(),
        "rotation": box.rotation.tolist(),
        "quaternion_wxyz": box.quaternion.tolist(),
        "corners": box.corners.tolist(),
        "bounds": [{"face": face, "inner": inner, "outer": outer} for face, inner, outer in faces],
        "undetermined_axes": ["xyz"[axis] for axis in result.undetermined],
        "asset_moves": result.observations.moves,
        "reference_view": result.observations.reference,
        "verdict": {"grade": result.verdict.grade, "text": result.verdict.text},
        "warnings": list(result.warnings),
    }
