"""Grouping of BasicWriter's files in a folder by frame and camera.

rgb_0000.png                        one render product
rgb_3_0000.png                      a time trigger's sequence 3
Replicator_01/rgb/rgb_0000.png      several render products
rgb/Replicator_01_rgb_0000.png      several, with use_common_output_dir
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boxfit.views.folder_listing import is_folder, list_folder

_SUFFIXES = {
    "camera_params": ("json",),
    "semantic_segmentation": ("png",),
    "semantic_segmentation_labels": ("json",),
    "instance_segmentation": ("png",),
    "instance_segmentation_mapping": ("json",),
    "instance_segmentation_semantics_mapping": ("json",),
    "instance_id_segmentation": ("png",),
    "instance_id_segmentation_mapping": ("json",),
    "bounding_box_3d": ("npy",),
    "bounding_box_3d_labels": ("json",),
    "bounding_box_3d_prim_paths": ("json",),
    "distance_to_image_plane": ("npy",),
    "distance_to_camera": ("npy",),
    "rgb": ("png", "jpg", "jpeg"),
}
"""Kinds of files that are read, and their suffixes."""

_LOSSY = ("jpg", "jpeg")
"""Suffixes of masks that cannot be read: JPEG changes their values."""

_ANNOTATORS = ("camera_params", "semantic_segmentation", "instance_segmentation", "instance_id_segmentation")
"""Annotators by which a folder is recognised."""

_FOLDERS = (*_ANNOTATORS, "bounding_box_3d", "distance_to_image_plane", "distance_to_camera", "rgb")
"""Annotators whose folders are searched, if there are several render products."""

_KINDS = "|".join(sorted(_SUFFIXES, key=len, reverse=True))
_NAME = re.compile(rf"(?:(?P<product>.+)_)??(?P<kind>{_KINDS})_(?P<sequence>(?:\d+_)*)(?P<frame>\d+)\.(?P<suffix>\w+)")


@dataclass(frozen=True)
class Frame:
    """A frame of one camera.

    Attributes:
        name: `<product>/<sequence>_<frame>`, without missing parts.
        files: Files by kind.
        lossy: Masks that are JPEG files, by kind.
    """

    name: str
    files: dict[str, Path] = field(default_factory=dict)
    lossy: dict[str, Path] = field(default_factory=dict)


def find_frames(folder: Path) -> list[Frame]:
    """Find the frames in a folder, ordered by render product, sequence and number.

    Returns:
        Frames; none if no file is of a camera or a segmentation, as other programs write images too.

    Raises:
        DatasetError: If the folder or a subfolder cannot be read.
    """
    frames: dict[tuple[str, tuple[int, ...], int], Frame] = {}
    for product, path, match in _matches(folder):
        sequence, frame = match["sequence"], match["frame"]
        key = product, tuple(int(number) for number in sequence.split("_")[:-1]), int(frame)
        product = product.encode("utf-8", "replace").decode()  # Names of files may hold bytes of no encoding.
        name = f"{product}/{sequence}{frame}" if product else f"{sequence}{frame}"
        held = frames.setdefault(key, Frame(name))
        is_read = match["suffix"] in _SUFFIXES[match["kind"]]
        (held.files if is_read else held.lossy).setdefault(match["kind"], path)
    ordered = [frames[key] for key in sorted(frames)]
    return ordered if any(kind in frame.files for frame in ordered for kind in _ANNOTATORS) else []


def _matches(folder: Path) -> Iterator[tuple[str, Path, re.Match[str]]]:
    """Yield the writer's files: render product, path and match of the name."""
    entries = list_folder(folder)
    for path in (folder / entry.name for entry in entries if is_folder(entry)):
        if path.name in _FOLDERS:
            yield from ((match["product"] or "", file, match) for file, match in _named(path, list_folder(path)))
        else:
            held = (entry for entry in list_folder(path) if entry.name in _FOLDERS and is_folder(entry))
            for inner in (path / entry.name for entry in held):
                named = _named(inner, list_folder(inner))
                yield from ((path.name, file, match) for file, match in named if not match["product"])
    named = _named(folder, (entry for entry in entries if not is_folder(entry)))
    yield from (("", file, match) for file, match in named if not match["product"])


def _named(folder: Path, entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[Path, re.Match[str]]]:
    """Yield the files whose names match a kind, in the order of their names, and masks that are JPEG files."""
    for name in (entry.name for entry in entries):
        match = _NAME.fullmatch(name)
        suffixes = _SUFFIXES[match["kind"]] if match else ()
        if match and (match["suffix"] in suffixes or (suffixes == ("png",) and match["suffix"] in _LOSSY)):
            yield folder / name, match
