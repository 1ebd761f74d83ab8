"""Reader of transforms.json, as NeRF's synthetic scenes, nerfstudio and instant-ngp have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import BoxfitError, DatasetError, list_names
from boxfit.settings import InputSettings
from boxfit.usd.label import Label
from boxfit.views.boxes import is_number
from boxfit.views.dataset import Dataset, Problem, View
from boxfit.views.folder_listing import list_folder
from boxfit.views.posed_images import MaskImage, posed_view, read_scaled_depth
from boxfit.views.regular_files import MALFORMED, read_json
from boxfit.views.sensors import open_picture, read_picture
from boxfit.views.targets import assemble_dataset
from boxfit.views.threads import map_in_threads
from boxfit.views.transforms.camera import frame_camera, frame_distortion, frame_fields, stated_size
from boxfit.views.transforms.masks import (
    SUFFIXES,
    Frame,
    find_file,
    is_file,
    keeps_objects,
    path_parts,
    read_frame_mask,
)

_NAME = re.compile(r"transforms(_.*)?\.json")
_NEEDED = ("file_path", "transform_matrix")
_LABEL = 1

_METRES_PER_DEPTH = 1e-3
"""Unit of the files of `depth_file_path`: nerfstudio's default."""


def holds_transforms(path: Path) -> bool:
    """Return True if a folder contains a transforms.json, or a path is such a file; one that is damaged counts too.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    files = _descriptions(Path(path))
    try:
        return bool(files) and _has_frames(read_json(files[0]))
    except DatasetError:
        return bool(_NAME.fullmatch(files[0].name))


def read_transforms(path: Path, settings: InputSettings) -> Dataset:
    """Read the views of a transforms.json; docs/transforms-format.md describes what is read.

    Frames that cannot be used are left out and listed among the dataset's problems.

    Args:
        path: The file, or its folder: of several, transforms.json, else transforms_train.json, else the only one.
        settings: `masks` and `mask_shows` are used.

    Returns:
        The dataset, in the world of the file's matrices, with one object named as the folder. Masks have been read and
        searched; other files are read on demand.

    Raises:
        DatasetError: If the file cannot be read or is of another format, the meaning of the masks is not clear, fewer
            than two views can be used, or all masks are empty.
    """
    path = Path(path)
    file = _only_description(path)
    content = read_json(file)
    if not _has_frames(content):
        raise DatasetError(f"{file} has no list of frames with {' and '.join(_NEEDED)}: is it of another format?")
    if settings.masks is not None and not settings.masks.is_dir():
        raise DatasetError(f"{settings.masks} is not a folder: name one with a mask for each image (masks)")
    frames, problems = _frames(content, file)
    found = map_in_threads(partial(_read, file=file, settings=settings), frames)
    problems += [each for each in found if isinstance(each, Problem)]
    read = [each for each in found if not isinstance(each, Problem)]
    doubtful = [mask for _, mask in read if mask is not None]
    if doubtful and not keeps_objects(doubtful):
        raise DatasetError(
            f"{file}: its masks (mask_path, dynamic_mask or a folder masks) may show the object, or what is ignored in "
            "training: state whether white pixels show the object (mask_shows object) or black ones (mask_shows "
            "background)"
        )
    name = file.parent.resolve().name or "object"
    known = {("semantic", _LABEL): Label(_LABEL, name, "semantic", "labels")}
    dataset = assemble_dataset(path, [view for view, _ in read], problems, known=known)
    return replace(dataset, up_axis="Z" if _is_of_blender(content) else None, convention="opengl-c2w")


def _descriptions(path: Path) -> list[Path]:
    """List the files that may describe the views of a folder, or the path of such a file; none for other files."""
    if is_file(path):
        return [path] if path.suffix.lower() == ".json" else []
    files = {each.name: path / each.name for each in list_folder(path) if _NAME.fullmatch(each.name)}
    preferred = next((name for name in ("transforms.json", "transforms_train.json") if name in files), None)
    return list(files.values()) if preferred is None else [files[preferred]]


def _only_description(path: Path) -> Path:
    files = _descriptions(path)
    if not files:
        raise DatasetError(f"{path} is no transforms.json, and no folder with one")
    if len(files) > 1:
        raise DatasetError(f"{path} holds {list_names([file.name for file in files], 4)}: name one of these files")
    return files[0]


def _has_frames(content: Any) -> bool:
    frames = content.get("frames") if isinstance(content, Mapping) else None
    return isinstance(frames, list) and any(map(_is_frame, frames))


def _is_frame(frame: Any) -> bool:
    return isinstance(frame, Mapping) and all(key in frame for key in _NEEDED)


def _is_of_blender(content: Mapping[str, Any]) -> bool:
    """Return True for scenes as NeRF's, whose script copies the matrices of Blender, where Z is up."""
    frames = filter(_is_frame, content["frames"])
    return "camera_angle_x" in content and "fl_x" not in content and all("rotation" in frame for frame in frames)


