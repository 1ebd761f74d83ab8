"""Conversion between the views of a dataset and camera prims of a stage (docs/views-schema.md)."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxfit.errors import BoxfitError, DatasetError
from boxfit.usd.cameras import CameraRecord, write_camera
from boxfit.usd.label import Label
from boxfit.usd.paths import prim_names
from boxfit.views.dataset import Dataset, Problem, View
from boxfit.views.metadata import moved_metadata, row_matrix
from boxfit.views.targets import assemble_dataset

if TYPE_CHECKING:
    from pxr import Usd


def write_views(stage: Usd.Stage, dataset: Dataset, path: str = "/World/Views") -> list[str]:
    """Write a camera prim for each view of a dataset, with its files as assets and the labels of its objects.

    Args:
        stage: Stage with a file; asset paths are written relative to that file.
        dataset: Views and objects.
        path: Parent prim of the cameras.

    Returns:
        Paths of the camera prims, in the order of the views.

    Raises:
        DatasetError: If an image of a view has no file, or one whose name is not UTF-8; see
            `boxfit.views.saved_images`.
    """
    for view in dataset.views:
        if view.images:
            raise DatasetError(f"view {view.name}: its {next(iter(view.images))} image has no file: save it first")
        for file in view.paths.values():
            if str(file).encode("utf-8", "replace").decode() != str(file):
                raise DatasetError(f"{file} cannot be named on a stage, as its name is not UTF-8: rename it")
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
    """List the paths of the camera prims that `write_views` writes, in the order of the views."""
    return [f"{path}/{name}" for name in prim_names(f"View_{view.name}" for view in dataset.views)]


def dataset_from_cameras(source: Path, records: Sequence[CameraRecord], faults: Iterable[tuple[str, str]]) -> Dataset:
    """Make a dataset from the camera prims of a stage.

    Args:
        source: File of the stage.
        records: Camera prims of the stage.
        faults: Path and reason for each camera prim that cannot be used.

    Raises:
        DatasetError: If fewer than two views can be used, or none shows any of the labels that the cameras name.
    """
    views, problems = [], [Problem(prim_path, reason) for prim_path, reason in faults]
    for record in records:
        try:
            views.append(_view(record))
        except BoxfitError as error:
            problems.append(Problem(f"view {record.name}", str(error)))
    dataset = assemble_dataset(source, views, problems)
    members = {labelled.asset: labelled for labelled in dataset.objects}
    labels = {(record.asset, label.sensor, label.id): label for record in records for label in record.labels}
    objects = []
    for (asset, sensor, number), label in sorted(labels.items(), key=lambda item: (item[0][0] or "", item[0][2])):
        member = members.get(asset)
        if member is not None and sum((sensor, number) in view.regions for view in member.views) > 1:
            objects.append(replace(member, label=label))
    if not objects:
        raise DatasetError(f"{source}: no two masks show any of the ids in boxfit:maskId; import the dataset again")
    return Dataset(source, dataset.views, tuple(objects), dataset.problems)


def _record(view: View, labels: Sequence[Label]) -> CameraRecord:
    return CameraRecord(
        name=view.name,
        camera=view.camera,
        labels=tuple(labels),
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
