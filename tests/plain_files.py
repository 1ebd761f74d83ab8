"""Folders in boxfit's plain format, written by its description and not by boxfit's own writer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from boxfit.geometry.camera import Camera
from PIL import Image

from tests.basic_writer import Prim, distances, seen
from tests.folders import RESOLUTION, cameras_around


def pose_field(camera: Camera, axes: str, field: str) -> list[list[float]]:
    """Pose of a camera that looks along -Z with +Y up: for opencv its Y and Z point the other way."""
    camera_to_world = np.linalg.inv(camera.camera_from_world)
    if axes == "opencv":
        camera_to_world[:, 1:3] *= -1
    pose = camera_to_world if field == "camera_to_world" else np.linalg.inv(camera_to_world)
    return pose.tolist()


def k_of(camera: Camera, pixel_centre: float) -> list[list[float]]:
    """K of a camera whose first pixel's centre is at 0.5."""
    (fx, fy), (cx, cy) = camera.focal, np.subtract(camera.principal, 0.5 - pixel_centre).tolist()
    return [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]


def write_plain(
    folder: Path,
    cameras: Sequence[Camera],
    prims: Sequence[Prim] = (Prim(),),
    axes: str = "opencv",
    pose: str = "camera_to_world",
    pixel_centre: float = 0.5,
    depth: bool = False,
    **fields: Any,
) -> None:
    """Write views of boxes: masks of ids 1, 2 and so on, or binary if there is one box; depth in thousandths."""
    (folder / "masks").mkdir(parents=True)
    (folder / "depth").mkdir()
    views = []
    for index, camera in enumerate(cameras):
        shown = seen(camera, prims) + 1
        mask = shown if len(prims) > 1 else 255 * (shown > 0)
        Image.fromarray(mask.astype(np.uint8)).save(folder / "masks" / f"{index}.png")
        view = {"mask": f"masks/{index}.png", "K": k_of(camera, pixel_centre), pose: pose_field(camera, axes, pose)}
        if depth:
            values = np.where(shown > 0, distances(camera, prims, "distance_to_image_plane", 1.0), 0)
            Image.fromarray((1000 * values).round().astype(np.uint16)).save(folder / "depth" / f"{index}.png")
            view |= {"depth": f"depth/{index}.png", "depth_scale": 0.001}
        views.append(view)
    content = {"version": 1, "axes": axes, "pixel_centre": pixel_centre, "views": views}
    if len(prims) > 1:
        content |= {"masks": "ids"}
    (folder / "boxfit.json").write_text(json.dumps(content | fields), encoding="utf-8")


def write_plain_boxes(
    folder: Path, count: int = 6, resolution: tuple[int, int] = RESOLUTION, **options: Any
) -> list[Camera]:
    """Write views of `tests.scenes.BOX`, and give their cameras."""
    cameras = cameras_around(count, resolution=resolution)
    write_plain(folder, cameras, **options)
    return cameras
