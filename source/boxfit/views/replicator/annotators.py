"""Conversion of the output of Replicator's annotators, in memory or from BasicWriter's files, to views.

    views = ReplicatorViews()
    views.add("0", {"camera_params": camera.get_data(), "instance_segmentation": mask.get_data()})
    ...
    dataset = views.dataset(Path("scene.usd"))

Replicator's ids and colours differ between frames. Here an id stands for the same prim, or labels, in all frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.errors import DatasetError
from boxfit.views.dataset import Dataset, Problem, View
from boxfit.views.regular_files import MALFORMED
from boxfit.views.replicator.boxes import PrimBox, read_boxes
from boxfit.views.replicator.camera import camera_from_params, lens_properties, meters_per_unit
from boxfit.views.replicator.depth import depth_image
from boxfit.views.replicator.label_book import LabelBook
from boxfit.views.replicator.labels import instance_meanings, semantic_meanings
from boxfit.views.replicator.pixels import object_ids, pixel_values
from boxfit.views.sensors import check_size
from boxfit.views.targets import assemble_dataset


class ReplicatorViews:
    """Collection of views of one scene, added frame by frame."""

    def __init__(self) -> None:
        self._book = LabelBook()
        self._views: list[tuple[View, list[PrimBox]]] = []
        self._problems: list[Problem] = []
        self._meters: float | None = None

    def add(self, name: str, annotators: Mapping[str, Any], origins: Mapping[str, Path] | None = None) -> None:
        """Add a frame of one camera.

        Args:
            name: Unique name of the view.
            annotators: Outputs of `get_data` by annotator: `camera_params`, and at least one of
                `semantic_segmentation`, `instance_segmentation` and, used only if both of these are missing,
                `instance_id_segmentation`; coloured or not. `rgb`, `bounding_box_3d` and one of
                `distance_to_image_plane` and `distance_to_camera` are optional. Arrays are copied, since annotators
                reuse their memory. An annotator's `data` may be a function that reads it, which gets the camera's
                (height, width) if it is an image; `rgb` and the distances may be paths of files.
            origins: Source files, if any, by annotator or other description.

        Raises:
            DatasetError: If an output is missing or is not in Replicator's format.
            CameraError: If the camera is not a pinhole camera.
        """
        origins = origins or {}
        if not isinstance(params := annotators.get("camera_params"), Mapping):
            raise DatasetError("it has no camera_params: switch them on in the writer, and make the views again")
        camera, meters = camera_from_params(params), meters_per_unit(params)
        if None not in (meters, self._meters) and meters != self._meters:
            raise DatasetError(
                f"its metersPerSceneUnit is {meters:g}, but {self._meters:g} in earlier views: it shows another scene"
            )
        images: dict[str, Callable[[], np.ndarray]] = {}
        for sensor, annotator in _segmentations(annotators):
            image_name = origins[annotator].name if annotator in origins else f"its {annotator}"
            images[sensor] = self._image(sensor, annotators[annotator], image_name, camera.resolution)
        if not images:
            raise DatasetError(
                "it has no semantic_segmentation and no instance_segmentation: switch one on in the writer, and make "
                "the views again"
            )
        paths: dict[str, Path] = {}
        if isinstance(rgb := annotators.get("rgb"), Path):
            paths["rgb"] = rgb
        elif rgb is not None:
            images["rgb"] = _picture(rgb, camera.resolution)
        try:
            images |= depth_image(annotators, camera, meters)
        except DatasetError as error:
            self._problems.append(Problem(f"view {name}", f"its depth is not used: {error}"))
        metadata = {"camera_properties": lens_properties(params)}
        boxes = self._boxes(name, annotators.get("bounding_box_3d"))
        self._book.note_prims(boxes)
        origins = {description: path for description, path in origins.items() if description not in paths}
        view = View(name, camera, paths=paths, metadata=metadata, images=images, origins=origins)
        self._views.append((view, boxes))
        self._meters = meters if self._meters is None else self._meters

    def dataset(self, source: Path, problems: Sequence[Problem] = ()) -> Dataset:
        """Assemble the dataset of the added views and their objects.

        Args:
            source: Folder or stage of the views, for messages.
            problems: Frames that could not be added, with reasons.

        Raises:
            DatasetError: If fewer than two views can be used, or none shows a label.
        """
        views = [
            replace(view, metadata={**view.metadata, "bbox_3d": list(self._book.records(boxes))})
            for view, boxes in self._views
        ]
        dataset = assemble_dataset(source, views, problems, known=self._book.labels())
        shared = self._book.shared(dataset.objects)
        return replace(
            dataset,
            problems=(*dataset.problems, *self._problems, *shared, *self._book.renamed()),
            meters_per_unit=self._meters,
        )

    def _image(self, sensor: str, output: Any, name: str, resolution: tuple[int, int]) -> Callable[[], np.ndarray]:
        """Make a function that returns the ids of a segmentation image; arrays are converted at once."""
        data, info = _data_and_info(output, name)
        if sensor == "semantic":
            meanings = semantic_meanings(info.get("idToLabels"))
        else:
            meanings = instance_meanings(info.get("idToLabels"), info.get("idToSemantics"))
        ids = self._book.ids(sensor, meanings)
        if callable(data):
            return lambda: object_ids(pixel_values(data(resolution), name, resolution), ids, name)
        image = object_ids(pixel_values(data, name, resolution), ids, name)
        return lambda: image

    def _boxes(self, name: str, output: Any) -> list[PrimBox]:
        """Read the frame's boxes, which are optional: errors are added to the problems."""
        if output is None:
            return []
        try:
            data, info = _data_and_info(output, "its bounding_box_3d")
            return read_boxes(data() if callable(data) else data, info.get("idToLabels"), info.get("primPaths"))
        except (DatasetError, *MALFORMED) as error:
            self._problems.append(Problem(f"view {name}", f"its 3D boxes are not used: {error}"))
            return []


def _segmentations(annotators: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield sensor and annotator of each segmentation image to read."""
    present = [sensor for sensor in ("semantic", "instance") if f"{sensor}_segmentation" in annotators]
    yield from ((sensor, f"{sensor}_segmentation") for sensor in present)
    if not present and "instance_id_segmentation" in annotators:
        yield "instance", "instance_id_segmentation"


def _data_and_info(output: Any, name: str) -> tuple[Any, Mapping[str, Any]]:
    if not isinstance(output, Mapping) or not {"data", "info"} <= output.keys():
        raise DatasetError(f"{name} is a {type(output).__name__} without the data and info of an annotator's output")
    return output["data"], output["info"]


def _picture(rgb: Any, resolution: tuple[int, int]) -> Callable[[], np.ndarray]:
    """Copy an image, and make a function that returns its colours."""
    picture = np.array(rgb)
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or picture.dtype != np.uint8:
        raise DatasetError(f"its rgb holds {picture.dtype} values of shape {picture.shape}, not colours (uint8)")
    check_size("its rgb image", picture.shape[:2], resolution)
    return lambda: picture[..., :3]
