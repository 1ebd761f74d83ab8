"""Reader of folders of the Omniverse Kaolin App's Data Generator; docs/data-generator-format.md describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from boxfit.errors import BoxfitError, DatasetError
from boxfit.views.dataset import SEGMENTATIONS, Dataset, Problem
from boxfit.views.folder_listing import list_folder
from boxfit.views.metadata import view_from_metadata
from boxfit.views.regular_files import read_json
from boxfit.views.targets import assemble_dataset

SENSOR_OF_FILE = {
    "metadata.json": "metadata",
    "semantic.npy": "semantic",
    "instance.npy": "instance",
    "depth_linear.npy": "depth_linear",
    "depth.npy": "depth",
    "rgb.png": "rgb",
    "normals.png": "normals",
    "pointcloud.usd": "pointcloud",
}
"""Sensors by the part of a file name after `{index}_`."""

_READ = {**SENSOR_OF_FILE, "semantic.png": "semantic", "instance.png": "instance"}
"""The same with the files that other programs write in place of the Data Generator's."""

_FILE_NAME = re.compile(r"(\d+)_(" + "|".join(re.escape(name) for name in _READ) + ")")


def read_data_generator(folder: Path, *, class_names: Mapping[int, str] | None = None) -> Dataset:
    """Read a folder of views.

    Indices may have gaps, sensors other than the segmentation may be missing, and the folder may hold views of several
    assets. A view that cannot be used is left out and listed among the dataset's problems.

    Args:
        folder: Folder of `{index}_metadata.json`, `{index}_semantic.npy` (or `.png`) and so on.
        class_names: Names of semantic ids from the preset, for ids that the files do not name.

    Returns:
        The dataset. Segmentation images have been searched for labels; other files are read on demand.

    Raises:
        DatasetError: If the folder is missing or cannot be read, holds no such files, fewer than two views can be
            used, or no view shows a label.
    """
    folder = Path(folder)
    views, problems = [], []
    files = _list_files(folder)
    if not _has_views(files):
        raise DatasetError(f"{folder} holds no files such as 0_metadata.json and 0_semantic.npy")
    for name, paths in files.items():
        try:
            if "metadata" not in paths:
                raise DatasetError(f"{name}_metadata.json is missing: generate the view again, or delete its files")
            metadata = read_json(paths["metadata"])
            if not isinstance(metadata, dict):
                kind = type(metadata).__name__
                raise DatasetError(f"{paths['metadata'].name} holds a {kind}, not the metadata of a view")
            views.append(view_from_metadata(name, metadata, paths))
        except BoxfitError as error:
            problems.append(Problem(f"view {name}", str(error)))
    return assemble_dataset(folder, views, problems, class_names)


def holds_data_generator(folder: Path) -> bool:
    """Return True if a folder contains views of the Data Generator; a JSON file describes views of other formats.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    return folder.suffix.lower() != ".json" and _has_views(_list_files(folder))


def _has_views(files: Mapping[str, Mapping[str, Path]]) -> bool:
    return any(sensor in paths for paths in files.values() for sensor in ("metadata", *SEGMENTATIONS))


def _list_files(folder: Path) -> dict[str, dict[str, Path]]:
    """List files by view and sensor, views in the order of their indices; of two masks, the npy file."""
    views: dict[str, dict[str, Path]] = {}
    for entry in list_folder(folder):
        match = _FILE_NAME.fullmatch(entry.name)
        if match:
            views.setdefault(match[1], {}).setdefault(_READ[match[2]], folder / entry.name)
    return dict(sorted(views.items(), key=lambda item: (int(item[0]), item[0])))
