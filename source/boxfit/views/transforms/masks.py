"""Masks of the frames of a transforms.json, which the format does not define for objects.

A frame's mask_path, instant-ngp's dynamic_mask files and folders of masks show what to keep or to ignore in training.
That may be the object, or something that hides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.settings import InputSettings
from boxfit.views.folder_listing import held_names, list_folder
from boxfit.views.posed_images import MaskImage, MaskKind, open_alpha, open_mask
from boxfit.views.sensors import PICTURES

SUFFIXES = (*PICTURES, *map(str.upper, PICTURES))
"""Suffixes of images and masks that are read."""

_MOST_BORDER = 0.25
"""Share of the image's border that an object may touch, if it is all that is kept in training."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Frame of a transforms.json.

    Attributes:
        name: Name of the view.
        fields: Its fields, with those for all frames.
        folder: Folder of the file.
        image: Its image, which may not exist.
        parts: Names of the folders and the file on the way to the image.
    """

    name: str
    fields: Mapping[str, Any]
    folder: Path
    image: Path
    parts: tuple[str, ...]

    def path(self, key: str) -> Path | None:
        """Return the path in a field, as `find_file` does; None without such a field."""
        return find_file(self.folder, self.fields[key]) if self.fields.get(key) else None


@dataclass(frozen=True, eq=False)
class FrameMask:
    """Mask of a frame.

    Attributes:
        path: File that holds it.
        mask: Content of the file.
        image_size: (height, width) of the frame's image, if it was opened.
        is_doubtful: True if it shows what is kept in training, which may be the object or all around another thing.
    """

    path: Path
    mask: MaskImage
    image_size: tuple[int, int] | None = None
    is_doubtful: bool = False


def read_frame_mask(frame: Frame, settings: InputSettings) -> FrameMask:
    """Find and read the mask of a frame.

    The first of these is its mask: the file in the folder of masks that the user names; the alpha channel of the image,
    unless the user states what white pixels show; a mask image of the dataset.

    Raises:
        DatasetError: If there is none, or it cannot be read.
    """
    stated: MaskKind = "object" if settings.mask_shows == "auto" else settings.mask_shows
    if settings.masks is not None:
        if (path := _file_in(settings.masks, frame)) is None:
            held = held_names(each.name for each in list_folder(settings.masks) if each.name.endswith(SUFFIXES))
            raise DatasetError(f"{settings.masks} has no mask that is named as its image, {frame.image.name} ({held})")
        return FrameMask(path, open_mask(path, stated))
    path, kept = next(_mask_images(frame), (None, stated))
    if settings.mask_shows != "auto":
        if path is None:
            raise DatasetError(
                f"it has no mask image that shows the {stated} (mask_shows): leave that out, or name masks (masks)"
            )
        return FrameMask(path, open_mask(path, stated))
    size, has_image = None, is_file(frame.image)
    if has_image:
        alpha, size = open_alpha(frame.image)
        if alpha is not None:
            return FrameMask(frame.image, alpha, size)
    if path is None and not has_image:
        raise DatasetError(f"its image {'/'.join(frame.parts)} is not in {frame.folder}: add it, or correct file_path")
    if path is None:
        raise DatasetError(
            f"it has no mask: {frame.image.name} has no transparent pixel, its frame no mask_path, and no folder masks "
            f"beside {frame.image.parent.name} a file of its name: add one of these, or name a folder of masks (masks)"
        )
    return FrameMask(path, open_mask(path, kept), size, is_doubtful=True)


def keeps_objects(masks: Sequence[MaskImage]) -> bool:
    """Return True if what masks keep in training can only be the object.

    So it is if all around it is ignored, hence also the border of each image, or most of it where the object is cut.
    Masks that are all the same hide a part of the camera, or the corners of its images.
    """
    first, others = masks[0].labels(), masks[1:]
    if others and all(np.array_equal(first, mask.labels()) for mask in others):
        return False
    return all(_border_share(mask.labels()) <= _MOST_BORDER for mask in masks)


def path_parts(text: str) -> tuple[str, ...]:
    """Return the names of the folders and the file in a path with either separator."""
    parts = PurePosixPath(text.replace("\\", "/")).parts
    return tuple(part for part in parts if part not in ("/", "..") and not part.endswith(":"))  # C: is a drive.


def find_file(folder: Path, text: str, suffixes: Iterable[str] = ()) -> Path:
    """Return the path of a file that a transforms.json names, which may not exist.

    Args:
        folder: Folder of the transforms.json.
        text: Path relative to it, or on another machine: then its end is looked for in the folder.
        suffixes: Suffixes that the path may lack.
    """
    stated, parts = folder / text.replace("\\", "/"), path_parts(text)
    moved = range(1, len(parts)) if PureWindowsPath(text).root else ()
    for path in (stated, *(folder.joinpath(*parts[start:]) for start in moved)):
        for candidate in (path, *(path.with_name(path.name + suffix) for suffix in suffixes)):
            if is_file(candidate):
                return candidate
    return stated


def is_file(path: Path) -> bool:
    """Return True if a path is a file, and False too if that cannot be found out."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # ValueError: a name with a null character.
        return False


def _border_share(labels: np.ndarray) -> float:
    return float(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]).mean())


def _mask_images(frame: Frame) -> Iterator[tuple[Path, MaskKind]]:
    """Yield the dataset's mask images of a frame, with their pixels that are kept in training."""
    if (path := frame.path("mask_path")) is not None:
        yield path, "object"
    dynamic = frame.image.with_name(f"dynamic_mask_{frame.image.stem}.png")
    if is_file(dynamic):
        yield dynamic, "background"
    beside = [frame.folder] if frame.image.parent == frame.folder else [frame.folder, frame.image.parent.parent]
    for folder in dict.fromkeys(beside):
        if (path := _file_in(folder / "masks", frame)) is not None:
            yield path, "object"


def _file_in(folder: Path, frame: Frame) -> Path | None:
    """Find the mask of a frame's image in a folder: `IMG.png`, `IMG.jpg.png` and so on, in the same folders or none."""
    fewest = min(len(frame.parts), frame.name.count("/") + 1, 2)  # Images of one name differ in their folder.
    for start in range(len(frame.parts) - fewest + 1):
        named = folder.joinpath(*frame.parts[start:])
        for path in (named, *_with(named.name, named), *_with(named.stem, named)):
            if is_file(path):
                return path
    return None


def _with(name: str, path: Path) -> Iterator[Path]:
    return (path.with_name(name + suffix) for suffix in SUFFIXES)
