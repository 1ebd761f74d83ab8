"""Scenes in BOP's scenewise format, written by the format's description: boxes traced ray by ray, in OpenCV's axes.

`docs/bop_datasets_format.md` of the BOP toolkit describes the files. Lengths are in mm. The first pixel's centre is at
(0, 0), as in OpenCV; with whole silhouettes, the folder `mask`, its corner is there, as the toolkit's own renderers and
BlenderProc's leave them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


@dataclass(frozen=True, eq=False)
class Block:
    """An object of BOP: a block with sides along the axes of its model, around the model's origin unless shifted."""

    number: int
    half: tuple[float, float, float]
    world_from_model: Callable[[int], np.ndarray]
    middle: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def vertices(self) -> np.ndarray:
        return self.middle + SIGNS * self.half


@dataclass(frozen=True, eq=False)
class Shot:
    """A camera: K, camera_from_world in OpenCV's axes, (height, width)."""

    intrinsics: np.ndarray
    camera_from_world: np.ndarray
    resolution: tuple[int, int]


def pose(degrees: float, axis: Sequence[float] | np.ndarray, translation: Sequence[float] | np.ndarray) -> np.ndarray:
    """A turn about an axis (Rodrigues) and a translation, shape (4, 4)."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross, angle = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]), np.radians(degrees)
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    matrix[:3, 3] = translation
    return matrix


def still(degrees: float, axis: Sequence[float], translation: Sequence[float]) -> Callable[[int], np.ndarray]:
    """A pose that is the same in every image."""
    return lambda image: pose(degrees, axis, translation)


def shots_around(
    target: Sequence[float],
    distance: float,
    count: int = 12,
    focal: tuple[float, float] = (300.0, 330.0),
    principal: tuple[float, float] = (131.0, 86.5),
    resolution: tuple[int, int] = (200, 240),
) -> list[Shot]:
    """Cameras that look at a point from all sides: right, down and forward are the rows of the rotation."""
    shots = []
    for number in range(count):
        azimuth, elevation = 2.4 * number, np.radians(-30 + 90 * ((0.62 * number) % 1))
        direction = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
        forward = -np.array(direction)
        right = np.cross(forward, (0, 0, 1))
        right /= np.linalg.norm(right)
        matrix = np.eye(4)
        matrix[:3, :3] = [right, np.cross(forward, right), forward]
        matrix[:3, 3] = -matrix[:3, :3] @ (np.array(target) - distance * forward)
        (fx, fy), (cx, cy) = focal, principal
        shots.append(Shot(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]]), matrix, resolution))
    return shots


def depth_of(block: Block, camera_from_model: np.ndarray, shot: Shot, centre: float) -> np.ndarray:
    """Depth at which the ray through each pixel's centre enters a block, infinity where it misses."""
    rows, columns = np.indices(shot.resolution) + centre
    rays = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ np.linalg.inv(shot.intrinsics).T
    turn, start = camera_from_model[:3, :3], -camera_from_model[:3, :3].T @ camera_from_model[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = ((block.middle + np.array([[-1], [1]]) * block.half - start)[:, None, None]) / (rays @ turn)
    enters, leaves = sides.min(axis=0).max(axis=-1), sides.max(axis=0).min(axis=-1)
    return np.where((enters < leaves) & (enters > 0), enters, np.inf)


def write_scene(
    folder: Path,
    blocks: Sequence[Block],
    shots: Sequence[Shot],
    world: bool = True,
    info: bool = True,
    depth_scale: float | None = None,
    picture: str | None = "rgb/{:06d}.png",
    masks: Sequence[str] = ("mask_visib",),
    first: int = 0,
    jitter: Callable[[int], np.ndarray] = lambda image: np.eye(4),
) -> None:
    """Write a scene folder; `jitter` is the error of the poses that are written, camera_from_true_camera."""
    centre = 0.5 if "mask" in masks else 0.0
    cameras: dict[str, Any] = {}
    poses: dict[str, Any] = {}
    infos: dict[str, Any] = {}
    for image, shot in enumerate(shots, first):
        cameras[str(image)] = {"cam_K": shot.intrinsics.ravel().tolist()}
        if world:
            cameras[str(image)] |= _pose("w2c", shot.camera_from_world)
        from_models = [shot.camera_from_world @ block.world_from_model(image) for block in blocks]
        depths = np.stack(
            [depth_of(block, matrix, shot, centre) for block, matrix in zip(blocks, from_models, strict=True)]
        )
        nearest = depths.min(axis=0)
        whole = np.isfinite(depths)
        visible = whole & (depths == nearest)
        poses[str(image)] = [
            {"obj_id": block.number} | _pose("m2c", jitter(image) @ matrix)
            for block, matrix in zip(blocks, from_models, strict=True)
        ]
        infos[str(image)] = [
            {"visib_fract": float(v.sum() / max(w.sum(), 1))} for v, w in zip(visible, whole, strict=True)
        ]
        for kind in masks:
            for index, mask in enumerate(visible if kind == "mask_visib" else whole):
                _save(folder / kind / f"{image:06d}_{index:06d}.png", np.where(mask, 255, 0).astype(np.uint8))
        if depth_scale is not None:
            cameras[str(image)]["depth_scale"] = depth_scale
            values = np.where(np.isfinite(nearest), np.round(nearest / depth_scale), 0)
            _save(folder / "depth" / f"{image:06d}.png", values.astype(np.uint16))
        if picture is not None:
            grey = np.where(np.isfinite(nearest), 90 + 40 * nearest.argmin(), 20).astype(np.uint8)
            _save(folder / picture.format(image), grey if picture.startswith("gray") else np.stack([grey] * 3, axis=-1))
    for name, content in (("camera", cameras), ("gt", poses), *([("gt_info", infos)] if info else [])):
        (folder / f"scene_{name}.json").write_text(json.dumps(content), encoding="utf-8")


def write_models(folder: Path, blocks: Sequence[Block]) -> None:
    """Write a folder of models: ASCII PLY files and models_info.json."""
    folder.mkdir(parents=True, exist_ok=True)
    infos = {}
    for block in blocks:
        vertices = block.vertices
        triangles = [triangle for a, b, c, d in QUADS.tolist() for triangle in ((a, b, c), (a, c, d))]
        lines = ["ply", "format ascii 1.0", f"element vertex {len(vertices)}"]
        lines += [f"property float {axis}" for axis in "xyz"]
        lines += [f"element face {len(triangles)}", "property list uchar int vertex_indices", "end_header"]
        lines += [" ".join(map(str, vertex)) for vertex in vertices.tolist()]
        lines += [f"3 {a} {b} {c}" for a, b, c in triangles]
        (folder / f"obj_{block.number:06d}.ply").write_text("\n".join(lines) + "\n", encoding="ascii")
        low, size = vertices.min(axis=0), np.ptp(vertices, axis=0)
        infos[str(block.number)] = {
            **{f"min_{axis}": value for axis, value in zip("xyz", low.tolist(), strict=True)},
            **{f"size_{axis}": value for axis, value in zip("xyz", size.tolist(), strict=True)},
            "diameter": float(np.linalg.norm(size)),
        }
    (folder / "models_info.json").write_text(json.dumps(infos), encoding="utf-8")


def _pose(kind: str, matrix: np.ndarray) -> dict[str, list[float]]:
    return {f"cam_R_{kind}": matrix[:3, :3].ravel().tolist(), f"cam_t_{kind}": matrix[:3, 3].tolist()}


def _save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
