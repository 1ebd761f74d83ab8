"""Annotations of BOP scenes: objects in images with their poses and cameras, from the JSON files of a scene folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.boxes import LARGEST, is_number
from boxfit.views.dataset import Problem
from boxfit.views.regular_files import MALFORMED, read_json

CAMERAS, POSES, INFO = "scene_camera.json", "scene_gt.json", "scene_gt_info.json"

_ROUNDING = 0.01
"""Largest difference of a rotation matrix's singular values from 1: that of numbers with three digits."""

_TURN, _SHIFT = np.radians(5.0), 0.02
"""Largest differences of an object's pose in the world that are errors of the annotation: angle in [rad], and distance
as a share of that from the camera."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """Object in an image.

    Attributes:
        image: Number of the image.
        index: Index of the object in it.
        number: Id of the object's model.
        visible: Visible share of its silhouette, 0 to 1; 1 if unknown.
        intrinsics: cam_K, shape (3, 3).
        depth_scale: Factor from the values of depth images to [mm]; None if unknown.
        camera_from_model: In the camera axes of OpenCV, in [mm], shape (4, 4).
        camera_from_world: The same; None if unknown.
    """

    image: int
    index: int
    number: int
    visible: float
    intrinsics: np.ndarray
    depth_scale: float | None
    camera_from_model: np.ndarray
    camera_from_world: np.ndarray | None


def read_annotations(folder: Path, with_visibility: bool, problems: list[Problem]) -> list[Annotation]:
    """Read the objects of all images, in the order of the images.

    Args:
        folder: The scene.
        with_visibility: True to read their visible shares, if they are stated.
        problems: Images whose entries cannot be used are added here, and left out.

    Raises:
        DatasetError: If a file cannot be read, or is not one of a scene.
    """
    cameras = dict(_by_image(folder / CAMERAS, problems))
    is_stated = with_visibility and (folder / INFO).exists()
    infos = dict(_by_image(folder / INFO, problems)) if is_stated else {}
    annotations = []
    for image, poses in sorted(_by_image(folder / POSES, problems), key=lambda entry: entry[0]):
        try:
            if image not in cameras:
                raise DatasetError(f"{CAMERAS} has no entry of it")
            annotations += _of_image(image, cameras[image], poses, infos.get(image))
        except DatasetError as error:
            problems.append(Problem(f"image {image:06d}", str(error)))
        except MALFORMED as error:
            problems.append(Problem(f"image {image:06d}", f"its entries are not those of a BOP scene ({error})"))
    return annotations


def group_instances(annotations: Iterable[Annotation]) -> dict[str, list[Annotation]]:
    """Group annotations by instance, without those of which nothing is visible.

    Instances of a model that an image shows several times are numbered in the order in each image. If that order
    changes, an instance is another one in some images: in the frame of the model all are the same.

    Returns:
        Annotations by name: obj_000005, or obj_000005#1, obj_000005#2 and so on.
    """
    counts: Counter[tuple[int, int]] = Counter()
    ranked = []
    for each in annotations:
        counts[each.image, each.number] += 1
        ranked.append((each, counts[each.image, each.number]))
    several = {number for (_, number), count in counts.items() if count > 1}
    instances: dict[str, list[Annotation]] = {}
    for each, rank in ranked:
        if each.visible > 0:
            name = f"obj_{each.number:06d}" + (f"#{rank}" if each.number in several else "")
            instances.setdefault(name, []).append(each)
    return instances


def frames(seen: Sequence[Annotation], in_world: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Place the cameras of an instance, and the instance, in the scene's world or in the frame of its model.

    The cameras of an object at rest are those of its own poses, as these fit its masks best.

    Args:
        seen: Annotations of the instance.
        in_world: True for the scene's world, which all of them must state.

    Returns:
        For each annotation camera_from_world in the axes of OpenCV, and world_from_model, of shape (4, 4).
    """
    from_model = np.stack([each.camera_from_model for each in seen])
    if not in_world:
        return [(pose, np.eye(4)) for pose in from_model]
    from_world = np.stack([each.camera_from_world for each in seen])
    poses = np.linalg.inv(from_world) @ from_model
    shifts = np.linalg.norm(poses[:, :3, 3] - np.median(poses[:, :3, 3], axis=0), axis=1)
    middle = poses[np.argmin(shifts)]
    cosines = (np.einsum("nij,ij->n", poses[:, :3, :3], middle[:3, :3]) - 1) / 2
    distances = np.linalg.norm(from_model[:, :3, 3], axis=1)
    if (cosines < np.cos(_TURN)).any() or (shifts > _SHIFT * distances).any():
        return list(zip(from_world, poses, strict=True))
    return [(pose @ np.linalg.inv(middle), middle) for pose in from_model]


