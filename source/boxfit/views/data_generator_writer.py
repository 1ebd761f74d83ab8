"""Write a dataset as a folder in the Data Generator's format, whatever it was read from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boxfit.errors import DatasetError
from boxfit.views.data_generator import SENSOR_OF_FILE
from boxfit.views.dataset import Dataset, View
from boxfit.views.metadata import metadata_from_view
from boxfit.views.new_folder import new_folder

_FILE_OF_SENSOR = {sensor: file for file, sensor in SENSOR_OF_FILE.items()}
"""What follows `{index}_` in the name of a sensor's file."""


def write_data_generator(dataset: Dataset, folder: Path) -> Path:
    """Write views without loss: files are copied, and only missing metadata is made from the camera.

    A view keeps its name as its index where all names are numbers; else the views are numbered in their
    order. The folder appears whole or not at all.

    Args:
        dataset: What to write.
        folder: New or empty folder.

    Returns:
        The folder.

    Raises:
        DatasetError: If the folder holds something or cannot be written, a file of the dataset is gone, or the format
            cannot hold a camera.
    """
    folder = Path(folder)
    with new_folder(folder) as draft:
        for index, view in zip(_indices(dataset.views), dataset.views, strict=True):
            _write_view(view, draft, index)
    return folder


def write_metadata(metadata: Mapping[str, Any], path: Path) -> None:
    """Write `{index}_metadata.json`; numbers keep every digit."""
    path.write_text(json.dumps(metadata, indent=4), encoding="utf-8")


def _indices(views: Sequence[View]) -> list[str]:
    names = [view.name for view in views]
    return names if all(name.isdecimal() for name in names) else [str(index) for index in range(len(names))]


def _write_view(view: View, folder: Path, index: str) -> None:
    for sensor, path in view.paths.items():
        if sensor not in _FILE_OF_SENSOR:
            raise DatasetError(f"view {view.name}: the Data Generator's format has no file for {sensor} ({path})")
        shutil.copyfile(path, folder / f"{index}_{_file_name(sensor, path)}")
    if "metadata" not in view.paths:
        write_metadata(metadata_from_view(view), folder / f"{index}_metadata.json")


def _file_name(sensor: str, path: Path) -> str:
    """The generator's name for a file."""
    name = _FILE_OF_SENSOR[sensor]
    if path.suffix != Path(name).suffix:
        raise DatasetError(f"{path} is not the {Path(name).suffix} file that the Data Generator's format wants")
    return name
