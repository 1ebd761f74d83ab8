"""Write a view's images as files of the Data Generator, for what refers to files: a folder of views, or a stage."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError
from boxfit.views.data_generator import SENSOR_OF_FILE
from boxfit.views.dataset import SEGMENTATIONS, Dataset, View
from boxfit.views.new_folder import new_folder
from boxfit.views.sensors import read_picture

_FILE_OF_SENSOR = {sensor: file for file, sensor in SENSOR_OF_FILE.items()}
"""What follows `{index}_` in the name of a sensor's file."""

_SAVED = re.compile(rf"\d+_({'|'.join(re.escape(_FILE_OF_SENSOR[sensor]) for sensor in (*SEGMENTATIONS, 'rgb'))})")
"""Files of images that may be in memory; a folder of views has others besides."""


_LEFT_BEHIND = (".DS_Store", "Thumbs.db", "desktop.ini")


def masks_folder(stage: Path) -> Path:
    """Where images that are no files yet go, for a stage to name them: beside the stage."""
    return stage.with_name(f"{stage.stem}_masks")


def holds_saved_images(folder: Path) -> bool:
    """Whether a folder holds nothing but what `save_images` writes; an empty or missing one does, too.

    What file managers leave behind does not count.
    """
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        _SAVED.fullmatch(path.name) or path.name in _LEFT_BEHIND for path in folder.iterdir()
    )


def save_images(dataset: Dataset, folder: Path) -> Dataset:
    """The same dataset with its images in files; the files that it has already stay where they are.

    Args:
        dataset: Whatever it was read from, or captured.
        folder: New or empty folder, which appears whole or not at all; none where there is nothing to save.

    Raises:
        DatasetError: If the folder holds something or cannot be written, or an image cannot be read.
    """
    if not any(view.images for view in dataset.views):
        return dataset
    saved: dict[str, View] = {}
    with new_folder(folder) as draft:
        for index, view in enumerate(dataset.views):
            names = {sensor: save_sensor(view, sensor, draft, str(index)) for sensor in view.images}
            paths = {sensor: folder / name for sensor, name in names.items()}
            saved[view.name] = replace(view, paths={**view.paths, **paths}, images={})
    objects = tuple(
        replace(labelled, views=tuple(saved[view.name] for view in labelled.views)) for labelled in dataset.objects
    )
    return replace(dataset, views=tuple(saved.values()), objects=objects)


def save_sensor(view: View, sensor: str, folder: Path, index: str) -> str:
    """Write one sensor of a view: a copy where it is a file of the format already.

    Returns:
        The file's name.

    Raises:
        DatasetError: If the format has no such file, or the image cannot be read.
        OSError: If the file cannot be written.
    """
    path = view.paths.get(sensor)
    if sensor not in _FILE_OF_SENSOR:
        raise DatasetError(f"view {view.name}: the Data Generator's format has no file for {sensor} ({path})")
    name = f"{index}_{_FILE_OF_SENSOR[sensor]}"
    if path is None:
        if sensor in SEGMENTATIONS:
            np.save(folder / name, view.segmentation(sensor)[..., None].astype(np.int32))
        else:
            Image.fromarray(view.rgb()).save(folder / name)
    elif path.suffix == Path(name).suffix:
        shutil.copyfile(path, folder / name)
    elif sensor == "rgb":
        Image.fromarray(read_picture(path, view.camera.resolution)).save(folder / name)
    else:
        raise DatasetError(f"{path} is not the {Path(name).suffix} file that the Data Generator's format wants")
    return name
