"""Reader of boxfit's plain format, the target for exporters of other programs; docs/plain-format.md describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError, DatasetError, list_names
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import COEFFICIENTS
from boxfit.usd.label import Label
from boxfit.views.boxes import LARGEST, is_number
from boxfit.views.conventions import taken_as
from boxfit.views.dataset import Dataset, Problem, View
from boxfit.views.posed_images import open_mask, posed_view, read_scaled_depth
from boxfit.views.regular_files import MALFORMED, read_json
from boxfit.views.sensors import read_picture
from boxfit.views.targets import assemble_dataset
from boxfit.views.threads import map_in_threads

FILE = "boxfit.json"
"""Name of the file that describes the views of its folder."""

VERSION = 1
"""Version of the format."""

SCHEMA = Path(__file__).with_name("plain.schema.json")

_PINHOLE = ("fx", "fy", "cx", "cy")
_POSES = ("camera_to_world", "world_to_camera")
_CHOICES: dict[str, tuple[Any, ...]] = {
    "version": (VERSION,),
    "axes": ("opencv", "opengl"),
    "pixel_centre": (0, 0.5),
    "masks": ("binary", "ids"),
    "up_axis": ("Y", "Z"),
}
_OPTIONAL = ("masks", "up_axis")
_OF_EITHER = ("K", *_PINHOLE, "width", "height", "distortion", "depth_scale")
"""Fields of a view that the file may state once for all views."""

_OF_FILE = (*_CHOICES, "labels", "meters_per_unit", "views", *_OF_EITHER)
_OF_VIEW = ("name", "mask", "rgb", "depth", *_POSES, *_OF_EITHER)


def holds_plain(path: Path) -> bool:
    """Return True if a folder contains `boxfit.json`, or a path is such a file.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    try:
        file = _description(path)
        return file.name == FILE and file.is_file()
    except (OSError, ValueError) as error:  # ValueError: a name with a null character.
        raise DatasetError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from error


def read_plain(path: Path) -> Dataset:
    """Read a folder of masks with a `boxfit.json`, or a file like it of any name.

    Views that cannot be used are left out and listed among the dataset's problems, as are fields that do not exist.

    Args:
        path: The folder or file.

    Returns:
        The dataset. Masks have been read and searched; other files are read on demand.

    Raises:
        DatasetError: If the file cannot be read or lacks a field, fewer than two views can be used, or no view shows
            a label.
    """
    path = Path(path)
    file = _description(path)
    content = read_json(file)
    try:
        _check(content, file)
        labels = _labels(content, file)
        notes = list(_unknown_fields(content, file))
        names = [_name(view, number) for number, view in enumerate(content["views"])]
        counts = Counter(names)
        jobs = [(name, counts[name], view) for name, view in zip(names, content["views"], strict=True)]
    except MALFORMED as error:
        raise DatasetError(f"{file} is not a description of views ({error}): see docs/plain-format.md") from error
    posed = map_in_threads(lambda job: _read(*job, content, file), jobs)
    problems = [each for each in posed if isinstance(each, Problem)]
    views = [each for each in posed if isinstance(each, View)]
    dataset = assemble_dataset(path, views, problems, known=labels, notes=notes)
    return replace(
        dataset,
        meters_per_unit=content.get("meters_per_unit"),
        up_axis=content.get("up_axis"),
        convention=_convention(content, content["views"][0]),
    )


def _description(path: Path) -> Path:
    return path / FILE if path.is_dir() else path


def _check(content: Any, file: Path) -> None:
    """Check the fields that hold for all views."""
    if not isinstance(content, Mapping) or not isinstance(content.get("views"), list):
        raise DatasetError(f"{file} has no list of views: see docs/plain-format.md")
    for field, allowed in _CHOICES.items():
        if field in _OPTIONAL and field not in content:
            continue
        if content.get(field) not in allowed:
            found = f"{field} is {content[field]!r:.40}" if field in content else f"it has no {field}"
            raise DatasetError(f"{file}: {found}: state {' or '.join(map(repr, allowed))}")
    unit = content.get("meters_per_unit", 1.0)
    if not is_number(unit) or unit <= 1 / LARGEST:
        raise DatasetError(f"{file}: meters_per_unit is {unit!r:.40}, not a positive number")


def _labels(content: Mapping[str, Any], file: Path) -> dict[tuple[str, int], Label]:
    """Read the names of ids; the id of the white pixels of binary masks is 1."""
    labels = content.get("labels", {})
    well_formed = isinstance(labels, Mapping) and all(
        key.isdecimal() and int(key) > 0 and isinstance(name, str) and name for key, name in labels.items()
    )
    if not well_formed:
        raise DatasetError(f'{file}: labels are not names by id, such as {{"1": "mug"}}')
    if content.get("masks") != "ids":
        if len(labels) > 1:
            raise DatasetError(f'{file} names {len(labels)} labels, but its masks are binary: state "masks": "ids"')
        labels = dict(zip(["1"], labels.values(), strict=False))
    return {("semantic", int(key)): Label(int(key), name, "semantic", "labels") for key, name in labels.items()}


