"""A dataset carried by a stage: views become camera prims, and camera prims views (docs/views-schema.md)."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from boxfit.errors import BoxfitError, DatasetError
from boxfit.usd.cameras import CameraRecord, write_camera
from boxfit.usd.label import Label
from boxfit.usd.paths import prim_names
from boxfit.views.dataset import Dataset, LabelledObject, Problem, View
from boxfit.views.metadata import moved_metadata, row_matrix
from boxfit.views.targets import assemble_dataset

if TYPE_CHECKING:
    from pxr import Usd


def write_views(stage: Usd.Stage, dataset: Dataset, path: str = "/World/Views") -> list[str]:
    """Write a camera for each view of a dataset, with its files as assets and the objects that it may show.

    Args:
        stage: Stage with a file behind it: asset paths are written relative to that file.
        dataset: Views and objects.
        path: Prim that the cameras go under.

    Returns:
        Paths of the camera prims, in the order of the views.

    Raises:
        DatasetError: If an image of a view is not a file; see `boxfit.views.saved_images`.
    """
    for view in dataset.views:
        if view.images:
            raise DatasetError(f"view {view.name}: its {next(iter(view.images))} image is no file: save it first")
    labels: dict[str, list[Label]] = {}
    for labelled in dataset.objects:
        for view in labelled.views:
            if labelled.label.sensor in view.paths:
                labels.setdefault(view.name, []).append(labelled.label)
    places = view_places(dataset, path)
    for place, view in zip(places, dataset.views, strict=True):
        record = _record(view, labels.get(view.name, ()))
        write_camera(stage, place, record, view.horizontal_aperture, view.clipping_range)
    return places


def view_places(dataset: Dataset, path: str = "/World/Views") -> list[str]:
    """Paths of the camera prims that `write_views` makes, in the order of the views."""
    return [f"{path}/{name}" for name in prim_names(f"View_{view.name}" for view in dataset.views)]


def dataset_from_cameras(source: Path, records: Sequence[CameraRecord], faults: Iterable[tuple[str, str]]) -> Dataset:
    """The dataset that a stage's cameras carry.

    Args:
        source: The stage's file.
        records: Its camera prims.
        faults: Camera prims that cannot be used: path and reason.

    Raises:
        DatasetError: If fewer than two views are good, or none shows any of the labels that the cameras name.
    """
    views, problems = [], [Problem(where, what) for where, what in faults]
    for record in records:
        try:
            views.append(_view(record))
        except BoxfitError as error:
            problems.append(Problem(f"view {record.name}", str(error)))
    dataset = assemble_dataset(source, views, problems)
    members = {labelled.asset: labelled.views for labelled in dataset.objects}
    labels = {(record.asset, label.sensor, label.id): label for record in records for label in record.labels}
    objects = []
    for (asset, sensor, number), label in sorted(labels.items(), key=lambda item: (item[0][0] or "", item[0][2])):
        shown = members.get(asset, ())
        if any((sensor, number) in view.regions for view in shown):
            objects.append(LabelledObject(asset, Label(number, label.name, sensor, label.named_by), shown))
    if not objects:
        raise DatasetError(f"{source}: no mask shows any of the ids in boxfit:maskId; import the dataset again")
    return Dataset(source, dataset.views, tuple(objects), dataset.problems)


def _record(view: View, labels: Sequence[Label]) -> CameraRecord:
    return CameraRecord(
        name=view.name,
        camera=view.camera,
        labels=tuple(Label(label.id, label.name, label.sensor, label.named_by) for label in labels),
        files=view.paths,
        asset=view.asset,
        world_from_asset=view.world_from_asset,
        metadata=view.metadata,
    )


def _view(record: CameraRecord) -> View:
    if record.world_from_asset is not None:
        row_matrix(record.world_from_asset.T, "boxfit:assetTransform")
    return View(
        name=record.name,
        camera=record.camera,
        asset=record.asset,
        world_from_asset=record.world_from_asset,
        paths=record.files,
        metadata=moved_metadata(record.metadata, record.world_from_parent),
    )
