"""Writer of datasets of any source as folders in the Data Generator's format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from boxfit.views.dataset import Dataset, View
from boxfit.views.metadata import metadata_from_view
from boxfit.views.new_folder import new_folder
from boxfit.views.saved_images import save_sensor

Names = Mapping[tuple[str, int], str]


def write_data_generator(dataset: Dataset, folder: Path) -> Path:
    """Write views without loss: copy existing files, and make missing metadata and image files.

    Metadata made here names the labels of the dataset's objects in 2D boxes around their visible parts.

    If the names of all views are numbers, they are the indices; otherwise the views are numbered in order. The folder
    is written atomically.

    Args:
        dataset: Dataset to write.
        folder: New or empty folder.

    Returns:
        The folder.

    Raises:
        DatasetError: If the folder is not empty or cannot be written, a file of the dataset is missing, or the format
            cannot represent a camera.
    """
    folder = Path(folder)
    labels = [labelled.label for labelled in dataset.objects if labelled.label.named_by != "id"]
    names = {(label.sensor, label.id): label.name for label in labels}
    with new_folder(folder) as draft:
        for index, view in zip(_indices(dataset.views), dataset.views, strict=True):
            _write_view(view, draft, index, names)
    return folder


def write_metadata(metadata: Mapping[str, Any], path: Path) -> None:
    """Write `{index}_metadata.json` with full precision."""
    path.write_text(json.dumps(metadata, indent=4), encoding="utf-8")


def _indices(views: Sequence[View]) -> list[str]:
    names = [view.name for view in views]
    return names if all(name.isdecimal() for name in names) else [str(index) for index in range(len(names))]


def _write_view(view: View, folder: Path, index: str, names: Names) -> None:
    for sensor in view.sensors:
        save_sensor(view, sensor, folder, index)
    if "metadata" not in view.paths:
        boxes = view.metadata.get("bbox_2d_tight") or list(_tight_boxes(view, names))
        metadata = metadata_from_view(view) | ({"bbox_2d_tight": boxes} if boxes else {})
        write_metadata(metadata, folder / f"{index}_metadata.json")


def _tight_boxes(view: View, names: Names) -> Iterator[dict[str, Any]]:
    """Yield a record of `bbox_2d_tight` for each visible named label; the maximum pixel is inclusive."""
    for key, (top, left, bottom, right) in view.regions.items():
        if key in names:
            limits = {"x_min": left, "y_min": top, "x_max": right - 1, "y_max": bottom - 1}
            yield {"file": view.asset, "class": names[key], "bbox": limits}