def _frames(content: Mapping[str, Any], file: Path) -> tuple[list[Frame], list[Problem]]:
    """List the frames in the order of their names, which are those of the images: of the files if these differ."""
    common = {key: value for key, value in content.items() if key != "frames"}
    frames, problems = [], []
    for number, fields in enumerate(content["frames"]):
        text = fields["file_path"] if _is_frame(fields) else None
        if not isinstance(text, str) or not (parts := path_parts(text)):
            problems.append(Problem(f"frames[{number}]", f"it has no {' or no '.join(_NEEDED)}"))
            continue
        image = find_file(file.parent, text, SUFFIXES)  # NeRF's synthetic scenes leave out .png.
        name = image.stem if image.suffix.lower() in SUFFIXES else image.name
        frames.append(Frame(name, frame_fields(common, fields), file.parent, image, (*parts[:-1], image.name)))
    if len({frame.name for frame in frames}) < len(frames):
        frames = [replace(frame, name="/".join((*frame.parts[:-1], frame.name))) for frame in frames]
    counts = Counter(frame.name for frame in frames)
    problems += [
        Problem(f"view {name}", f"{count} frames have this image: remove all but one")
        for name, count in counts.items()
        if count > 1
    ]
    single = [frame for frame in frames if counts[frame.name] == 1]
    return sorted(single, key=lambda frame: re.sub(r"\d+", lambda digits: digits[0].zfill(20), frame.name)), problems


def _read(frame: Frame, file: Path, settings: InputSettings) -> tuple[View, MaskImage | None] | Problem:
    """Read a frame: its view, and its mask if what that shows is not clear."""
    try:
        return _view(frame, file, settings)
    except BoxfitError as error:
        return Problem(f"view {frame.name}", str(error))
    except MALFORMED as error:
        return Problem(f"view {frame.name}", f"its fields in {file.name} are not those of a frame ({error})")


def _view(frame: Frame, file: Path, settings: InputSettings) -> tuple[View, MaskImage | None]:
    distortion = frame_distortion(frame.fields)
    found = read_frame_mask(frame, settings)
    resolution = found.mask.resolution
    size = stated_size(frame.fields) or found.image_size or _picture_size(frame.image)
    camera = frame_camera(frame.fields, size, resolution)
    images: dict[str, Callable[[], np.ndarray]] = found.mask.images
    origins = {"transforms": file, "mask": found.path, "rgb": frame.image}
    if is_file(frame.image):
        images["rgb"] = partial(read_picture, frame.image, resolution, scaled=True)
    if (depth := _depth(frame)) is not None:
        images["depth_linear"], origins["depth"] = partial(read_scaled_depth, *depth, resolution), depth[0]
    existing = {kind: path for kind, path in origins.items() if is_file(path)}
    view = posed_view(frame.name, camera, images, existing, distortion)
    return view, found.mask if found.is_doubtful else None


def _picture_size(path: Path) -> tuple[int, int]:
    with open_picture(path, None) as image:
        return image.height, image.width


def _depth(frame: Frame) -> tuple[Path, float] | None:
    """Return the file of a frame's depth, and the factor from its values to the unit of the poses; None without one.

    nerfstudio's values are in millimetres of the world before `applied_scale`, instant-ngp's in units of its own.
    """
    if (path := frame.path("depth_file_path")) is not None:
        unit, scale = _METRES_PER_DEPTH, frame.fields.get("applied_scale", 1.0)
    else:
        path, unit, scale = frame.path("depth_path"), 1.0, frame.fields.get("integer_depth_scale", 0.0)
    return (path, unit * scale) if path is not None and is_number(scale) and scale > 0 else None
