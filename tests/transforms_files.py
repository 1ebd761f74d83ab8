"""Folders with a transforms.json as NeRF's scenes, nerfstudio and instant-ngp have it, rendered and written by the
descriptions of these formats and not by boxfit's own code."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from boxfit.geometry.box import Box
from PIL import Image
from scipy.spatial.transform import Rotation

from tests.scenes import BOX

DISTORTION = {"k1": -0.12, "k2": 0.03, "k3": 0.01, "p1": 0.002, "p2": -0.0015}
"""A wide lens: moves the corners of the images below by some pixels."""


@dataclass(frozen=True, eq=False)
class Shot:
    """Image by a camera: camera-to-world pose that looks along -Z with +Y up, and intrinsics in pixels."""

    pose: np.ndarray
    width: int = 320
    height: int = 240
    fl_x: float = 330.0
    fl_y: float = 300.0
    cx: float = 174.3
    cy: float = 108.6
    distortion: Mapping[str, float] = field(default_factory=dict)

    @property
    def intrinsics(self) -> dict[str, float]:
        """The fields of nerfstudio's format."""
        lens = {key: getattr(self, key) for key in ("fl_x", "fl_y", "cx", "cy")}
        return {"w": self.width, "h": self.height, **lens, **self.distortion}

    def depth(self, box: Box = BOX) -> np.ndarray:
        """Depth of a box along the view at the centres of the pixels, infinite beside it, shape (height, width)."""
        u, v = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        x, y = self._undistorted((u - self.cx) / self.fl_x, (v - self.cy) / self.fl_y)
        rays = np.stack([x, -y, -np.ones_like(x)], axis=-1) @ self.pose[:3, :3].T
        axes = Rotation.from_quat(np.roll(box.quaternion, -1)).as_matrix()
        start = (self.pose[:3, 3] - box.centre) @ axes
        with np.errstate(divide="ignore"):
            ends = np.stack([-box.half_extents - start, box.half_extents - start]) / (rays @ axes)[..., None, :]
        near, far = ends.min(axis=-2).max(axis=-1), ends.max(axis=-2).min(axis=-1)
        return np.where((near < far) & (near > 0), near, np.inf)

    def mask(self, box: Box = BOX) -> np.ndarray:
        """Pixels whose centres show a box, shape (height, width)."""
        return np.isfinite(self.depth(box))

    def _undistorted(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Undo OpenCV's radial and tangential distortion."""
        k1, k2, k3, p1, p2 = (self.distortion.get(key, 0.0) for key in ("k1", "k2", "k3", "p1", "p2"))
        distorted_x, distorted_y = x, y
        for _ in range(40):
            r2 = x * x + y * y
            radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
            shift_x = 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
            shift_y = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
            x, y = (distorted_x - shift_x) / radial, (distorted_y - shift_y) / radial
        return x, y


def shots_around(count: int = 10, box: Box = BOX, **fields: Any) -> list[Shot]:
    """Images from all sides, with the box's centre at the principal point."""
    distance = 3.6 * np.linalg.norm(box.half_extents)
    shots = []
    for index in range(count):
        turn, rise = 2 * math.pi * index / count, 0.3 + 0.5 * math.sin(1 + 2.4 * index)
        back = np.array([math.cos(turn) * math.cos(rise), math.sin(turn) * math.cos(rise), math.sin(rise)])
        right = np.cross([0.0, 0.0, 1.0], back) / math.cos(rise)
        pose = np.eye(4)
        pose[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
        pose[:3, 3] = box.centre + distance * back
        shots.append(Shot(pose, **fields))
    return shots


def blender_shots(count: int = 10, **fields: Any) -> list[Shot]:
    """Images as of NeRF's synthetic scenes: square, and with the principal point in the middle."""
    square = {"width": 200, "height": 200, "fl_x": 210.0, "fl_y": 210.0, "cx": 100.0, "cy": 100.0}
    return shots_around(count, **(square | fields))


def varied_shots(count: int = 10) -> list[Shot]:
    """Images of two sizes and lenses."""
    wide, tall = shots_around(count), shots_around(count, width=210, height=330, fl_y=340.0, cx=100.2, cy=171.7)
    return [tall[index] if index % 3 else wide[index] for index in range(count)]


def save_image(path: Path, values: np.ndarray) -> None:
    """Write an image of bytes, with its folder; a JPEG of best quality."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path, quality=95)


def write_json(path: Path, frames: Sequence[Any], **fields: Any) -> None:
    """Write a transforms.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**fields, "frames": frames}, indent=2), encoding="utf-8")


