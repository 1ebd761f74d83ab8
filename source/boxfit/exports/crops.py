"""Boxes to crop a NeRF or Gaussian splats with.

nerfstudio trains in a frame of its own, moved and scaled, which it stores as `dataparser_transforms.json` beside its
config.yml: `x_trained = scale (R x + t)`, with `transform` the matrix [R t]. Such a file is taken from the folder of
the export or of the source. Sources: nerfstudio, scripts/exporter.py, data/scene_box.py (`OrientedBox`) and
data/dataparsers/nerfstudio_dataparser.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError, OutputError
from boxfit.exports.formats import Made
from boxfit.exports.values import json_bytes
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import euler_xyz_from_matrix
from boxfit.geometry.similarity import move_box, uniform_scale
from boxfit.session.results import ObjectResult
from boxfit.views.boxes import LARGEST, is_number
from boxfit.views.regular_files import MALFORMED, read_json

TRANSFORMS = "dataparser_transforms.json"

_DATASET = "dataset"
"""Frame of a box without such a file."""

_OF_COLMAP = ((0, 1, 0, 0), (1, 0, 0, 0), (0, 0, -1, 0))
"""The `applied_transform` of older files, beside which is a folder colmap/sparse/0."""


def write_nerfstudio(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make a file with the flags of `ns-export` for each object, in the frame that nerfstudio has trained in."""
    crops = _crops(results, path, _flags)
    note = f"no {TRANSFORMS} in {path.parent} or the source's folder: the crop box is in the dataset's own frame"
    notes = (note,) if any(crop["frame"] == _DATASET for crop in crops) else ()
    return Made({path: json_bytes({"format": "boxfit flags of ns-export", "crops": crops})}, notes)


def write_splat(results: Sequence[ObjectResult], path: Path) -> Made:
    """Make a file with the numbers that splat editors ask for, as none of them reads a file of crop boxes."""
    crops = _crops(results, path, _numbers)
    return Made({path: json_bytes({"format": "boxfit crop boxes", "crops": crops})})


def _crops(
    results: Sequence[ObjectResult], path: Path, describe: Callable[[Box], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Describe each box in the frame of the training, or of the dataset if the other is unknown."""
    found = [_trained_from_dataset(result, path) for result in results]
    return [
        {"name": result.name, "frame": frame, **describe(move_box(result.box, matrix)[0])}
        for result, (matrix, frame) in zip(results, found, strict=True)
    ]


def _flags(box: Box) -> dict[str, Any]:
    """Return centre, roll, pitch and yaw in radians, which are turns about x, then y, then z, and edge lengths."""
    flags = {
        "obb_center": box.centre.tolist(),
        "obb_rotation": np.radians(euler_xyz_from_matrix(box.rotation)).tolist(),
        "obb_scale": box.size.tolist(),
    }
    words = (f"--{flag} {' '.join(map(_positional, values))}" for flag, values in flags.items())
    return {**flags, "arguments": " ".join(words)}


def _numbers(box: Box) -> dict[str, Any]:
    rigid = np.eye(4)
    rigid[:3, :3], rigid[:3, 3] = box.rotation, box.centre
    return {
        "centre": box.centre.tolist(),
        "size": box.size.tolist(),
        "rotation": box.rotation.tolist(),
        "quaternion_wxyz": box.quaternion.tolist(),
        "euler_xyz_degrees": euler_xyz_from_matrix(box.rotation).tolist(),
        "min": (-box.half_extents).tolist(),
        "max": box.half_extents.tolist(),
        "world_from_box": rigid.tolist(),
    }


def _positional(value: float) -> str:
    """Format a number without an exponent: argparse takes -1e-05 for a flag."""
    return np.format_float_positional(value, trim="0")


def _trained_from_dataset(result: ObjectResult, path: Path) -> tuple[np.ndarray, str]:
    """Return the similarity to the frame of the training, shape (4, 4), and the frame's name.

    Raises:
        OutputError: If the file that describes it cannot be used.
    """
    source = result.source
    folders = [path.parent, *([source if source.is_dir() else source.parent] if source else [])]
    file = next((folder / TRANSFORMS for folder in folders if (folder / TRANSFORMS).is_file()), None)
    if file is None:
        return np.eye(4), _DATASET
    try:
        values = read_json(file)
        saved_from_original, applied_scale = _applied(result)
        matrix = _affine(values["transform"]) @ np.linalg.inv(saved_from_original)
        matrix[:3] *= _length(values["scale"]) / applied_scale
        if uniform_scale(matrix) is None:
            raise ValueError("the matrix is no rotation")
    except BoxfitError as error:
        raise OutputError(str(error)) from error
    except MALFORMED as error:
        raise OutputError(f"{file} does not fit: no scale and transform (3x4) of nerfstudio's ({error})") from error
    return matrix, TRANSFORMS


def _applied(result: ObjectResult) -> tuple[np.ndarray, float]:
    """Return `applied_transform`, shape (4, 4), and `applied_scale` of the transforms.json that was read.

    nerfstudio's stored transform is that of the coordinates before them. Without a file of that kind there are none.
    """
    file = dict(result.labelled.views[0].files).get("transforms")
    if file is None:
        return np.eye(4), 1.0
    values = read_json(file)
    stated = values.get("applied_transform")
    if stated is None and (file.parent / "colmap" / "sparse" / "0").exists():
        stated = _OF_COLMAP
    return np.eye(4) if stated is None else _affine(stated), _length(values.get("applied_scale", 1.0))


def _length(value: Any) -> float:
    if not is_number(value) or value <= 0:
        raise ValueError(f"the scale is {value!r}")
    return float(value)


def _affine(values: Any) -> np.ndarray:
    """Convert a 3x4 matrix from JSON to one of shape (4, 4)."""
    matrix = np.array(values, dtype=np.float64)[:3]
    if matrix.shape != (3, 4) or not (np.abs(matrix) < LARGEST).all():
        raise ValueError(f"a matrix of shape {matrix.shape} instead of 3x4 numbers below {LARGEST:g}")
    return np.vstack([matrix, [0, 0, 0, 1]])
