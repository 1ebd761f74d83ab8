"""Datasets of arrays: masks, intrinsics and poses that a program holds already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

import numpy as np

from boxfit.errors import BoxfitError, CameraError, DatasetError
from boxfit.geometry.camera import Camera
from boxfit.session.source import Source, SourceWorld
from boxfit.usd.label import Label
from boxfit.views.boxes import LARGEST, is_number
from boxfit.views.conventions import CameraAxes, camera_from_pose
from boxfit.views.coverage import FULL
from boxfit.views.dataset import Dataset, LabelledObject, View
from boxfit.views.labels import label_regions, pixel_runs
from boxfit.views.sensors import check_size, depth_values

UpAxis = Literal["y", "z", "Y", "Z"]

_NAME = Path("the arrays")
"""Name of the source in messages."""

_SHADES = 16
"""Number of different bytes between 0 and 255 that are shades."""

_MOST_WHOLE = 2.0**53
"""Limit of floats that are exact as integers."""


def masks_of(masks: Any) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """Convert masks to images of the id 1.

    Args:
        masks: Booleans or integers, nonzero on the object, or shares of coverage from 0 to 1, as for `images_of`. Bytes
            with 255 and many values below it, as smooth borders and JPEG images have them, are shares as well.

    Returns:
        The images, and for each its coverage in bytes, or None if it has whole pixels only.

    Raises:
        DatasetError: If an image has another shape, or values beyond 0 and 1 that are not whole.
    """
    images: list[np.ndarray] = []
    coverages: list[np.ndarray | None] = []
    for index, image in enumerate(images_of(masks, "masks")):
        image = _flat(image, f"masks[{index}]")
        shares = image.dtype.kind == "f" and image.size and (image != np.round(image)).any()
        if shares and not (image.min() >= 0 and image.max() <= 1):
            raise DatasetError(
                f"masks[{index}] holds values from {image.min():g} to {image.max():g}: give booleans, integers, or "
                "shares of coverage from 0 to 1 (probabilities, not logits)"
            )
        if _has_gradations(image):
            coverage = image
        else:
            coverage = (FULL * image.astype(np.float32)).round().astype(np.uint8) if shares else None
        coverages.append(coverage)
        images.append(((image != 0) if coverage is None else coverage > FULL / 2).view(np.uint8))
    return images, coverages


def labels_of(labels: Any, argument: str = "labels") -> list[np.ndarray]:
    """Convert images of ids to arrays of shape (height, width).

    Args:
        labels: Booleans, integers or whole numbers, as for `images_of`.
        argument: Name of the argument, for messages.

    Raises:
        DatasetError: If an image has another shape, or numbers that are not whole.
    """
    return [_integers(image, f"{argument}[{index}]") for index, image in enumerate(images_of(labels, argument))]


def images_of(values: Any, argument: str) -> list[np.ndarray]:
    """Convert an argument to a list of images.

    Args:
        values: Array or tensor of shape (N, height, width) or with a channel more, or a sequence of N images.
        argument: Its name, for messages.

    Raises:
        DatasetError: If it has another shape.
    """
    if isinstance(values, list | tuple):
        images = [as_array(value, f"{argument}[{index}]") for index, value in enumerate(values)]
    else:
        array = as_array(values, argument)
        if array.ndim < 3:
            raise DatasetError(f"{argument} has shape {array.shape}: give (N, height, width), or a list of N images")
        images = list(array)
    if not images:
        raise DatasetError(f"{argument} holds no image: give one for each view")
    return images


def _has_gradations(image: np.ndarray) -> bool:
    """Return True for bytes that are shades from 0 to 255, rather than ids."""
    if image.dtype != np.uint8 or image.max(initial=0) != FULL:
        return False
    return int(np.count_nonzero(np.bincount(image.ravel(), minlength=FULL + 1)[1:FULL])) >= _SHADES


def as_array(value: Any, argument: str) -> np.ndarray:
    """Convert an array, a tensor on any device or a sequence of numbers to a NumPy array.

    Raises:
        DatasetError: If it is none of these.
    """
    try:
        if hasattr(value, "detach"):  # A tensor of PyTorch, which need not be imported for this.
            value = value.detach().cpu()
            value = value.float() if "bfloat16" in str(value.dtype) else value
        elif hasattr(value, "get") and hasattr(value, "__cuda_array_interface__"):
            value = value.get()
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise DatasetError(f"{argument} is no array of numbers ({error})") from error
    if array.dtype.kind not in "biuf":
        raise DatasetError(f"{argument} is a {type(value).__name__} of {array.dtype}, not an array of numbers")
    return array


def cameras_of(
    intrinsics: Any, poses: Any, images: Sequence[np.ndarray], axes: CameraAxes, pixel_centre: float
) -> list[Camera]:
    """Make the cameras of images.

    Args:
        intrinsics: Of all images, shape (3, 3), or of each, shape (N, 3, 3), in [px].
        poses: Camera-to-world, shape (N, 4, 4) or (N, 3, 4).
        images: The images.
        axes: Axes of the poses.
        pixel_centre: Coordinate of the first pixel's centre.

    Raises:
        DatasetError: If a shape does not fit, or the intrinsics are of no pinhole camera.
        CameraError: If a pose is of no camera.
    """
    if (given := str(axes).lower()) not in ("opencv", "opengl", "usd"):
        raise DatasetError(f"convention is {axes!r}: choose opencv (as COLMAP, BOP), opengl (as NeRF) or usd")
    if not (is_number(pixel_centre) and 0 <= pixel_centre <= 1):
        raise DatasetError(
            f"pixel_centre is {pixel_centre!r:.40}: give 0.5, or 0 for intrinsics as OpenCV calibrates them"
        )
    count = len(images)
    k, matrices = as_array(intrinsics, "intrinsics"), as_array(poses, "camera_poses")
    if k.shape not in ((3, 3), (count, 3, 3)):
        raise DatasetError(f"intrinsics has shape {k.shape}: give (3, 3), or ({count}, 3, 3) for the {count} images")
    if matrices.shape not in ((count, 4, 4), (count, 3, 4)):
        raise DatasetError(f"camera_poses has shape {matrices.shape}: give ({count}, 4, 4) for the {count} images")
    cameras = []
    for index, (image, pose) in enumerate(zip(images, matrices.astype(np.float64), strict=True)):
        each, which = (k, "intrinsics") if k.ndim == 2 else (k[index], f"intrinsics[{index}]")
        lens = _lens(each.astype(np.float64), which, pixel_centre)
        whole = np.vstack([pose, [0.0, 0.0, 0.0, 1.0]]) if len(pose) == 3 else pose
        try:
            cameras.append(Camera(camera_from_pose(whole, given), *lens, (image.shape[0], image.shape[1])))
        except CameraError as error:
            raise CameraError(f"camera_poses[{index}]: {error}") from error
    return cameras


def _lens(k: np.ndarray, which: str, pixel_centre: float) -> tuple[tuple[float, float], tuple[float, float]]:
    (fx, skew, cx), (below, fy, cy), last = k.tolist()
    is_pinhole = below == 0 and np.allclose(last, [0, 0, 1]) and fx > 0 and fy > 0 and (np.abs(k) < LARGEST).all()
    if not is_pinhole or abs(skew) > 1e-6 * fx:
        raise DatasetError(f"{which} is {k.tolist()}: give [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in pixels")
    shift = 0.5 - pixel_centre
    return (fx, fy), (cx + shift, cy + shift)


def _flat(image: np.ndarray, which: str) -> np.ndarray:
    """Return an image with two axes."""
    if image.ndim == 3 and 1 in (image.shape[0], image.shape[2]):
        image = image[0] if image.shape[0] == 1 else image[..., 0]
    if image.ndim != 2 or 0 in image.shape:
        raise DatasetError(f"{which} has shape {image.shape}: give (height, width)")
    check_size(which, image.shape, image.shape)
    return image


def _integers(image: np.ndarray, which: str) -> np.ndarray:
    """Check an image of ids, and return it with two axes."""
    image = _flat(image, which)
    if image.dtype.kind == "f":
        if not (np.abs(image) < _MOST_WHOLE).all() or (image != np.round(image)).any():
            raise DatasetError(f"{which} holds numbers that are not whole, or too large: ids are integers")
        image = image.astype(np.int64)
    return image


def source_of_images(
    images: Sequence[np.ndarray],
    cameras: Sequence[Camera],
    label_names: Mapping[int, str],
    up: UpAxis | None,
    meters_per_unit: float | None,
    depth: Any,
    rgb: Any,
    names: Sequence[str] | None,
    coverages: Sequence[np.ndarray | None] = (),
) -> Source:
    """Make a source of images of ids.

    Args:
        images: Shape (height, width) each.
        cameras: Camera of each image.
        label_names: Names of ids.
        up: Axis of the world that points up, or None if unknown.
        meters_per_unit: Length of the poses' unit in metres, or None if unknown.
        depth: Distances along the view, as `images_of`, or None.
        rgb: Colours, as `images_of`, or None.
        names: Names of the views, or None to number them.
        coverages: Coverage of each image by its only object, as `View.images` has it, or None; empty for none at all.

    Raises:
        DatasetError: If a length or a value does not fit.
    """
    if up not in (None, "y", "z", "Y", "Z"):
        raise DatasetError(f"up is {up!r}: give y or z, or None if neither axis of the world points up")
    if meters_per_unit is not None and not (is_number(meters_per_unit) and meters_per_unit > 0):
        raise DatasetError(
            f"meters_per_unit is {meters_per_unit!r:.40}: give a number above 0, or None if it is unknown"
        )
    if not isinstance(label_names, Mapping) or not all(isinstance(key, Integral) for key in label_names):
        raise DatasetError(f"label_names is {label_names!r:.40}: give names by id, such as {{1: 'mug'}}")
    if not isinstance(names, Iterable | None) or isinstance(names, str):
        raise DatasetError(f"names is {names!r:.40}: give a list of names, or None to number the views")
    names = [str(index) for index in range(len(images))] if names is None else [str(name) for name in names]
    if len(names) != len(images) or len(set(names)) < len(names):
        raise DatasetError(f"names are {len(set(names))} different ones: give one for each of the {len(images)} images")
    depths = _optional(depth, "depth", cameras, _depth)
    pictures = _optional(rgb, "rgb", cameras, _picture)
    views, ids = [], set()
    for index, (name, image, camera) in enumerate(zip(names, images, cameras, strict=True)):
        try:
            regions = label_regions(pixel_runs(image))
        except BoxfitError as error:
            raise DatasetError(f"image {name}: {error}") from error
        ids |= set(regions)
        sensors: dict[str, Callable[[], np.ndarray]] = {"semantic": partial(np.asarray, image)}
        if coverages and (coverage := coverages[index]) is not None:
            sensors["coverage"] = partial(np.asarray, coverage)
        if depths is not None:
            sensors["depth_linear"] = depths[index]
        if pictures is not None:
            sensors["rgb"] = pictures[index]
        found = {("semantic", number): region for number, region in regions.items()}
        views.append(View(name, camera, images=sensors, regions=found))
    labels = [Label(number, str(label_names.get(number, number)), "semantic", "labels") for number in sorted(ids)]
    objects = tuple(LabelledObject(None, label, tuple(views)) for label in labels)
    if not objects:
        raise DatasetError(f"all {len(images)} masks are empty: nonzero pixels are the object")
    world = SourceWorld("Z" if up in ("z", "Z") else "Y" if up else None, meters_per_unit, has_usual=False)
    return Source(None, Dataset(_NAME, tuple(views), objects, (), meters_per_unit), world)


def _optional(
    values: Any, argument: str, cameras: Sequence[Camera], check: Callable[[str, np.ndarray, Camera], np.ndarray]
) -> list[Callable[[], np.ndarray]] | None:
    """Make functions that return the images of an optional argument, checked against the cameras."""
    if values is None:
        return None
    images = images_of(values, argument)
    if len(images) != len(cameras):
        raise DatasetError(f"{argument} has {len(images)} images: give one for each of the {len(cameras)} masks")
    pairs = enumerate(zip(images, cameras, strict=True))
    return [partial(np.asarray, check(f"{argument}[{index}]", image, camera)) for index, (image, camera) in pairs]


def _depth(which: str, image: np.ndarray, camera: Camera) -> np.ndarray:
    return depth_values(which, image, camera.resolution)


def _picture(which: str, image: np.ndarray, camera: Camera) -> np.ndarray:
    """Check colours, as bytes or as shares of 1, and return RGB bytes."""
    if image.ndim == 3 and image.shape[0] in (3, 4) and image.shape[2] not in (3, 4):
        image = np.moveaxis(image, 0, -1)
    if image.ndim != 3 or image.shape[2] not in (3, 4):
        raise DatasetError(f"{which} has shape {image.shape}: give (height, width, 3)")
    check_size(which, image.shape[:2], camera.resolution)
    image = image[..., :3]
    if image.dtype.kind in "iu":
        return image.clip(0, 255).astype(np.uint8)
    return (255 * np.nan_to_num(image.astype(np.float32)).clip(0, 1)).round().astype(np.uint8)
