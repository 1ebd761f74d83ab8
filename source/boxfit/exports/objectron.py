"""Boxes in the schema of Objectron, as JSON of its message `Sequence`.

Source: Objectron, objectron/schema: object.proto, annotation_data.proto and a_r_capture_metadata.proto. Lengths are in
metres. Y points up, in the world and in the box: a world with Z up is turned by -90 degrees about X, and the box's axes
are named alike. Cameras look along -Z with +Y up; the images are not turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.exports.formats import Made
from boxfit.exports.values import json_bytes, metres_of, renamed
from boxfit.exports.views import LENS_NOTE, SeenView, Sighting, camera_pose, has_lens, seen_views
from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.geometry.similarity import move_box
from boxfit.geometry.units import WorldUnits, target_from_source_world
from boxfit.session.results import ObjectResult

KEYPOINTS = np.concatenate([np.zeros((1, 3)), CORNER_SIGNS / 2])
"""Centre and corners of the unit box, shape (9, 3)."""

_OPENGL_FROM_OPENCV = np.array([1.0, -1.0, -1.0])


def write_objectron(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make the file."""
    frames = [_frame(view) for view in seen_views(results)]
    objects = [_object(index, result) for index, result in enumerate(results)]
    sequence = {"objects": objects, "frame_annotations": frames}
    return Made({path: json_bytes(sequence)}, (LENS_NOTE,) * has_lens(results))


def _target_from_world(result: ObjectResult) -> np.ndarray:
    """Return the similarity to a world in metres with Y up, shape (4, 4)."""
    units = WorldUnits(result.world.up_axis or "Y", metres_of(result))
    return target_from_source_world(WorldUnits("Y", 1.0), units)


def _turned_axes(result: ObjectResult) -> np.ndarray:
    """Return the axes of the box, for `renamed`, that point along those of the target as it did along the world's."""
    return _target_from_world(result)[:3, :3].T / metres_of(result)


def _object(index: int, result: ObjectResult) -> dict[str, Any]:
    box = renamed(move_box(result.box, _target_from_world(result))[0], _turned_axes(result))
    return {
        "id": index,
        "category": result.labelled.label.class_name,
        "type": "BOUNDING_BOX",
        "rotation": box.rotation.ravel().tolist(),
        "translation": box.centre.tolist(),
        "scale": box.size.tolist(),
        "keypoints": [_point(keypoint) for keypoint in KEYPOINTS],
        "method": "ANNOTATION",
    }


def _frame(view: SeenView) -> dict[str, Any]:
    first = view.sightings[0]
    rotation, translation = camera_pose(first.silhouette.camera)
    target = _target_from_world(first.result)
    matrix = np.eye(4)
    matrix[:3, :3] = _OPENGL_FROM_OPENCV[:, None] * rotation @ target[:3, :3].T / metres_of(first.result)
    matrix[:3, 3] = _OPENGL_FROM_OPENCV * translation * metres_of(first.result)
    height, width = view.camera.resolution
    return {
        "frame_id": view.number,
        "annotations": [_annotation(view, sighting) for sighting in view.sightings],
        "camera": {
            "transform": np.linalg.inv(matrix).ravel().tolist(),
            "image_resolution_width": width,
            "image_resolution_height": height,
            "intrinsics": view.camera.intrinsics().ravel().tolist(),
            "view_matrix": matrix.ravel().tolist(),
        },
    }


def _annotation(view: SeenView, sighting: Sighting) -> dict[str, Any]:
    box = renamed(sighting.box, _turned_axes(sighting.result))
    keypoints = [
        {"id": number, "point_3d": _point(_OPENGL_FROM_OPENCV * point), **_projected(view, point)}
        for number, point in enumerate(_keypoints(box))
    ]
    return {"object_id": sighting.index, "keypoints": keypoints, "visibility": 1.0}


def _keypoints(box: Box) -> np.ndarray:
    return np.concatenate([box.centre[None], box.corners])


def _projected(view: SeenView, point: np.ndarray) -> dict[str, Any]:
    """Return a point's place in the image, from 0 to 1, and its depth; nothing if it is behind the camera."""
    if point[2] <= 0:
        return {}
    pixel = np.array(view.camera.principal) + np.array(view.camera.focal) * point[:2] / point[2]
    u, v = pixel / view.camera.resolution[::-1]
    return {"point_2d": {"x": float(u), "y": float(v), "depth": float(point[2])}}


def _point(point: np.ndarray) -> dict[str, float]:
    return dict(zip("xyz", point.tolist(), strict=True))