def colours(shot: Shot, alpha: bool) -> np.ndarray:
    """A grey box before a coloured gradient, with an alpha channel or without, shape (height, width, 3 or 4)."""
    mask = shot.mask()
    ramp = np.linspace(0, 255, shot.width)[None, :].repeat(shot.height, axis=0)
    image = np.where(mask[..., None], 128, np.stack([ramp, ramp[:, ::-1], 0 * ramp + 90], axis=-1))
    return np.concatenate([image, 255 * mask[..., None]], axis=-1) if alpha else image


def write_blender(folder: Path, shots: Sequence[Shot], split: str = "train") -> None:
    """Write NeRF's layout: `transforms_train.json`, and images with an alpha channel, named without their suffix."""
    frames = []
    for index, shot in enumerate(shots):
        save_image(folder / split / f"r_{index}.png", colours(shot, alpha=True))
        file = {"file_path": f"./{split}/r_{index}", "rotation": 0.012566370614359171}
        frames.append(file | {"transform_matrix": shot.pose.tolist()})
    angle = 2 * math.atan(shots[0].width / 2 / shots[0].fl_x)
    write_json(folder / f"transforms_{split}.json", frames, camera_angle_x=angle)


def write_nerfstudio(
    folder: Path,
    shots: Sequence[Shot],
    masks: str = "mask_path",
    per_frame: bool = False,
    depth: bool = False,
    suffix: str = ".png",
    **fields: Any,
) -> None:
    """Write nerfstudio's layout.

    Args:
        folder: For `images/frame_00001.png` and so on.
        shots: The images.
        masks: Place of the masks: "alpha" of the images, "mask_path" in `masks`, the folder "masks" without it, "none".
        per_frame: True to state the intrinsics for each frame.
        depth: True to write depths in thousandths.
        suffix: Of the images.
        fields: Further fields of the file.
    """
    frames = []
    for index, shot in enumerate(shots, start=1):
        name = f"frame_{index:05d}"
        save_image(folder / "images" / (name + suffix), colours(shot, alpha=masks == "alpha"))
        frame: dict[str, Any] = {"file_path": f"images/{name}{suffix}", "transform_matrix": shot.pose.tolist()}
        if masks in ("mask_path", "masks"):
            save_image(folder / "masks" / f"{name}.png", 255 * shot.mask())
        if masks == "mask_path":
            frame["mask_path"] = f"masks/{name}.png"
        if depth:
            values = np.where(shot.mask(), 1000 * shot.depth(), 0).round().astype(np.uint16)
            (folder / "depth").mkdir(exist_ok=True)
            Image.fromarray(values).save(folder / "depth" / f"{name}.png")
            frame["depth_file_path"] = f"depth/{name}.png"
        frames.append(frame | (shot.intrinsics if per_frame else {}))
    common = {} if per_frame else shots[0].intrinsics
    write_json(folder / "transforms.json", frames, **({"camera_model": "OPENCV"} | common | fields))


def write_instant_ngp(folder: Path, shots: Sequence[Shot], masks: str = "none") -> None:
    """Write the layout of instant-ngp's colmap2nerf: with masks "dynamic", white hides all but the object."""
    frames = []
    for index, shot in enumerate(shots, start=1):
        save_image(folder / "images" / f"{index:04d}.jpg", colours(shot, alpha=False))
        if masks == "dynamic":
            save_image(folder / "images" / f"dynamic_mask_{index:04d}.png", 255 * ~shot.mask())
        frame = {"file_path": f"./images/{index:04d}.jpg", "sharpness": 31.75 + index}
        frames.append(frame | {"transform_matrix": shot.pose.tolist()})
    (shot, *_) = shots
    angles = {
        "camera_angle_x": 2 * math.atan(shot.width / 2 / shot.fl_x),
        "camera_angle_y": 2 * math.atan(shot.height / 2 / shot.fl_y),
    }
    coefficients = {**dict.fromkeys(("k1", "k2", "k3", "k4", "p1", "p2"), 0), "is_fisheye": False}
    intrinsics = replace(shot, width=float(shot.width), height=float(shot.height)).intrinsics
    write_json(folder / "transforms.json", frames, **angles, **(coefficients | intrinsics), aabb_scale=4)


def edit_json(path: Path, **fields: Any) -> None:
    """Change fields of a file; a field that is None is removed."""
    content = {**json.loads(path.read_text(encoding="utf-8")), **fields}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")


def edit_frame(path: Path, index: int, **fields: Any) -> None:
    """Change fields of a frame; a field that is None is removed."""
    content = json.loads(path.read_text(encoding="utf-8"))
    frame = {**content["frames"][index], **fields}
    content["frames"][index] = {key: value for key, value in frame.items() if value is not None}
    path.write_text(json.dumps(content), encoding="utf-8")
