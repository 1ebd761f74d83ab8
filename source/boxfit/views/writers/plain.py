"""Writer of boxfit's plain format; docs/plain-format.md describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boxfit.geometry.lens import COEFFICIENTS
from boxfit.views.dataset import Dataset
from boxfit.views.new_folder import new_folder
from boxfit.views.plain import FILE, VERSION
from boxfit.views.writers.files import (
    smallest_type,
    write_array,
    write_image,
    write_json,
    write_shots,
)
from boxfit.views.writers.scene import Scene, Shot, make_scene


def plain_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset. Raises DatasetError as `make_scene`."""
    scene = _scene(dataset)
    return [*scene.losses, *([] if _is_binary(scene) else scene.coverage_loss)]


def write_plain(dataset: Dataset, folder: Path) -> None:
    """Write a dataset.

    Raises:
        DatasetError: If the folder is not new or empty or cannot be written, an image cannot be read, or as
            `make_scene`.
    """
    scene = _scene(dataset)
    is_binary = _is_binary(scene)

    def write(_: int, shot: Shot) -> dict[str, Any]:
        mask = shot.mask() if is_binary else smallest_type(shot.ids())
        write_image(draft / "masks" / f"{shot.name}.png", mask)
        height, width = shot.camera.resolution
        view: dict[str, Any] = {"mask": f"masks/{shot.name}.png"}
        if shot.rgb is not None:
            view["rgb"] = f"images/{shot.name}.png"
            write_image(draft / view["rgb"], shot.rgb())
        if shot.depth is not None:
            view["depth"] = f"depth/{shot.name}.npy"
            write_array(draft / view["depth"], shot.depth())
        view |= {"K": shot.camera.intrinsics().tolist(), "width": width, "height": height}
        view |= {"distortion": shot.distortion} if shot.distortion else {}
        return view | {"world_to_camera": shot.camera.opencv_from_world.tolist()}

    with new_folder(folder) as draft:
        views = write_shots(scene.shots, write)
        write_json(draft / FILE, {**_conventions(scene, is_binary), "views": views})


def _scene(dataset: Dataset) -> Scene:
    return make_scene(dataset, COEFFICIENTS)


def _is_binary(scene: Scene) -> bool:
    return list(scene.labels) == [1]


def _conventions(scene: Scene, is_binary: bool) -> dict[str, Any]:
    named = {str(number): label.name for number, label in scene.labels.items() if label.named_by != "id"}
    stated = {
        "labels": named or None,
        "meters_per_unit": scene.meters_per_unit,
        "up_axis": scene.up_axis,
    }
    return {
        "version": VERSION,
        "axes": "opencv",
        "pixel_centre": 0.5,
        "masks": "binary" if is_binary else "ids",
        **{field: value for field, value in stated.items() if value is not None},
    }
