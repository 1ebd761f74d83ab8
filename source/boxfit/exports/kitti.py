"""Boxes as labels of KITTI, which turn about the camera's y axis alone.

Source: KITTI's development kit of the object benchmark, readme.txt. Lengths are in metres, cameras have OpenCV's axes
and pixels. A line holds type, truncation, occlusion, alpha, rectangle of the mask, height, width, length, place of the
bottom's centre, and the angle about y.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from boxfit.errors import OutputError
from boxfit.exports.formats import Made
from boxfit.exports.values import axes_with_y, renamed
from boxfit.exports.views import LENS_NOTE, SeenView, Sighting, has_lens, seen_views
from boxfit.geometry.box import Box
from boxfit.session.results import ObjectResult

_LEVEL = 5e-5
"""Angle in [degrees] between box and camera that moves a corner by less than a millionth of its distance."""

_UNKNOWN = 3
"""Occlusion that is not known."""


def write_kitti(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make a file for each view, in the folder `label_2`.

    Raises:
        OutputError: If a box is turned about another axis in a view, or two views have one file.
    """
    views = seen_views(results)
    tilts = {
        (view.name, each.result.name): tilt
        for view in views
        for each in view.sightings
        if (tilt := _tilt(_standing(each.box))) > _LEVEL
    }
    if tilts:
        (name, tilted), most = max(tilts.items(), key=lambda item: item[1])
        count = len({view for view, _ in tilts})
        raise OutputError(
            f"its boxes turn about the camera's vertical axis alone: {most:.2g} degrees of pitch and roll of {tilted} "
            f"would be lost in view {name}, and some in {count} of {len(views)} views; take views of level cameras and "
            "an upright box (align up), or another format, such as coco3d"
        )
    files: dict[Path, bytes] = {}
    for view in views:
        file = path / "label_2" / f"{_file_stem(view.name)}.txt"
        if file in files:
            raise OutputError(f"the views have two names for the file {file.name}: export one of them (views)")
        files[file] = "".join(_line(view, each) for each in view.sightings).encode()
    return Made(files, (LENS_NOTE,) * has_lens(results))


def _file_stem(name: str) -> str:
    return f"{int(name):06}" if name.isdecimal() else re.sub(r"[^\w.-]", "_", name)


def _standing(box: Box) -> Box:
    """Name the axes of a box in the camera's frame so that its y is the one that is most vertical, downwards."""
    axis = int(np.abs(box.rotation[1]).argmax())
    return renamed(box, axes_with_y(axis, float(np.sign(box.rotation[1, axis]))))


def _tilt(box: Box) -> float:
    """Return the angle between a box's y and the camera's, in [degrees]."""
    return float(np.degrees(np.arctan2(np.hypot(box.rotation[0, 1], box.rotation[2, 1]), box.rotation[1, 1])))


def _line(view: SeenView, sighting: Sighting) -> str:
    box = _standing(sighting.box)
    length, height, width = box.size
    x, y, z = box.centre
    turn = np.arctan2(-box.rotation[2, 0], box.rotation[0, 0])
    alpha = (turn - np.arctan2(x, z) + np.pi) % (2 * np.pi) - np.pi
    mask, (row, column), _ = sighting.silhouette.taken
    rectangle = (column, row, column + mask.shape[1] - 1, row + mask.shape[0] - 1)
    values = (*rectangle, height, width, length, x, y + height / 2, z, turn)
    kind = re.sub(r"\s", "_", sighting.result.labelled.label.class_name)
    truncated = view.outside(view.rectangle(box))
    return " ".join([kind, f"{truncated:.4g}", str(_UNKNOWN), *(f"{value:.12g}" for value in (alpha, *values))]) + "\n"
