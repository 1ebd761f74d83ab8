"""Writer of folders as Replicator's BasicWriter leaves them; docs/replicator-format.md describes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from boxfit.geometry.camera import Camera
from boxfit.views.dataset import Dataset
from boxfit.views.metadata import CLIPPING_RANGE, FOCAL_LENGTH
from boxfit.views.new_folder import new_folder
from boxfit.views.writers.files import smallest_type, write_array, write_image, write_json, write_shots
from boxfit.views.writers.scene import Shot, make_scene

_BACKGROUND = ("BACKGROUND", "UNLABELLED")
"""Classes of the ids 0 and 1, which no object may have."""


def replicator_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset. Raises DatasetError as `make_scene`."""
    scene = make_scene(dataset)
    return [*scene.losses, *scene.coverage_loss, *scene.up_axis_loss]


def write_replicator(dataset: Dataset, folder: Path) -> None:
    """Write a dataset, with a class for each object.

    Raises:
        DatasetError: If the folder is not new or empty or cannot be written, an image cannot be read, or as
            `make_scene`.
    """
    scene = make_scene(dataset)
    classes = {number: label.name for number, label in scene.labels.items()}
    ids = np.zeros(max(classes) + 1, dtype=np.uint16)
    ids[list(classes)] = np.arange(len(classes)) + len(_BACKGROUND)
    names = [*_BACKGROUND, *(f"{name}_" if name in _BACKGROUND else name for name in classes.values())]
    labels = {str(number): {"class": name} for number, name in enumerate(names)}

    def write(index: int, shot: Shot) -> None:
        write_image(draft / f"semantic_segmentation_{index:04d}.png", smallest_type(ids[shot.ids()]))
        write_json(draft / f"semantic_segmentation_labels_{index:04d}.json", labels)
        write_json(draft / f"camera_params_{index:04d}.json", _camera_params(shot.camera, scene.meters_per_unit))
        if shot.rgb is not None:
            colours = shot.rgb()
            alpha = np.full_like(colours[..., :1], 255)
            write_image(draft / f"rgb_{index:04d}.png", np.concatenate([colours, alpha], axis=-1))
        if shot.depth is not None:
            metres = shot.depth() * np.float32(scene.meters_per_unit or 1.0)
            write_array(draft / f"distance_to_image_plane_{index:04d}.npy", metres)

    with new_folder(folder) as draft:
        write_shots(scene.shots, write)


def _camera_params(camera: Camera, meters_per_unit: float | None) -> dict[str, Any]:
    """Make the annotator's output: matrices for row vectors, row by row, with a reversed, nearly infinite depth."""
    height, width = camera.resolution
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    near, far = CLIPPING_RANGE
    projection = np.zeros((4, 4))
    projection[0, 0], projection[1, 1] = 2 * fx / width, 2 * fy / height
    projection[2] = 1 - 2 * cx / width, 2 * cy / height - 1, near / (far - near), -1
    projection[3, 2] = near * far / (far - near)
    params = {
        "cameraAperture": [FOCAL_LENGTH * width / fx, FOCAL_LENGTH * height / fy],
        "cameraApertureOffset": [FOCAL_LENGTH * (width / 2 - cx) / fx, FOCAL_LENGTH * (cy - height / 2) / fy],
        "cameraFocalLength": FOCAL_LENGTH,
        "cameraModel": "pinhole",
        "cameraNearFar": [near, far],
        "cameraProjection": projection.ravel().tolist(),
        "cameraViewTransform": camera.camera_from_world.T.ravel().tolist(),
        "renderProductResolution": [width, height],
    }
    return params if meters_per_unit is None else {**params, "metersPerSceneUnit": meters_per_unit}
