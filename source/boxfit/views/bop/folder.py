"""Reader of scene folders of BOP (scenewise format); docs/bop-format.md describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from boxfit.errors import BoxfitError, DatasetError
from boxfit.geometry.camera import Camera
from boxfit.usd.label import Label
from boxfit.views.bop.annotations import CAMERAS, POSES, Annotation, frames, group_instances, read_annotations
from boxfit.views.conventions import camera_from_pose
from boxfit.views.dataset import Dataset, LabelledObject, Problem, View
from boxfit.views.folder_listing import list_folder
from boxfit.views.posed_images import open_mask, posed_view, read_scaled_depth
from boxfit.views.sensors import PICTURES, read_picture
from boxfit.views.targets import assemble_dataset
from boxfit.views.threads import map_in_threads

VISIBLE = 0.5
"""Least visible share of an object in the views that are used."""

LEAST_VIEWS = 6
"""Number of an object's most visible views that are used even if less of it is visible."""

_VARIANTS = {
    r"scene_camera_.+\.json": "it has cameras and poses for each of several sensors: copy those of one to a "
    "folder of its own, under the names without the sensor (scene_camera.json, scene_gt.json, mask_visib, rgb)",
    r".+\.(camera|gt)\.json": "it is in BOP's imagewise format: name a folder in the scenewise one",
    r"key_to_shard\.json|shard-\d+\.tar": "it is in BOP's webdataset format: name a folder in the scenewise one",
}
"""Patterns of the files of variants that are not read, with a description and a remedy."""


def holds_bop(path: Path) -> bool:
    """Return True if a folder is a scene of BOP, also of a variant that `read_bop` refuses.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    if not path.is_dir():
        return False
    names = [each.name for each in list_folder(path)]
    return CAMERAS in names or POSES in names or _variant(names) is not None


def read_bop(path: Path) -> Dataset:
    """Read a scene folder.

    Each instance of an object is an object of its own, with a view for each image that shows it. If the pose of the
    camera is stated, objects and cameras are in the scene's world, else each object with its cameras is in the frame of
    its model. Views in which less than `VISIBLE` of an object is visible are left out if `LEAST_VIEWS` others remain.

    Args:
        path: Folder of scene_camera.json, scene_gt.json and masks.

    Returns:
        The dataset, in millimetres. Masks have been read and searched; other files are read on demand.

    Raises:
        DatasetError: If the folder cannot be read or is of another variant, fewer than two views of an object can be
            used, or no mask shows anything.
    """
    path = Path(path)
    names = [each.name for each in list_folder(path)]
    if variant := _variant(names):
        raise DatasetError(f"{path} cannot be read: {variant}")
    if missing := [name for name in (CAMERAS, POSES) if name not in names]:
        raise DatasetError(f"{path} has no {missing[0]}, which a scene of BOP needs for cameras and poses")
    masks = next((name for name in ("mask_visib", "mask") if name in names), None)
    if masks is None:
        raise DatasetError(f"{path} has no folder mask_visib: make it with calc_gt_masks.py of the BOP toolkit")

    # In cam_K the first pixel's centre is at 0, as in OpenCV. Whole silhouettes are rendered, by programs for which its
    # corner is there, as it is for a `Camera`.
    shift = 0.0 if "mask" in names else 0.5
    problems: list[Problem] = []
    instances = group_instances(read_annotations(path, masks == "mask_visib", problems))
    numbers = {each.number for seen in instances.values() for each in seen}
    ids = {number: number or max(numbers) + 1 for number in numbers}  # 0 is the background.
    in_world = all(each.camera_from_world is not None for seen in instances.values() for each in seen)
    pictures = _pictures(path / ("rgb" if "rgb" in names else "gray"))
    depths = _pictures(path / "depth")

    jobs, unread = [], {}
    for asset, seen in sorted(instances.items()):
        prefix = f"{asset}/" if len(instances) > 1 else ""
        limit = min(VISIBLE, sorted(each.visible for each in seen)[-LEAST_VIEWS:][0])
        used = [each for each in seen if each.visible >= limit]
        unread[asset] = [
            Problem(f"view {prefix}{each.image:06d}", f"only {each.visible:.0%} of it is visible (visib_fract)")
            for each in seen
            if each.visible < limit
        ]
        jobs += [
            (f"{prefix}{each.image:06d}", asset, ids[each.number], each, *poses)
            for each, poses in zip(used, frames(used, in_world), strict=True)
        ]
    read = partial(_read_view, masks=path / masks, pictures=pictures, depths=depths, shift=shift)
    views = []
    for (_, asset, *_), view in zip(jobs, map_in_threads(lambda job: read(*job), jobs), strict=True):
        if isinstance(view, View):
            views.append(view)
        else:
            problems.append(view)
            unread[asset].append(view)
    dataset = assemble_dataset(path, views, problems)
    objects = tuple(_named(labelled, unread) for labelled in dataset.objects)
    return replace(dataset, objects=objects, meters_per_unit=0.001, convention="opencv-w2c")


def _variant(names: Iterable[str]) -> str | None:
    """Describe the variant of a folder with files of these names; None for the one that is read."""
    names = list(names)
    if CAMERAS in names:
        return None
    return next((text for files, text in _VARIANTS.items() if any(re.fullmatch(files, name) for name in names)), None)


def _pictures(folder: Path) -> dict[int, Path]:
    """Return the PNG and JPEG files of a folder by image number."""
    paths = [folder / each.name for each in list_folder(folder)] if folder.is_dir() else []
    return {int(path.stem): path for path in paths if path.stem.isdecimal() and path.suffix.lower() in PICTURES}


def _read_view(
    name: str,
    asset: str,
    label: int,
    seen: Annotation,
    camera_from_world: np.ndarray,
    world_from_asset: np.ndarray,
    masks: Path,
    pictures: Mapping[int, Path],
    depths: Mapping[int, Path],
    shift: float,
) -> View | Problem:
    """Read the mask of an object in an image."""
    origins = {"mask": masks / f"{seen.image:06d}_{seen.index:06d}.png"}
    try:
        mask = open_mask(origins["mask"], "object", label=label)
        images = mask.images
        if seen.image in pictures:
            origins["rgb"] = pictures[seen.image]
            images["rgb"] = partial(read_picture, origins["rgb"], mask.resolution)
        if seen.image in depths and seen.depth_scale is not None:
            origins["depth"] = depths[seen.image]
            images["depth_linear"] = partial(read_scaled_depth, origins["depth"], seen.depth_scale, mask.resolution)
        matrix = camera_from_pose(np.linalg.inv(camera_from_world), "opencv")
        (fx, _, cx), (_, fy, cy), _ = seen.intrinsics.tolist()
        camera = Camera(matrix, (fx, fy), (cx + shift, cy + shift), mask.resolution)
        return posed_view(name, camera, images, origins, asset=asset, world_from_asset=world_from_asset)
    except BoxfitError as error:
        return Problem(f"view {name}", str(error))


def _named(labelled: LabelledObject, unread: Mapping[str, Sequence[Problem]]) -> LabelledObject:
    """Give an object the name of its instance, and the views of it that were not read."""
    asset = labelled.asset or ""
    label = Label(labelled.label.id, asset, "semantic", "labels", class_name=asset.partition("#")[0])
    return replace(labelled, label=label, unread=tuple(unread[asset]))
