"""COLMAP models and masks, written by the format's documentation and not by boxfit's reader."""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from tests.folders import cameras_around
from tests.scenes import BOX

MODEL_IDS = {
    "SIMPLE_PINHOLE": 0,
    "PINHOLE": 1,
    "SIMPLE_RADIAL": 2,
    "RADIAL": 3,
    "OPENCV": 4,
    "OPENCV_FISHEYE": 5,
    "FULL_OPENCV": 6,
    "FOV": 7,
    "SIMPLE_RADIAL_FISHEYE": 8,
    "RADIAL_FISHEYE": 9,
    "THIN_PRISM_FISHEYE": 10,
    "RAD_TAN_THIN_PRISM_FISHEYE": 11,
    "SIMPLE_DIVISION": 12,
    "DIVISION": 13,
    "SIMPLE_FISHEYE": 14,
    "FISHEYE": 15,
    "EUCM": 16,
    "EQUIRECTANGULAR": 17,
}

WIDTH, HEIGHT = 320, 240

PARAMETERS = {
    "SIMPLE_PINHOLE": (350.0, 171.0, 112.0),
    "PINHOLE": (350.0, 385.0, 171.0, 112.0),
    "SIMPLE_RADIAL": (350.0, 171.0, 112.0, -0.15),
    "RADIAL": (350.0, 171.0, 112.0, -0.2, 0.08),
    "OPENCV": (350.0, 385.0, 171.0, 112.0, -0.2, 0.08, 0.004, -0.006),
    "FULL_OPENCV": (350.0, 385.0, 171.0, 112.0, 0.1, 0.05, 0.004, -0.006, 0.02, 0.25, 0.1, 0.03),
}
"""Off-centre principal points and, where the model allows them, pixels that are not square; of 320 x 240 pixels."""


@dataclass(frozen=True)
class Shot:
    """A registered image: its pose, world to camera in OpenCV's axes, and its camera's number."""

    name: str
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]
    camera: int = 1
    keypoints: int = 3

    @classmethod
    def of(cls, name: str, camera_from_world: np.ndarray, camera: int = 1) -> "Shot":
        x, y, z, w = Rotation.from_matrix(camera_from_world[:3, :3]).as_quat().tolist()
        return cls(name, (w, x, y, z), tuple(camera_from_world[:3, 3].tolist()), camera)


Cameras = Mapping[int, tuple[str, int, int, Sequence[float]]]
"""Model, width, height and parameters, by number."""


def write_model(folder: Path, cameras: Cameras, shots: Sequence[Shot], suffix: str = ".bin") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, tuple[Callable[..., bytes], Callable[..., bytes]]] = {
        ".bin": (binary_cameras, binary_images),
        ".txt": (text_cameras, text_images),
    }
    cameras_of, images_of = writers[suffix]
    (folder / f"cameras{suffix}").write_bytes(cameras_of(cameras))
    (folder / f"images{suffix}").write_bytes(images_of(shots))


def binary_cameras(cameras: Cameras) -> bytes:
    parts = [struct.pack("<Q", len(cameras))]
    for number, (model, width, height, parameters) in cameras.items():
        parts.append(struct.pack("<IiQQ", number, MODEL_IDS[model], width, height))
        parts.append(np.array(parameters, dtype="<f8").tobytes())
    return b"".join(parts)


def binary_images(shots: Sequence[Shot]) -> bytes:
    parts = [struct.pack("<Q", len(shots))]
    for number, shot in enumerate(shots, start=1):
        parts.append(struct.pack("<I4d3dI", number, *shot.quaternion, *shot.translation, shot.camera))
        parts.append(shot.name.encode() + b"\0" + struct.pack("<Q", shot.keypoints))
        parts += [struct.pack("<ddQ", 10.5, 20.25, 2**64 - 1)] * shot.keypoints
    return b"".join(parts)


def text_cameras(cameras: Cameras) -> bytes:
    lines = ["# Camera list with one line of data per camera:", "#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"]
    for number, (model, width, height, parameters) in cameras.items():
        lines.append(" ".join([str(number), model, str(width), str(height), *map(repr, map(float, parameters))]))
    return "\n".join([*lines, ""]).encode()


def text_images(shots: Sequence[Shot]) -> bytes:
    lines = [
        "# Image list with two lines of data per image:",
        "#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME",
    ]
    for number, shot in enumerate(shots, start=1):
        pose = map(repr, map(float, (*shot.quaternion, *shot.translation)))
        lines += [" ".join([str(number), *pose, str(shot.camera), shot.name]), "10.5 20.25 -1 " * shot.keypoints]
    return "\n".join([*lines, ""]).encode()


def write_mask(path: Path, mask: np.ndarray, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((255 * mask).astype(np.uint8)).save(path, **options)


def write_box_project(
    folder: Path,
    count: int = 8,
    model: str = "PINHOLE",
    suffix: str = ".bin",
    place: str = "sparse/0",
    name: str = "IMG_{:04}.jpg",
    mask: str | None = "masks/{}.png",
    scale: int = 1,
) -> list[np.ndarray]:
    """Write the model and masks of `BOX`, and give the matrices camera_from_world in OpenCV's axes."""
    poses = [np.diag([1.0, -1, -1, 1]) @ camera.camera_from_world for camera in cameras_around(count, BOX, (240, 320))]
    shots = [Shot.of(name.format(index), pose) for index, pose in enumerate(poses)]
    write_model(folder / place, {1: (model, WIDTH, HEIGHT, PARAMETERS[model])}, shots, suffix)
    for shot, pose in zip(shots, poses, strict=True):
        if mask is not None:
            write_mask(folder / mask.format(shot.name), box_mask(pose, model, scale))
    return poses


def box_mask(camera_from_world: np.ndarray, model: str, scale: int = 1) -> np.ndarray:
    """Pixels whose centre `BOX` covers, bool, (240, 320) times a scale: the hull of its corners."""
    corners = BOX.corners @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
    edges = ConvexHull(corners[:, :2] / corners[:, 2:]).equations
    return (rays_of(model, scale) @ edges[:, :2].T + edges[:, 2] <= 0).all(axis=-1)


@cache
def rays_of(model: str, scale: int) -> np.ndarray:
    """Rays (x / z, y / z) of the pixels, without the distortion, by iteration."""
    focal, principal, distort = camera_of(model)
    v, u = (np.mgrid[: scale * HEIGHT, : scale * WIDTH] + 0.5) / scale
    rays = target = (np.stack([u, v], axis=-1) - principal) / focal
    for _ in range(25):
        rays = rays + target - distort(rays)
    np.testing.assert_allclose(distort(rays), target, atol=1e-9)
    return rays


def camera_of(model: str) -> tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Focal lengths, principal point and distortion of rays (x / z, y / z), by the comments of COLMAP's models."""
    values = PARAMETERS[model]
    two = model in ("PINHOLE", "OPENCV", "FULL_OPENCV")
    focal, principal, rest = values[: 1 + two], values[1 + two : 3 + two], [*values[3 + two :], *[0.0] * 8]
    k1, k2, p1, p2, k3, k4, k5, k6, *_ = rest

    def distort(rays: np.ndarray) -> np.ndarray:
        x, y = rays[..., 0], rays[..., 1]
        r2 = x * x + y * y
        radial = (1 + k1 * r2 + k2 * r2**2 + k3 * r2**3) / (1 + k4 * r2 + k5 * r2**2 + k6 * r2**3)
        across = radial * x + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        down = radial * y + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)
        return np.stack([across, down], axis=-1)

    return np.array(focal), np.array(principal), distort