def _unknown_fields(content: Mapping[str, Any], file: Path) -> Iterator[Problem]:
    """Yield problems for fields that the format does not have: they may be misspelt."""
    of_views = {field for view in content["views"] if isinstance(view, Mapping) for field in view}
    for whose, unknown in (("", {*content} - {*_OF_FILE}), ("views' ", of_views - {*_OF_VIEW})):
        if unknown:
            names = list_names(sorted(unknown))
            yield Problem(file.name, f"its {whose}fields {names} are not in the format and are ignored: misspelt?")


def _name(view: Any, number: int) -> str:
    fields: Mapping[str, Any] = view if isinstance(view, Mapping) else {}
    mask = fields.get("mask")
    return str(fields.get("name", PureWindowsPath(mask).stem if isinstance(mask, str) else f"number {number + 1}"))


def _read(name: str, count: int, view: Any, content: Mapping[str, Any], file: Path) -> View | Problem:
    try:
        if count > 1:
            raise DatasetError(f"{count} views have this name: give each a name of its own (name)")
        return _view(name, view, content, file)
    except BoxfitError as error:
        return Problem(f"view {name}", str(error))
    except MALFORMED as error:
        return Problem(f"view {name}", f"its fields in {file.name} are not those of a view ({error})")


def _view(name: str, view: Mapping[str, Any], content: Mapping[str, Any], file: Path) -> View:
    if "mask" not in view:
        raise DatasetError("it names no mask: name the image, or leave out the view")
    fields = {**{key: content[key] for key in _OF_EITHER if key in content}, **view}
    paths = {key: file.parent / view[key].replace("\\", "/") for key in ("mask", "rgb", "depth") if key in view}
    mask = open_mask(paths["mask"], "ids" if content.get("masks") == "ids" else "object", _size(fields))
    images: dict[str, Callable[[], np.ndarray]] = mask.images
    if "rgb" in paths:
        images["rgb"] = partial(read_picture, paths["rgb"], mask.resolution)
    if "depth" in paths:
        scale = _number({"depth_scale": 1.0, **fields}, "depth_scale")
        images["depth_linear"] = partial(read_scaled_depth, paths["depth"], scale, mask.resolution)
    camera = _camera(view, content, mask.resolution)
    return posed_view(name, camera, images, {**paths, "description": file}, _distortion(fields))


def _size(fields: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the stated (height, width), or None."""
    if "width" not in fields and "height" not in fields:
        return None
    height, width = _number(fields, "height"), _number(fields, "width")
    if not (height.is_integer() and width.is_integer()):
        raise DatasetError(f"its size is {width:g} x {height:g}, not whole pixels")
    return int(height), int(width)


def _camera(view: Mapping[str, Any], content: Mapping[str, Any], resolution: tuple[int, int]) -> Camera:
    poses = [key for key in _POSES if key in view]
    if len(poses) != 1:
        raise DatasetError(f"it has {'two poses' if poses else 'no pose'}: give {' or '.join(_POSES)}")
    # A view that states any of its intrinsics states them all.
    intrinsics = view if any(key in view for key in ("K", *_PINHOLE)) else content
    if "K" not in intrinsics:
        fx, fy, cx, cy = (_number(intrinsics, key) for key in _PINHOLE)
    elif any(key in intrinsics for key in _PINHOLE):
        raise DatasetError("it has both K and fx, fy, cx, cy: give one of them")
    else:
        matrix = _matrix(intrinsics["K"], "K", 3)
        (fx, _, cx), (_, fy, cy), _ = matrix.tolist()
        if np.abs(matrix - [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]).max() > 1e-6 * max(fx, 1):
            raise DatasetError("its K is not [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]: skewed pixels are not supported")
    shift = 0.5 - content["pixel_centre"]
    camera = Camera(_matrix(view[poses[0]], poses[0], 4), (fx, fy), (cx + shift, cy + shift), resolution)
    return taken_as(camera, _convention(content, view))


def _convention(content: Mapping[str, Any], view: Any) -> Any:
    """Return the convention of a view's pose, as `CameraConvention`."""
    return f"{content['axes']}-{'c2w' if isinstance(view, Mapping) and 'camera_to_world' in view else 'w2c'}"


def _distortion(fields: Mapping[str, Any]) -> dict[str, float]:
    distortion = fields.get("distortion", {})
    if unknown := sorted({*distortion} - {*COEFFICIENTS}):
        raise DatasetError(f"its distortion has {list_names(unknown)}: OpenCV's names are {', '.join(COEFFICIENTS)}")
    return {key: _number(distortion, key) for key in distortion}


def _number(fields: Mapping[str, Any], key: str) -> float:
    if key not in fields:
        raise DatasetError(f"it has no {key}: state it for the view, or once for all")
    if not is_number(fields[key]):
        raise DatasetError(f"its {key} is {fields[key]!r:.40}, not a number")
    return float(fields[key])


def _matrix(rows: Any, key: str, size: int) -> np.ndarray:
    matrix = np.array(rows, dtype=np.float64)
    if matrix.shape != (size, size) or not (np.abs(matrix) < LARGEST).all():
        raise DatasetError(f"its {key} is not {size}x{size} numbers (below {LARGEST:g})")
    return matrix
