"""Conversion between a view's metadata in the Data Generator's format and its camera and pose.

docs/data-generator-format.md describes the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError, DatasetError
from boxfit.geometry.camera import Camera, is_affine_row
from boxfit.views.boxes import LARGEST, moved_boxes_3d
from boxfit.views.dataset import View
from boxfit.views.regular_files import MALFORMED

FOCAL_LENGTH = 24.0
"""Focal length of USD's and the generator's default camera, in tenths of a unit."""

CLIPPING_RANGE = (1.0, 1e6)
"""Near and far distance of the generator's default camera."""


def view_from_metadata(name: str, metadata: Mapping[str, Any], paths: Mapping[str, Path]) -> View:
    """Make a view from the content of its metadata file.

    Args:
        name: Name of the view.
        metadata: Content of `{index}_metadata.json`.
        paths: Existing files by sensor.

    Raises:
        DatasetError: If a key is missing, or a value is invalid.
        CameraError: If the values are not those of a valid camera.
    """
    file = paths["metadata"].name if "metadata" in paths else "its metadata"
    try:
        asset, world_from_asset = _read_asset(metadata.get("asset_transforms") or [])
        return View(name, _read_camera(metadata["camera_properties"]), asset, world_from_asset, paths, metadata)
    except KeyError as error:
        raise DatasetError(f"{file} has no {error}: generate the view again") from error
    except MALFORMED as error:
        raise DatasetError(f"{file} is not the metadata of a view ({error})") from error
    except BoxfitError as error:
        raise type(error)(f"{file}: {error}: generate the view again") from error


def metadata_from_view(view: View) -> dict[str, Any]:
    """Make metadata for a view, as the generator would write it.

    This is the stored metadata if it matches the view's camera and asset; otherwise these fields are replaced.

    Raises:
        DatasetError: If the format cannot represent the camera: pixels are not square, or the principal point is not
            the centre of the image.
    """
    if _matches(view.metadata, view):
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
    """Transform the `bbox_3d` of metadata to another frame by a matrix of shape (4, 4)."""
    if "bbox_3d" not in metadata or np.array_equal(target_from_world, np.eye(4)):
        return metadata
    return {**metadata, "bbox_3d": moved_boxes_3d(metadata["bbox_3d"], target_from_world)}


def row_matrix(rows: Any, key: str) -> np.ndarray:
    """Convert and check a matrix for row vectors, shape (4, 4); `key` is its name in messages.

    Raises:
        DatasetError: If it is not affine, not finite, out of range or singular.
    """
    matrix = np.array(rows, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise DatasetError(f"{key} has shape {matrix.shape}, not (4, 4)")
    if not np.isfinite(matrix).all():
        raise DatasetError(f"{key} holds NaN or infinity")
    if not is_affine_row(matrix[:, 3]):
        raise DatasetError(f"the last column of {key} is not 0, 0, 0, 1, as with row vectors (translation last)")
    if np.abs(matrix).max() > LARGEST:
        raise DatasetError(f"{key} holds a length beyond {LARGEST:g}")
    lengths = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if lengths[2] <= max(1e-9 * lengths[0], 1 / LARGEST):
        raise DatasetError(f"{key} is singular")
    return matrix


def _matches(metadata: Mapping[str, Any], view: View) -> bool:
    """Return True if metadata equals a view's camera, asset and pose up to rounding; USD lenses are float32."""
    try:
        stored = view_from_metadata("", metadata, {})
    except BoxfitError:
        return False

    def numbers(posed: View) -> np.ndarray:
        camera, pose = posed.camera, posed.world_from_asset
        lens = (*camera.focal, *camera.principal, *camera.resolution)
        return np.concatenate([camera.camera_from_world.ravel(), lens, [] if pose is None else pose.ravel()])

    a, b = numbers(stored), numbers(view)
    return stored.asset == view.asset and a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-9)


def _read_camera(properties: Mapping[str, Any]) -> Camera:
    """Read the camera from `camera_properties`.

    `tf_mat` transforms row vectors from the world to the camera, which looks along -Z. The files have no vertical
    aperture: pixels are square, so both focal lengths in pixels are equal. (kaolin's importer uses the horizontal
    field of view as the vertical one, which is correct for square images only.)
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
    """Read the asset that a view shows, and its pose: the first entry, as the app writes only one."""
    if not asset_transforms:
        return None, None
    path, rows = asset_transforms[0]
    if not isinstance(path, str):
        raise DatasetError(f"asset_transforms names an asset by a {type(path).__name__}, not by its path")
    return path or None, row_matrix(rows, "asset_transforms").T
