"""The metadata of a view in the Data Generator's format: read as a camera and a pose, or made from them.

The field names and their meaning are in docs/data-generator-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError, DatasetError
from boxfit.geometry.camera import Camera
from boxfit.views.boxes import moved_boxes_3d
from boxfit.views.dataset import View

FOCAL_LENGTH = 24.0
"""Focal length of USD's and the generator's default camera, in tenths of a unit."""

CLIPPING_RANGE = (1.0, 1e6)
"""Near and far distance of the generator's default camera."""


def view_from_metadata(name: str, metadata: Mapping[str, Any], paths: Mapping[str, Path]) -> View:
    """A view from the content of its metadata file.

    Args:
        name: Name of the view.
        metadata: As in `{index}_metadata.json`.
        paths: Existing files by sensor.

    Raises:
        DatasetError: If a key is missing, or a value is not what it has to be.
        CameraError: If no camera can be made of the values.
    """
    file = paths["metadata"].name if "metadata" in paths else "its metadata"
    try:
        asset, world_from_asset = _read_asset(metadata.get("asset_transforms") or [])
        return View(name, _read_camera(metadata["camera_properties"]), asset, world_from_asset, paths, metadata)
    except KeyError as error:
        raise DatasetError(f"{file} has no {error}: generate the view again") from error
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise DatasetError(f"{file} is not the metadata of a view ({error})") from error
    except BoxfitError as error:
        raise type(error)(f"{file}: {error}: generate the view again") from error


def metadata_from_view(view: View) -> dict[str, Any]:
    """What the generator would have written for a view.

    That is the stored metadata where it still tells the view's camera and asset; else those are written anew.

    Raises:
        DatasetError: If the format cannot hold the camera: its pixels are not square, or its axis does not go
            through the middle of the image.
    """
    if _tells(view.metadata, view):
        return dict(view.metadata)
    camera = view.camera
    height, width = camera.resolution
    if not np.allclose(camera.focal, camera.focal[0]) or not np.allclose(camera.principal, (width / 2, height / 2)):
        raise DatasetError(
            f"view {view.name} has focal lengths {camera.focal} and principal point {camera.principal}: "
            "the Data Generator's format holds only square pixels and a centred principal point"
        )
    properties = {
        "resolution": {"width": width, "height": height},
        "clipping_range": list(view.clipping_range or CLIPPING_RANGE),
        "horizontal_aperture": FOCAL_LENGTH * width / camera.focal[0],
        "focal_length": FOCAL_LENGTH,
        "tf_mat": camera.camera_from_world.T.tolist(),
    }
    pose = view.world_from_asset
    transforms = [] if pose is None else [[view.asset or "", pose.T.tolist()]]
    return {**view.metadata, "camera_properties": properties, "asset_transforms": transforms}


def moved_metadata(metadata: Mapping[str, Any], target_from_world: np.ndarray) -> Mapping[str, Any]:
    """Metadata whose `bbox_3d` is in another frame, given by a matrix of shape (4, 4); the same where that is none."""
    if "bbox_3d" not in metadata or np.array_equal(target_from_world, np.eye(4)):
        return metadata
    return {**metadata, "bbox_3d": moved_boxes_3d(metadata["bbox_3d"], target_from_world)}


def row_matrix(rows: Any, key: str) -> np.ndarray:
    """A matrix for row vectors as numbers, shape (4, 4).

    Raises:
        DatasetError: If it is not affine, not finite or singular; `key` names it.
    """
    matrix = np.array(rows, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise DatasetError(f"{key} has shape {matrix.shape}, not (4, 4)")
    if not np.isfinite(matrix).all():
        raise DatasetError(f"{key} holds NaN or infinity")
    if not np.allclose(matrix[:, 3], [0, 0, 0, 1], atol=1e-6):
        raise DatasetError(f"the last column of {key} is not 0, 0, 0, 1, as with row vectors (translation last)")
    lengths = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if lengths[2] <= 1e-9 * lengths[0]:
        raise DatasetError(f"{key} is singular")
    return matrix


def _tells(metadata: Mapping[str, Any], view: View) -> bool:
    """Whether metadata tells a view's camera, asset and pose but for rounding; a USD camera's lens is float32."""
    try:
        stored = view_from_metadata("", metadata, {})
    except BoxfitError:
        return False

    def numbers(one: View) -> np.ndarray:
        camera, pose = one.camera, one.world_from_asset
        lens = (*camera.focal, *camera.principal, *camera.resolution)
        return np.concatenate([camera.camera_from_world.ravel(), lens, [] if pose is None else pose.ravel()])

    a, b = numbers(stored), numbers(view)
    return stored.asset == view.asset and a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-9)


def _read_camera(properties: Mapping[str, Any]) -> Camera:
    """The camera of `camera_properties`.

    `tf_mat` takes row vectors from the world to the camera, which looks along -Z. The files have no vertical
    aperture: pixels are square, so the horizontal focal length in pixels serves both axes. (kaolin's importer
    takes the horizontal field of view for the vertical one, which is right for square images alone.)
    """
    size = properties["resolution"]
    height, width = int(size["height"]), int(size["width"])
    aperture, length = float(properties["horizontal_aperture"]), float(properties["focal_length"])
    if not aperture > 0:
        raise DatasetError(f"horizontal_aperture is {aperture}, not positive")
    focal = length / aperture * width
    camera_from_world = row_matrix(properties["tf_mat"], "tf_mat").T
    return Camera(camera_from_world, (focal, focal), (width / 2, height / 2), (height, width))


def _read_asset(asset_transforms: list[Any]) -> tuple[str | None, np.ndarray | None]:
    """Which asset a view shows, and its pose; the first entry is the asset, as the app writes one."""
    if not asset_transforms:
        return None, None
    path, rows = asset_transforms[0]
    return str(path) or None, row_matrix(rows, "asset_transforms").T
