"""Reading and writing of views as camera prims; docs/views-schema.md is the specification."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from boxfit.errors import CameraError, DatasetError
from boxfit.files.paths import relative_posix
from boxfit.geometry.camera import Camera
from boxfit.usd.convert import gf_from_matrix, matrix_from_gf
from boxfit.usd.instances import find_prims
from boxfit.usd.label import Label
from boxfit.usd.lens import read_camera, write_lens
from boxfit.usd.paths import define_parents
from boxfit.usd.stage import REST_TIME

_PREFIX = "boxfit:"
_MASK = "boxfit:mask"
_SENSORS = ("semantic", "instance", "rgb", "depth_linear", "depth", "normals", "pointcloud")
_TYPES = Sdf.ValueTypeNames
_ATTRIBUTES = {
    "view": (_TYPES.String, str),
    "resolution": (_TYPES.Int2, Gf.Vec2i),
    "mask": (_TYPES.Asset, Sdf.AssetPath),
    "maskId": (_TYPES.Int64Array, Vt.Int64Array, Vt.IntArray),
    "maskName": (_TYPES.StringArray, Vt.StringArray),
    "maskSensor": (_TYPES.StringArray, Vt.StringArray),
    "maskNamedBy": (_TYPES.StringArray, Vt.StringArray),
    "maskClass": (_TYPES.StringArray, Vt.StringArray),
    "maskPrim": (_TYPES.StringArray, Vt.StringArray),
    "metadata": (_TYPES.String, str),
    "asset": (_TYPES.String, str),
    "assetTransform": (_TYPES.Matrix4d, Gf.Matrix4d),
    **dict.fromkeys(_SENSORS, (_TYPES.Asset, Sdf.AssetPath)),
}
"""Type that is written and classes of the values that are read, by attribute name."""


@dataclass(frozen=True, eq=False)
class CameraRecord:
    """Content of a camera prim that holds a view.

    Attributes:
        name: Name of the view.
        camera: Camera in the stage's world.
        labels: Objects in the view's segmentation images.
        files: Files by sensor, including those of the labels' sensors; without a segmentation image, the camera is
            written without a mask, and is then no view to read.
        asset: The asset that the view shows, or None.
        world_from_asset: Pose of the asset, shape (4, 4), or None.
        metadata: The view's metadata, as decoded from JSON.
        world_from_parent: Pose of the camera's parent prim, shape (4, 4). The metadata is relative to this prim, which
            may have been moved since the view was written.
    """

    name: str
    camera: Camera
    labels: tuple[Label, ...]
    files: Mapping[str, Path]
    asset: str | None = None
    world_from_asset: np.ndarray | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    world_from_parent: np.ndarray = field(default_factory=lambda: np.eye(4))


def write_camera(
    stage: Usd.Stage,
    path: str,
    record: CameraRecord,
    horizontal_aperture: float | None = None,
    clipping_range: tuple[float, float] | None = None,
) -> Usd.Prim:
    """Write a view to the stage's root layer, with asset paths relative to that layer's file.

    Args:
        stage: Stage with a file behind it.
        path: Camera prim to create; the record's world becomes the frame of its parent.
        record: The view.
        horizontal_aperture: As for `write_lens`.
        clipping_range: As for `write_lens`.
    """
    root = stage.GetRootLayer()
    assert not root.anonymous
    with Usd.EditContext(stage, root):
        define_parents(stage, Sdf.Path(path))
        camera = UsdGeom.Camera.Define(stage, path)
        write_lens(camera, record.camera, horizontal_aperture, clipping_range)
        camera.MakeMatrixXform().Set(gf_from_matrix(record.camera.world_from_camera))
        for name, value in _attributes(record, Path(root.realPath).parent).items():
            kind = _ATTRIBUTES[name][0]
            camera.GetPrim().CreateAttribute(_PREFIX + name, kind, True, Sdf.VariabilityUniform).Set(value)
    return camera.GetPrim()


def is_view(prim: Usd.Prim) -> bool:
    """Return True if a prim is a camera that holds a view, valid or not."""
    return prim.IsA(UsdGeom.Camera) and prim.HasAttribute(_MASK)


def read_cameras(stage: Usd.Stage) -> tuple[list[CameraRecord], list[tuple[str, str]]]:
    """Read all views on a stage, including those in references and sublayers.

    Returns:
        The views in the order of the prims, and path and reason for each camera that cannot be used.
        Views with the same name, as in two datasets, are named by the paths of their prims.

    Raises:
        ManyInstancesError: If more views are in instances than `boxfit.usd.instances.MOST_IN_INSTANCES`.
    """
    cache = UsdGeom.XformCache(REST_TIME)
    records: dict[str, CameraRecord] = {}
    problems: list[tuple[str, str]] = []
    for prim in find_prims(stage.GetPseudoRoot(), is_view):
        try:
            records[str(prim.GetPath())] = _read_camera(UsdGeom.Camera(prim), cache)
        except (CameraError, DatasetError) as error:
            problems.append((str(prim.GetPath()), str(error)))
    counts = Counter(record.name for record in records.values())
    return [
        replace(record, name=path) if counts[record.name] > 1 else record for path, record in records.items()
    ], problems


def _attributes(record: CameraRecord, folder: Path) -> dict[str, Any]:
    height, width = record.camera.resolution
    files = {sensor: _asset_path(record.files[sensor], folder) for sensor in _SENSORS if sensor in record.files}
    attributes: dict[str, Any] = {"view": record.name, "resolution": Gf.Vec2i(width, height)}
    # Without labels, the first segmentation image.
    sensor = record.labels[0].sensor if record.labels else next(filter(files.__contains__, _SENSORS[:2]), None)
    if sensor is not None:
        attributes["mask"] = files[sensor]
    attributes |= {
        "maskId": [label.id for label in record.labels],
        "maskName": [label.name for label in record.labels],
        "maskSensor": [label.sensor for label in record.labels],
        "maskNamedBy": [label.named_by for label in record.labels],
        "maskClass": [label.class_name for label in record.labels],
        "maskPrim": [label.prim for label in record.labels],
        "metadata": json.dumps(dict(record.metadata), ensure_ascii=False),
        **files,
    }
    if record.asset is not None:
        attributes["asset"] = record.asset
    if record.world_from_asset is not None:
        attributes["assetTransform"] = gf_from_matrix(record.world_from_asset)
    return attributes


def _asset_path(file: Path, folder: Path) -> Sdf.AssetPath:
    """Make an asset path that starts with a dot, so that USD anchors it to the layer; absolute on another drive."""
    path = relative_posix(file, folder)
    return Sdf.AssetPath(path if path.startswith("../") or Path(path).is_absolute() else f"./{path}")


def _read_camera(camera: UsdGeom.Camera, cache: UsdGeom.XformCache) -> CameraRecord:
    prim = camera.GetPrim()
    width, height = _need(prim, "resolution")
    labels = _read_labels(prim)
    files = {sensor: file for sensor in _SENSORS if (file := _read_file(prim, sensor)) is not None}
    mask_asset = _need(prim, "mask")
    mask = _read_file(prim, "mask")
    if mask is None:
        layer = prim.GetAttribute(_MASK).GetPropertyStack(Usd.TimeCode.Default())[0].layer
        path = layer.ComputeAbsolutePath(mask_asset.path)
        raise DatasetError(f"the mask {path} does not exist: name the folder that the views are in now (data)")
    sensor = labels[0].sensor if labels else next((key for key, file in files.items() if file == mask), "semantic")
    pose = _get(prim, "assetTransform")
    world_from_parent = matrix_from_gf(cache.GetParentToWorldTransform(prim))
    return CameraRecord(
        name=_get(prim, "view") or prim.GetName(),
        camera=read_camera(camera, (height, width), matrix_from_gf(cache.GetLocalToWorldTransform(prim))),
        labels=labels,
        files={**files, sensor: mask},
        asset=_get(prim, "asset"),
        world_from_asset=None if pose is None else world_from_parent @ matrix_from_gf(pose),
        metadata=_read_metadata(prim),
        world_from_parent=world_from_parent,
    )


def _read_metadata(prim: Usd.Prim) -> dict[str, Any]:
    try:
        metadata = json.loads(_get(prim, "metadata") or "{}")
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"boxfit:metadata is not JSON ({error})") from error
    if not isinstance(metadata, dict):
        raise DatasetError("boxfit:metadata is not a JSON object")
    return metadata


def _read_labels(prim: Usd.Prim) -> tuple[Label, ...]:
    ids = _need(prim, "maskId", ": it lists the values in the mask that are objects")
    columns = [
        list(_get(prim, name) or fallback)
        for name, fallback in (
            ("maskName", [str(value) for value in ids]),
            ("maskSensor", ["semantic"] * len(ids)),
            ("maskNamedBy", ["id"] * len(ids)),
            ("maskClass", [""] * len(ids)),
            ("maskPrim", [""] * len(ids)),
        )
    ]
    if any(len(column) != len(ids) for column in columns):
        names = "maskId, maskName, maskSensor, maskNamedBy, maskClass and maskPrim"
        raise DatasetError(f"boxfit:{names} differ in length")
    return tuple(Label(*row) for row in zip(ids, *columns, strict=True))


def _read_file(prim: Usd.Prim, name: str) -> Path | None:
    """Resolve the file of an asset attribute relative to its layer; None if it is missing."""
    asset = _get(prim, name)
    return Path(asset.resolvedPath) if asset and asset.resolvedPath else None


def _get(prim: Usd.Prim, name: str) -> Any:
    """Return an attribute's value after checking its type; None if nothing is authored."""
    attribute = prim.GetAttribute(_PREFIX + name)
    value = attribute.Get(REST_TIME) if attribute else None
    kind, *classes = _ATTRIBUTES[name]
    if value is not None and not isinstance(value, tuple(classes)):
        raise DatasetError(f"{_PREFIX}{name} has the type {attribute.GetTypeName()}, not {kind}")
    return value


def _need(prim: Usd.Prim, name: str, explanation: str = "") -> Any:
    value = _get(prim, name)
    if value is None:
        raise DatasetError(f"{_PREFIX}{name} is missing, or has no value{explanation}")
    return value