def _by_image(file: Path, problems: list[Problem]) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a JSON file of a scene, by image."""
    entries = read_json(file)
    if not isinstance(entries, Mapping):
        raise DatasetError(f"{file} holds no entries by image number: it is not a file of a BOP scene")
    for key, entry in entries.items():
        if key.isdecimal() and len(key) < 19:
            yield int(key), entry
        else:
            problems.append(Problem(file.name, f"its entry {key[:40]!r} is not the number of an image"))


def _of_image(image: int, camera: Any, entries: Sequence[Any], infos: Sequence[Any] | None) -> list[Annotation]:
    if infos is not None and len(infos) != len(entries):
        raise DatasetError(f"{INFO} has {len(infos)} objects in it, and {POSES} {len(entries)}")
    intrinsics = _numbers([camera], "cam_K", 9).reshape(3, 3)
    if np.abs(intrinsics[[0, 1, 2, 2, 2], [1, 0, 0, 1, 2]] - [0, 0, 0, 0, 1]).max() > 1e-6:
        raise DatasetError("its cam_K is not fx, 0, cx, 0, fy, cy, 0, 0, 1: only cameras without skew are read")
    scale: Any = camera.get("depth_scale")
    depth_scale = float(scale) if is_number(scale) else None
    world = _poses([camera], "cam_R_w2c", "cam_t_w2c")[0] if "cam_R_w2c" in camera else None
    shares: list[Any] = [None] * len(entries) if infos is None else [info.get("visib_fract") for info in infos]
    poses = _poses(entries, "cam_R_m2c", "cam_t_m2c")
    annotations = []
    for index, (entry, pose, share) in enumerate(zip(entries, poses, shares, strict=True)):
        number = entry["obj_id"]
        if not isinstance(number, int) or not 0 <= number < 2**31 - 1:
            raise DatasetError(f"its obj_id {number!r:.40} is not the number of a model")
        visible = float(share) if is_number(share) and share >= 0 else 1.0  # -1 stands for unknown.
        annotations.append(Annotation(image, index, number, visible, intrinsics, depth_scale, pose, world))
    return annotations


def _poses(entries: Sequence[Any], rotation: str, translation: str) -> np.ndarray:
    """Read poses, each with the nearest rotation to its rounded one, shape (n, 4, 4)."""
    left, lengths, right = np.linalg.svd(_numbers(entries, rotation, 9).reshape(-1, 3, 3))
    turns = left @ right
    if (np.abs(lengths - 1) > _ROUNDING).any() or (np.linalg.det(turns) < 0).any():
        raise DatasetError(f"its {rotation} is not a rotation matrix")
    poses = np.tile(np.eye(4), (len(entries), 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = turns, _numbers(entries, translation, 3)
    return poses


def _numbers(entries: Sequence[Any], field: str, count: int) -> np.ndarray:
    """Return a list of numbers of each entry, shape (n, count)."""
    if any(field not in entry for entry in entries):
        raise DatasetError(f"it has no {field}")
    rows = [np.ravel(entry[field]) for entry in entries]
    if any(row.shape != (count,) for row in rows):
        raise DatasetError(f"its {field} is not {count} numbers")
    numbers = np.array(rows, dtype=np.float64).reshape(-1, count)
    if not (np.abs(numbers) < LARGEST).all():
        raise DatasetError(f"its {field} holds a number that is not finite")
    return numbers
