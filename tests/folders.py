"""Folders in the Data Generator's format, written by its description and not by boxfit's own writer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera

from bench.cameras import render_mask
from tests.scenes import BOX, BOX_FACES, orbit_cameras

RESOLUTION = (72, 128)
ASSET_POSE = np.array([[0.0, 0, 2, 0.3], [2, 0, 0, -0.2], [0, 2, 0, 0.5], [0, 0, 0, 1]])
"""A pose with a turn and a scale, world_from_asset."""


def metadata_of(camera: Camera, asset: str | None = "box.usd", pose: np.ndarray = ASSET_POSE) -> dict[str, Any]:
    """Metadata of a view by a camera with square pixels."""
    height, width = camera.resolution
    properties = {
        "resolution": {"width": width, "height": height},
        "clipping_range": [1.0, 1000000.0],
        "horizontal_aperture": 20.955,
        "focal_length": camera.focal[0] * 20.955 / width,
        "tf_mat": camera.camera_from_world.T.tolist(),
    }
    transforms = [] if asset is None else [[asset, pose.T.tolist()]]
    return {"camera_properties": properties, "asset_transforms": transforms}


def write_view(folder: Path, index: int, metadata: Mapping[str, Any], **sensors: np.ndarray) -> None:
    """Write one view; sensors are npy files by name."""
    folder.mkdir(exist_ok=True)
    (folder / f"{index}_metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    for sensor, values in sensors.items():
        np.save(folder / f"{index}_{sensor}.npy", values)


def box_mask(camera: Camera, box: Box = BOX) -> np.ndarray:
    """Render the mask of a box as an older app writes it: int32, shape (height, width, 1)."""
    return render_mask(box.corners, BOX_FACES, camera)[..., None].astype(np.int32)


def cameras_around(count: int, box: Box = BOX, resolution: tuple[int, int] = RESOLUTION) -> list[Camera]:
    """Cameras that hold all of a box, in a wide image too."""
    return orbit_cameras(box, count, resolution, fill=0.7 * min(1.0, resolution[0] / resolution[1]))


def write_box_views(
    folder: Path,
    count: int = 4,
    indices: Sequence[int] | None = None,
    asset: str | None = "box.usd",
    resolution: tuple[int, int] = RESOLUTION,
) -> list[Camera]:
    """Write views of `tests.scenes.BOX`, and give their cameras."""
    cameras = cameras_around(count, resolution=resolution)
    for index, camera in zip(indices or range(count), cameras, strict=True):
        write_view(folder, index, metadata_of(camera, asset), semantic=box_mask(camera))
    return cameras
