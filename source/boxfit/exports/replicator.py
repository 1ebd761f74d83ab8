"""Boxes as Replicator's BasicWriter writes its annotator `bounding_box_3d`, as one frame.

Source: NVIDIA, "Annotators Information" (Replicator), and files of Isaac Sim. Corners are local: a world corner is
[x y z 1] @ transform. The limits are those of the prim's geometry along its own axes. Here they are the box's half
extents, so that the transform is rigid and the limits are lengths in the world's unit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.exports.formats import EXPORTS, Made
from boxfit.exports.values import class_names, json_bytes
from boxfit.geometry.box import CORNER_SIGNS
from boxfit.session.results import ObjectResult
from boxfit.usd.label import last_part

RECORD = np.dtype(
    [
        ("semanticId", "<u4"),
        *((f"{axis}_{end}", "<f4") for end in ("min", "max") for axis in "xyz"),
        ("transform", "<f4", (4, 4)),
        ("occlusionRatio", "<f4"),
    ]
)
"""Type of a row."""

_ROUNDING = 1e-4
"""Share of a box's shortest edge by which float32 may move a corner without a note."""


def write_replicator(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make the three files of frame 0."""
    classes = class_names(results)
    with np.errstate(over="ignore"):
        rows = np.array([_row(each, classes.index(each.labelled.label.class_name)) for each in results], RECORD)
    content = io.BytesIO()
    np.save(content, rows)
    labels = {str(number): {"class": name} for number, name in enumerate(classes)}
    contents = content.getvalue(), json_bytes(labels), json_bytes(_prim_paths(results))
    names = EXPORTS["replicator"].names or ()
    notes = tuple(filter(None, map(_rounding_note, results, rows)))
    return Made({path / name: data for name, data in zip(names, contents, strict=True)}, notes)


def _row(result: ObjectResult, number: int) -> tuple[Any, ...]:
    half, transform = result.box.half_extents, np.eye(4)
    transform[:3, :3], transform[3, :3] = result.box.rotation.T, result.box.centre
    return (number, *-half, *half, transform, -1.0)


def _rounding_note(result: ObjectResult, row: np.void) -> str:
    """Return a note if float32 moves the corners of a box noticeably, as it does far from the origin."""
    transform, box = row["transform"].astype(np.float64), result.box
    corners = (CORNER_SIGNS * [float(row[f"{axis}_max"]) for axis in "xyz"]) @ transform[:3, :3] + transform[3, :3]
    error = float(np.abs(corners - box.corners).max())
    if error < _ROUNDING * box.size.min():
        return ""
    return f"its float32 moves corners of {result.name} by up to {error:.2g} units: the box is far from the origin"


def _prim_paths(results: Sequence[ObjectResult]) -> list[str]:
    """Return the path of each labelled prim, as far as it is known: else of its box, or one made of its name."""
    paths: list[str] = []
    for result in results:
        label = result.labelled.label
        path = label.prim or result.prim or "/World/" + re.sub(r"\W", "_", last_part(label.name))
        paths.append(f"{path}_{len(paths)}" if path in paths else path)
    return paths
