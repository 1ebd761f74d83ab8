"""Reader of folders of Replicator's BasicWriter; docs/replicator-format.md describes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from boxfit.errors import BoxfitError, DatasetError
from boxfit.views.dataset import Dataset, Problem
from boxfit.views.regular_files import LARGEST_TEXT, MALFORMED, read_json
from boxfit.views.replicator.annotators import ReplicatorViews
from boxfit.views.replicator.depth import DEPTHS
from boxfit.views.replicator.frames import Frame, find_frames
from boxfit.views.replicator.pixels import read_pixels
from boxfit.views.sensors import map_array

_LABELS = {
    "semantic_segmentation": {"idToLabels": "semantic_segmentation_labels"},
    "instance_segmentation": {
        "idToLabels": "instance_segmentation_mapping",
        "idToSemantics": "instance_segmentation_semantics_mapping",
    },
    "instance_id_segmentation": {"idToLabels": "instance_id_segmentation_mapping"},
    "bounding_box_3d": {"idToLabels": "bounding_box_3d_labels", "primPaths": "bounding_box_3d_prim_paths"},
}
"""Files that hold an annotator's `info`, by the keys of `info`."""


def read_replicator(folder: Path) -> Dataset:
    """Read a folder that BasicWriter wrote.

    A frame of one camera is a view. Frames that cannot be used are left out and listed among the dataset's problems.

    Args:
        folder: Folder of `camera_params_0000.json`, `semantic_segmentation_0000.png` and so on.

    Returns:
        The dataset. Segmentation images have been searched for labels, and are read again on demand.

    Raises:
        DatasetError: If the folder cannot be read, fewer than two views can be used, or no view shows a label.
    """
    folder = Path(folder)
    views, problems = ReplicatorViews(), []
    for frame in find_frames(folder):
        try:
            _check_masks(frame)
            views.add(frame.name, _annotators(frame.files), frame.files)
        except BoxfitError as error:
            problems.append(Problem(f"view {frame.name}", str(error)))
        except MALFORMED as error:
            problems.append(Problem(f"view {frame.name}", f"its JSON files are not those of BasicWriter ({error})"))
    return views.dataset(folder, problems)


def holds_replicator(folder: Path) -> bool:
    """Return True if a folder contains views of BasicWriter; a JSON file describes views of other formats.

    Raises:
        DatasetError: If the folder cannot be read.
    """
    return folder.suffix.lower() != ".json" and bool(find_frames(folder))


def _check_masks(frame: Frame) -> None:
    """Raise a DatasetError if all masks of a frame are JPEG files."""
    if frame.lossy and not any(kind.endswith("_segmentation") for kind in frame.files):
        name = next(iter(frame.lossy.values())).name
        raise DatasetError(
            f"{name} is a JPEG file, which changes the values of a mask: write masks as PNG, and make the views again"
        )


def _annotators(files: Mapping[str, Path]) -> dict[str, Any]:
    """Read the outputs of the annotators for a frame, with images as functions that read them."""
    outputs: dict[str, Any] = {}
    if "camera_params" in files:
        outputs["camera_params"] = read_json(files["camera_params"])
    outputs |= {annotator: files[annotator] for annotator in ("rgb", *DEPTHS) if annotator in files}
    for annotator, parts in _LABELS.items():
        if annotator in files:
            path = files[annotator]
            read = partial(map_array, path, LARGEST_TEXT) if "box" in annotator else partial(read_pixels, path)
            info = {key: read_json(files[kind]) for key, kind in parts.items() if kind in files}
            if "idToLabels" not in info and annotator != "bounding_box_3d":
                kind = parts["idToLabels"]
                name = files[annotator].with_suffix(".json").name.replace(annotator, kind)
                raise DatasetError(f"{name} is missing: it maps pixel values to labels or prims")
            outputs[annotator] = {"data": read, "info": info}
    return outputs
