"""Writer of the Data Generator's folders with chosen objects; docs/data-generator-format.md describes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from boxfit.views.data_generator_writer import write_data_generator
from boxfit.views.dataset import DEPTHS, SEGMENTATIONS, Dataset, LabelledObject, View
from boxfit.views.labels import label_regions, pixel_runs
from boxfit.views.metadata import metadata_from_view
from boxfit.views.writers.scene import Shot, make_scene


def data_generator_losses(dataset: Dataset) -> list[str]:
    """List what the format does not hold of a dataset.

    Raises:
        DatasetError: If the format cannot hold a camera, or as `make_scene`.
    """
    scene = make_scene(dataset, still=False)
    for shot in scene.shots:
        metadata_from_view(replace(shot.view, camera=shot.camera))
    return [*scene.losses, *scene.coverage_loss, *scene.unit_loss, *scene.up_axis_loss]


def write_objects(dataset: Dataset, folder: Path) -> None:
    """Write a dataset with its objects as classes.

    Raises:
        DatasetError: If the folder is not new or empty or cannot be written, an image cannot be read, the format
            cannot hold a camera, or as `make_scene`.
    """
    scene = make_scene(dataset, still=False)
    views = tuple(map(_view, scene.shots))
    labels = (replace(label, id=number, sensor="semantic") for number, label in scene.labels.items())
    write_data_generator(
        replace(dataset, views=views, objects=tuple(LabelledObject(None, label, views) for label in labels)), folder
    )


def _view(shot: Shot) -> View:
    """Make a view whose class ids are the numbers of the objects, and whose metadata names them anew."""
    view = shot.view
    images = {sensor: read for sensor, read in view.images.items() if sensor in ("rgb", *DEPTHS)}
    regions = {("semantic", number): area for number, area in label_regions(pixel_runs(shot.ids())).items()}
    return replace(
        view,
        name=shot.name,
        paths={sensor: path for sensor, path in view.paths.items() if sensor not in (*SEGMENTATIONS, "metadata")},
        images={**images, "semantic": shot.ids},
        metadata={key: value for key, value in view.metadata.items() if key != "bbox_2d_tight"},
        regions=regions,
        searched={},
    )
