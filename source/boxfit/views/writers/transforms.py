"""Writer of a transforms.json with images whose alpha channel is the mask; docs/transforms-format.md describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from boxfit.views.dataset import Dataset
from boxfit.views.new_folder import new_folder
from boxfit.views.writers.files import write_array, write_image, write_json, write_shots
from boxfit.views.writers.scene import Scene, Shot, make_scene

_TITLE = "transforms.json"
_COEFFICIENTS = ("k1", "k2", "k3", "p1", "p2")
_DEPTH_UNITS = 1000
"""Values of depth files per unit, as nerfstudio reads them."""


def transforms_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset. Raises DatasetError as `write_transforms`."""
    scene = _scene(dataset)
    return [*scene.losses, *scene.name_loss, *scene.unit_loss, *scene.up_axis_loss]


def write_transforms(dataset: Dataset, folder: Path) -> None:
    """Write a dataset of one object.

    Raises:
        DatasetError: If there are several objects, the folder is not new or empty or cannot be written, an image cannot
            be read, or as `make_scene`.
    """
    scene = _scene(dataset)

    def write(_: int, shot: Shot) -> dict[str, Any]:
        mask = shot.mask()[..., None]
        colours = np.repeat(mask, 3, axis=-1) if shot.rgb is None else shot.rgb()
        height, width = shot.camera.resolution
        (fx, fy), (cx, cy) = shot.camera.focal, shot.camera.principal
        frame: dict[str, Any] = {"file_path": f"images/{shot.name}.png"}
        write_image(draft / frame["file_path"], np.concatenate([colours, mask], axis=-1))
        if shot.depth is not None:
            frame["depth_file_path"] = f"depth/{shot.name}.npy"
            write_array(draft / frame["depth_file_path"], shot.depth() * np.float32(_DEPTH_UNITS))
        frame |= {"w": width, "h": height, "fl_x": fx, "fl_y": fy, "cx": cx, "cy": cy, **shot.distortion}
        return frame | {"transform_matrix": shot.camera.world_from_camera.tolist()}

    with new_folder(folder) as draft:
        frames = write_shots(scene.shots, write)
        write_json(draft / "transforms.json", {"camera_model": "OPENCV", "frames": frames})


def _scene(dataset: Dataset) -> Scene:
    scene = make_scene(dataset, _COEFFICIENTS)
    scene.check_single(_TITLE)
    return scene
