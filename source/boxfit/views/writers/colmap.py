"""Writer of COLMAP models as text, with masks beside the images; docs/colmap-format.md describes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.views.dataset import Dataset
from boxfit.views.new_folder import new_folder
from boxfit.views.writers.files import write_image, write_shots
from boxfit.views.writers.scene import Scene, Shot, make_scene

_TITLE = "COLMAP"
_COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
"""Of the model FULL_OPENCV, in its order."""


def colmap_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset. Raises DatasetError as `write_colmap`."""
    scene = _scene(dataset)
    depth = ["depth"] if any(shot.depth is not None for shot in scene.shots) else []
    return [*scene.losses, *depth, *scene.name_loss, *scene.unit_loss, *scene.up_axis_loss]


def write_colmap(dataset: Dataset, folder: Path) -> None:
    """Write a dataset of one object as a project: the model in `sparse/0`, `images`, and `masks` named `IMG.png.png`.

    Without colours, the images are white on the object.

    Raises:
        DatasetError: If there are several objects, the folder is not new or empty or cannot be written, an image cannot
            be read, or as `make_scene`.
    """
    scene = _scene(dataset)
    cameras: dict[str, int] = {}
    poses = []
    for number, shot in enumerate(scene.shots, 1):
        camera = cameras.setdefault(_camera(shot), len(cameras) + 1)
        poses.append(f"{number} {_pose(shot)} {camera} {shot.name}.png\n\n")

    def write(_: int, shot: Shot) -> None:
        mask = shot.mask()
        write_image(draft / "masks" / f"{shot.name}.png.png", mask)
        write_image(draft / "images" / f"{shot.name}.png", mask if shot.rgb is None else shot.rgb())

    with new_folder(folder) as draft:
        write_shots(scene.shots, write)
        model = draft / "sparse" / "0"
        model.mkdir(parents=True)
        lines = "".join(f"{number} {camera}\n" for camera, number in cameras.items())
        for name, fields, content in (
            ("cameras", "CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]", lines),
            ("images", "IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME", "".join(poses)),
            ("points3D", "POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[]", ""),
        ):
            (model / f"{name}.txt").write_text(f"# {fields}\n{content}", encoding="utf-8", newline="\n")


def _scene(dataset: Dataset) -> Scene:
    scene = make_scene(dataset, _COEFFICIENTS)
    scene.check_single(_TITLE)
    return scene


def _camera(shot: Shot) -> str:
    height, width = shot.camera.resolution
    values = [*shot.camera.focal, *shot.camera.principal]
    if shot.distortion:
        values += [shot.distortion.get(name, 0.0) for name in _COEFFICIENTS]
    return f"{'FULL_OPENCV' if shot.distortion else 'PINHOLE'} {width} {height} {_text(values)}"


def _pose(shot: Shot) -> str:
    """Return the quaternion wxyz and translation of camera_from_world, with the nearest rotation to the matrix."""
    matrix = shot.camera.opencv_from_world
    left, _, right = np.linalg.svd(matrix[:3, :3])
    return _text([*quaternion_from_matrix(left @ right), *matrix[:3, 3]])


def _text(values: list[float]) -> str:
    return " ".join(repr(float(value)) for value in values)
