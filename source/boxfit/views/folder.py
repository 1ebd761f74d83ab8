"""Reader of folders of views in any supported format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from boxfit.errors import DatasetError, list_names
from boxfit.settings import InputSettings
from boxfit.views.bop.folder import holds_bop, read_bop
from boxfit.views.colmap.folder import holds_colmap, read_colmap
from boxfit.views.data_generator import holds_data_generator, read_data_generator
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.folder_listing import is_folder, list_folder
from boxfit.views.plain import holds_plain, read_plain
from boxfit.views.regular_files import leads_outside
from boxfit.views.replicator.folder import holds_replicator, read_replicator
from boxfit.views.transforms.folder import holds_transforms, read_transforms


class NoViewsError(DatasetError):
    """Folder without views.

    Attributes:
        below: Its folders that hold views.
    """

    def __init__(self, message: str, below: Sequence[Path] = ()) -> None:
        super().__init__(message)
        self.below = tuple(below)


@dataclass(frozen=True)
class Format:
    """A format of datasets.

    Attributes:
        title: Name for people.
        files: Files by which a folder is recognised, for messages.
        holds: Returns True if a path, a folder or a JSON file, is of the format; raises DatasetError if it cannot be
            read.
        read: Reads such a path.
        yields_to: Formats that describe the same views more completely, where a folder holds both.
    """

    title: str
    files: str
    holds: Callable[[Path], bool]
    read: Callable[[Path, InputSettings], Dataset]
    yields_to: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {
    "data-generator": Format(
        "Data Generator",
        "its out_dir, with 0_metadata.json and 0_semantic.npy",
        holds_data_generator,
        lambda path, _: read_data_generator(path),
    ),
    "replicator": Format(
        "Replicator BasicWriter",
        "camera_params_0000.json with semantic_segmentation_0000.png or instance_segmentation_0000.png",
        holds_replicator,
        lambda path, _: read_replicator(path),
    ),
    "transforms": Format("transforms.json", "transforms.json", holds_transforms, read_transforms),
    "colmap": Format(
        "COLMAP", "sparse/0/cameras.bin and images.bin (or .txt)", holds_colmap, read_colmap, ("transforms",)
    ),
    "bop": Format("BOP", "scene_camera.json, scene_gt.json and mask_visib", holds_bop, lambda path, _: read_bop(path)),
    "plain": Format("plain", "boxfit.json", holds_plain, lambda path, _: read_plain(path)),
}
"""Formats by name, as in the setting `format`."""


def read_folder(
    path: Path, settings: InputSettings = InputSettings(), class_names: Mapping[int, str] | None = None
) -> Dataset:
    """Read a folder of views, or the JSON file that describes it.

    Args:
        path: The folder or file.
        settings: Its format, and its masks where the format does not name them.
        class_names: As for `read_data_generator`; not used for other formats, whose files name their labels.

    Raises:
        NoViewsError: If it is a folder without views.
        DatasetError: If the path is missing, cannot be read, is in no format or in several, or its dataset cannot be
            used.
    """
    path = Path(path)
    name = settings.format if settings.format != "auto" else _recognised(path)
    for setting in ("masks", "mask_shows"):
        if getattr(settings, setting) not in (None, "auto") and name not in ("transforms", "colmap"):
            raise DatasetError(f"{path} names its own masks ({FORMATS[name].title}): state nothing of them ({setting})")
    if name == "data-generator":
        dataset = read_data_generator(path, class_names=class_names)
    else:
        dataset = FORMATS[name].read(path, settings)
    folder = dataset.source if dataset.source.is_dir() else dataset.source.parent
    files = dict.fromkeys(file for view in dataset.views for _, file in view.files)
    if settings.masks is None and (outside := [file for file in files if leads_outside(file, folder)]):
        names = list_names([file.name for file in outside], 4)
        target = os.path.realpath(outside[0])
        links = Problem(str(path), f"links lead out of the folder: {names} ({outside[0].name} is {target})")
        dataset = replace(dataset, problems=(*dataset.problems, links))
    return replace(dataset, format=name)


def is_dataset(path: Path, name: str = "auto") -> bool:
    """Return True if a path holds views of a format, or with "auto" of any.

    Raises:
        DatasetError: If it cannot be read.
    """
    return any(each.holds(path) for each in (FORMATS.values() if name == "auto" else (FORMATS[name],)))


def _recognised(path: Path) -> str:
    """Return the name of a path's format."""
    found = [name for name, each in FORMATS.items() if each.holds(path)]
    found = [name for name in found if not set(FORMATS[name].yields_to) & set(found)]
    if len(found) > 1:
        titles = " and ".join(FORMATS[name].title for name in found)
        raise DatasetError(f"{path} holds files of two formats ({titles}): name one (format {' or '.join(found)})")
    if not found:
        raise _no_views(path)
    return found[0]


def _no_views(path: Path) -> DatasetError:
    """Return an error that describes the content of a folder without views."""
    formats = "; ".join(f"{each.title}: {each.files}" for each in FORMATS.values())
    if path.is_file():
        return DatasetError(f"{path} is no description of views that can be read ({formats})")
    held, below = list_folder(path), []
    for child in (path / each.name for each in held if is_folder(each)):
        with suppress(DatasetError):  # A folder that cannot be read is skipped.
            if is_dataset(child):
                below.append(child)
    if below:
        names = list_names([each.name for each in below], 4)
        those = f"folder {names} does: name that folder" if len(below) == 1 else f"folders {names} do: name one of them"
        return NoViewsError(f"{path} holds no views, but its {those}", below)
    content = f"it holds {list_names([each.name for each in held], 4)}" if held else "it is empty"
    return NoViewsError(f"{path} holds no views ({content}): name a folder with such files ({formats})")
