"""Boxes as models of BOP, with their poses in the views that were used.

Source: bop_toolkit, docs/bop_datasets_format.md. Lengths are in [mm], cameras have OpenCV's axes and pixels. The frame
of each model is that of its box: the origin at its centre, the axes along its edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.exports.formats import EXPORTS, Made
from boxfit.exports.values import json_bytes, metres_of
from boxfit.exports.views import LENS_NOTE, SeenView, camera_pose, has_lens, seen_views
from boxfit.geometry.box import Box
from boxfit.session.results import ObjectResult

_STILL = 1e-9
"""Relative difference of two poses of a camera below which they are one."""


def write_bop(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make models_info.json, and scene_gt.json and scene_camera.json of one scene."""
    labels = [result.labelled.label.id for result in results]
    ids = labels if len(set(labels)) == len(labels) and min(labels) > 0 else list(range(1, len(labels) + 1))
    views = seen_views(results)
    models = {str(number): _model(result) for number, result in zip(ids, results, strict=True)}
    poses = {str(view.number): [_pose(ids[each.index], each.box) for each in view.sightings] for view in views}
    cameras = {str(view.number): _camera(view) for view in views}
    files = zip(EXPORTS["bop"].names or (), (models, poses, cameras), strict=True)
    return Made({path / name: json_bytes(values) for name, values in files}, (LENS_NOTE,) * has_lens(results))


def _model(result: ObjectResult) -> dict[str, Any]:
    size = 1000 * metres_of(result) * result.box.size
    low = {f"min_{axis}": -length / 2 for axis, length in zip("xyz", size.tolist(), strict=True)}
    edges = {f"size_{axis}": length for axis, length in zip("xyz", size.tolist(), strict=True)}
    return {"name": result.name, "diameter": float(np.linalg.norm(size)), **low, **edges}


def _pose(number: int, box: Box) -> dict[str, Any]:
    return {
        "obj_id": number,
        "cam_R_m2c": box.rotation.ravel().tolist(),
        "cam_t_m2c": (1000 * box.centre).tolist(),
    }


def _camera(view: SeenView) -> dict[str, Any]:
    """Return K, and the pose if it is the same for all objects, as it is not if they move."""
    poses = [np.column_stack(camera_pose(each.silhouette.camera)) for each in view.sightings]
    camera: dict[str, Any] = {"view": view.name, "cam_K": view.intrinsics.ravel().tolist()}
    if all(np.allclose(pose, poses[0], rtol=0, atol=_STILL * np.abs(poses[0]).max()) for pose in poses):
        camera["cam_R_w2c"] = poses[0][:, :3].ravel().tolist()
        camera["cam_t_w2c"] = (1000 * metres_of(view.sightings[0].result) * poses[0][:, 3]).tolist()
    return camera
