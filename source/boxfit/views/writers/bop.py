"""Writer of scene folders of BOP (scenewise format); docs/bop-format.md describes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from boxfit.views.dataset import Dataset
from boxfit.views.new_folder import new_folder
from boxfit.views.writers.files import write_image, write_json, write_shots
from boxfit.views.writers.scene import Scene, Shot, make_scene

_MOST_DEPTH = np.iinfo(np.uint16).max


def bop_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset. Raises DatasetError as `make_scene`."""
    scene = make_scene(dataset)
    losses = [*scene.losses, *scene.coverage_loss, *scene.up_axis_loss]
    if scene.meters_per_unit is None:
        losses.append("the unknown unit: it is written as a millimetre; state it (source_units)")
    named = [f"{number} is {label.name}" for number, label in scene.labels.items() if label.named_by != "id"]
    if named:
        losses.append(f"names of objects, which are numbers: {'; '.join(named[:4])}{'; ...' if named[4:] else ''}")
    if any(shot.depth is not None for shot in scene.shots):
        losses.append(f"depth beyond 16 bits: it is rounded to the greatest one / {_MOST_DEPTH}")
    return losses


def write_bop(dataset: Dataset, folder: Path) -> None:
    """Write a dataset; the frame of every object's model is the world.

    Raises:
        DatasetError: If the folder is not new or empty or cannot be written, an image cannot be read, or as
            `make_scene`.
    """
    scene = make_scene(dataset)

    def write(index: int, shot: Shot) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        camera, pose = _camera(shot, scene)
        if shot.rgb is not None:
            write_image(draft / "rgb" / f"{index:06d}.png", shot.rgb())
        if shot.depth is not None:
            depth = np.nan_to_num(shot.depth(), nan=0, posinf=0, neginf=0).clip(0)
            step = float(depth.max()) / _MOST_DEPTH or 1.0
            camera["depth_scale"] = step * _millimetres(scene)
            write_image(draft / "depth" / f"{index:06d}.png", (depth / step).round().astype(np.uint16))
        objects, facts = [], []
        ids = shot.ids()
        for number in np.unique(ids[ids > 0]).tolist():
            name = f"{index:06d}_{len(objects):06d}.png"
            mask = ids == number
            write_image(draft / "mask_visib" / name, np.where(mask, 255, 0).astype(np.uint8))
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            left, top = int(columns[0]), int(rows[0])
            box = [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
            objects.append({**pose, "obj_id": number})
            facts.append({"bbox_visib": box, "px_count_visib": int(mask.sum())})
        return camera, objects, facts

    with new_folder(folder) as draft:
        entries = write_shots(scene.shots, write)
        for name, content in zip(
            ("scene_camera.json", "scene_gt.json", "scene_gt_info.json"), zip(*entries, strict=True), strict=True
        ):
            write_json(draft / name, {str(index): each for index, each in enumerate(content)})


def _millimetres(scene: Scene) -> float:
    """Return the length of the unit in millimetres; 1 if it is unknown."""
    return 1.0 if scene.meters_per_unit is None else 1000 * scene.meters_per_unit


def _camera(shot: Shot, scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entry of an image's camera, and the pose of every object's model, which is the world."""
    matrix = shot.camera.opencv_from_world
    rotation, translation = matrix[:3, :3].ravel().tolist(), (matrix[:3, 3] * _millimetres(scene)).tolist()
    camera = {"cam_K": shot.camera.intrinsics(pixel_centre=0).ravel().tolist(), "depth_scale": 1.0}
    pose = {"cam_R_m2c": rotation, "cam_t_m2c": translation}
    return {**camera, "cam_R_w2c": rotation, "cam_t_w2c": translation}, pose
