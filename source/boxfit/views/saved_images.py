"""Writing of a view's images as files in the Data Generator's format, for folders of views and stages."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from boxfit.errors import DatasetError
from boxfit.views.data_generator import SENSOR_OF_FILE
from boxfit.views.dataset import DEPTHS, SEGMENTATIONS, Dataset, View
from boxfit.views.new_folder import new_folder
from boxfit.views.regular_files import check_file
from boxfit.views.sensors import read_picture

_FILE_OF_SENSOR = {sensor: file for file, sensor in SENSOR_OF_FILE.items()}
"""Part of a file name after `{index}_`, by sensor."""

_SAVED = (
    *(_FILE_OF_SENSOR[sensor] for sensor in (*SEGMENTATIONS, "rgb", *DEPTHS)),
    *(f"{sensor}.png" for sensor in SEGMENTATIONS),
)
"""The same parts of the names of the files that `save_images` writes."""

_SAVED_NAME = re.compile(rf"\d+_({'|'.join(map(re.escape, _SAVED))})")

_FILE_MANAGER_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")


def masks_folder(stage: Path) -> Path:
    """Return the folder beside a stage for images that have no file yet."""
    return stage.with_name(f"{stage.stem}_masks")


def holds_saved_images(folder: Path) -> bool:
    """Return True if a folder is missing, or holds only files of `save_images` and of file managers."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        _SAVED_NAME.fullmatch(path.name) or path.name in _FILE_MANAGER_FILES for path in folder.iterdir()
    )


def save_images(dataset: Dataset, folder: Path) -> Dataset:
    """Save the images of a dataset that have no file for a stage, and return the dataset with the new files.

    Ids that fit 16 bits are saved as PNG, a hundredth of the size of the Data Generator's npy files.

    Args:
        dataset: Dataset of any source.
        folder: New or empty folder, written atomically; not created if there is nothing to save.

    Raises:
        DatasetError: If the folder is not empty or cannot be written, or an image cannot be read.
    """
    if not any(view.images for view in dataset.views):
        return dataset
    saved: dict[str, View] = {}
    with new_folder(folder) as draft:
        for index, view in enumerate(view.without_lens() for view in dataset.views):
            names = {
                sensor: _save_image(view, sensor, draft, str(index))
                for sensor in view.images
                if sensor in _FILE_OF_SENSOR
            }
            paths = {sensor: folder / name for sensor, name in names.items()}
            saved[view.name] = replace(view, paths={**view.paths, **paths}, images={})
    objects = tuple(
        replace(labelled, views=tuple(saved[view.name] for view in labelled.views)) for labelled in dataset.objects
    )
    return replace(dataset, views=tuple(saved.values()), objects=objects)


def _save_image(view: View, sensor: str, folder: Path, index: str) -> str:
    """Write an image as `save_sensor`, but ids that fit 16 bits as the grey values of a PNG."""
    if sensor in SEGMENTATIONS:
        ids = view.segmentation(sensor)
        for kind in (np.uint8, np.uint16):
            if ids.min() >= 0 and ids.max() <= np.iinfo(kind).max:
                name = f"{index}_{sensor}.png"
                Image.fromarray(ids.astype(kind)).save(folder / name, compress_level=1)
                return name
    return save_sensor(view, sensor, folder, index)


def save_sensor(view: View, sensor: str, folder: Path, index: str) -> str:
    """Write a sensor of a view, as a copy if its file is already in the format.

    Returns:
        Name of the file.

    Raises:
        DatasetError: If the format has no file for the sensor, or the image cannot be read.
        OSError: If the file cannot be written.
    """
    path = view.paths.get(sensor)
    if sensor not in _FILE_OF_SENSOR:
        raise DatasetError(f"view {view.name}: the Data Generator's format has no file for {sensor} ({path})")
    name = f"{index}_{_FILE_OF_SENSOR[sensor]}"
    if sensor in SEGMENTATIONS and (path is None or path.suffix != Path(name).suffix):
        np.save(folder / name, view.segmentation(sensor)[..., None].astype(np.int32))
    elif path is None and sensor in DEPTHS:
        np.save(folder / name, view.depth())
    elif path is None:
        Image.fromarray(view.rgb()).save(folder / name)
    elif path.suffix == Path(name).suffix:
        check_file(path)
        shutil.copyfile(path, folder / name)
    elif sensor == "rgb":
        Image.fromarray(read_picture(path, view.camera.resolution)).save(folder / name)
    else:
        raise DatasetError(f"{path} is not the {Path(name).suffix} file that the Data Generator's format requires")
    return name
