"""Boxes as annotations of Omni3D, a COCO format with 3D boxes in the cameras' frames.

Source: Omni3D, DATA.md and cubercnn/util/math_util.py. Lengths are in metres, cameras have OpenCV's axes and pixels.
`dimensions` are the edges along the box's z (width), y (height) and x (length). Its y is the axis that lies nearest to
the world's vertical, downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.exports.formats import Made
from boxfit.exports.values import axes_with_y, class_names, json_bytes, renamed
from boxfit.exports.views import LENS_NOTE, SeenView, Sighting, has_lens, seen_views
from boxfit.files.paths import relative_posix
from boxfit.session.results import ObjectResult

CORNERS = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])
"""Order of the corners in the box's axes, shape (8, 3)."""


def write_coco3d(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make the file."""
    views = seen_views(results)
    names = class_names(results)
    annotations = [_annotation(view, each, names) for view in views for each in view.sightings]
    dataset = {
        "info": {"id": "0", "source": "boxfit", "name": path.stem, "split": "", "version": "1", "url": ""},
        "images": [_image(view) for view in views],
        "categories": [{"id": number, "name": name, "supercategory": ""} for number, name in enumerate(names)],
        "annotations": [{"id": number, **annotation} for number, annotation in enumerate(annotations)],
    }
    return Made({path: json_bytes(dataset)}, (LENS_NOTE,) * has_lens(results))


def _image(view: SeenView) -> dict[str, Any]:
    height, width = view.camera.resolution
    return {
        "id": view.number,
        "dataset_id": 0,
        "width": width,
        "height": height,
        "file_path": _file_path(view),
        "K": view.intrinsics.tolist(),
        "src_90_rotate": 0,
        "src_flagged": False,
    }


def _file_path(view: SeenView) -> str:
    """Return the path of a view's colours relative to its source, or its name if it has no such file."""
    result = view.sightings[0].result
    files = next(dict(each.files) for each in result.labelled.views if each.name == view.name)
    if "rgb" not in files or result.source is None:
        return view.name
    return relative_posix(files["rgb"], result.source if result.source.is_dir() else result.source.parent)


def _annotation(view: SeenView, sighting: Sighting, names: Sequence[str]) -> dict[str, Any]:
    class_name = sighting.result.labelled.label.class_name
    box = renamed(sighting.box, axes_with_y(2 if sighting.result.world.up_axis == "Z" else 1, -1.0))
    length, height, width = box.size.tolist()
    projected = view.rectangle(box)
    mask, (row, column), _ = sighting.silhouette.taken
    nowhere = [-1] * 4
    return {
        "image_id": view.number,
        "category_id": names.index(class_name),
        "category_name": class_name,
        "valid3D": True,
        "bbox2D_tight": [column, row, column + mask.shape[1], row + mask.shape[0]],
        "bbox2D_proj": nowhere if projected is None else projected.tolist(),
        "bbox2D_trunc": nowhere if projected is None else view.clipped(projected).tolist(),
        "bbox3D_cam": (box.centre + (CORNERS * box.half_extents) @ box.rotation.T).tolist(),
        "center_cam": box.centre.tolist(),
        "dimensions": [width, height, length],
        "R_cam": box.rotation.tolist(),
        "behind_camera": projected is None,
        "visibility": -1,
        "truncation": view.outside(projected),
        "segmentation_pts": int(np.count_nonzero(mask)),
        "lidar_pts": -1,
        "depth_error": -1,
    }
