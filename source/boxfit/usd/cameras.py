"""A dataset's views as cameras on a stage, written and read; docs/views-schema.md is the specification."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from boxfit.errors import CameraError, DatasetError
from boxfit.types import Camera
from boxfit.usd.convert import gf_from_matrix, matrix_from_gf
from boxfit.usd.paths import define_parents
from boxfit.usd.stage import REST_TIME

_PREFIX = "boxfit:"
_MASK = "boxfit:mask"
_SENSORS = ("semantic", "instance", "rgb", "depth", "normals", "pointcloud")
_DEFAULT_APERTURE = 20.955


@dataclass(frozen=True)
class MaskLabel:
    """An object in a view's mask: its value there, its name, which image, and where the name is from."""

    id: int
    name: str
    sensor: str = "semantic"
    named_by: str = "id"


@dataclass(frozen=True, eq=False)
class CameraRecord:
    """A view as a camera prim holds it.

    Attributes:
        name: The view's name.
        camera: Camera in the stage's world.
        labels: Objects that the view shows; at least one.
        files: Files by sensor; among them that of the first label's sensor.
        asset: The asset that the view shows, or None.
        world_from_asset: Its pose, shape (4, 4), or None.
        metadata: The view's metadata, as JSON holds it.
    """

    name: str
    camera: Camera
    labels: tuple[MaskLabel, ...]
    files: Mapping[str, Path]
    asset: str | None = None
    world_from_asset: np.ndarray | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def write_camera(stage: Usd.Stage, path: str, record: CameraRecord) -> Usd.Prim:
    """Write a view to the stage's root layer, with asset paths relative to that layer's file.

    Args:
        stage: Stage with a file behind it.
        path: Camera prim to make.
        record: The view.
    """
    root = stage.GetRootLayer()
    assert not root.anonymous
    with Usd.EditContext(stage, root):
        define_parents(stage, Sdf.Path(path))
        camera = UsdGeom.Camera.Define(stage, path)
        _write_lens(camera, record)
        camera.MakeMatrixXform().Set(gf_from_matrix(record.camera.world_from_camera))
        for name, (kind, value) in _attributes(record, Path(root.realPath).parent).items():
            camera.GetPrim().CreateAttribute(_PREFIX + name, kind, True, Sdf.VariabilityUniform).Set(value)
    return camera.GetPrim()


def read_cameras(stage: Usd.Stage) -> tuple[list[CameraRecord], list[tuple[str, str]]]:
    """Read all views on a stage, wherever references and sublayers brought them from.

    Returns:
        The views in the order of the prims, and for each camera that cannot be used its path and the reason.
        Views that share a name, as those of two datasets do, are named by their prims' paths.
    """
    cache = UsdGeom.XformCache(REST_TIME)
    records: dict[str, CameraRecord] = {}
    problems: list[tuple[str, str]] = []
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        if prim.IsA(UsdGeom.Camera) and prim.HasAttribute(_MASK):
            try:
                records[str(prim.GetPath())] = _read_camera(UsdGeom.Camera(prim), cache)
            except (CameraError, DatasetError) as error:
                problems.append((str(prim.GetPath()), str(error)))
    counts = Counter(record.name for record in records.values())
    return [
        replace(record, name=path) if counts[record.name] > 1 else record for path, record in records.items()
    ], problems


def _write_lens(camera: UsdGeom.Camera, record: CameraRecord) -> None:
    """Apertures and focal length: their ratios matter alone, so the horizontal one is the metadata's own."""
    lens = record.metadata.get("camera_properties") or {}
    height, width = record.camera.resolution
    (fx, fy), (cx, cy) = record.camera.focal, record.camera.principal
    horizontal = float(lens.get("horizontal_aperture", _DEFAULT_APERTURE))
    unit = horizontal / width
    vertical = horizontal * height / width * fx / fy
    camera.CreateProjectionAttr(UsdGeom.Tokens.perspective)
    camera.CreateHorizontalApertureAttr(horizontal)
    camera.CreateVerticalApertureAttr(vertical)
    camera.CreateFocalLengthAttr(fx * unit)
    camera.CreateHorizontalApertureOffsetAttr((width / 2 - cx) * unit)
    camera.CreateVerticalApertureOffsetAttr((cy - height / 2) * vertical / height)
    if lens.get("clipping_range"):
        camera.CreateClippingRangeAttr(Gf.Vec2f(*lens["clipping_range"]))


def _attributes(record: CameraRecord, folder: Path) -> dict[str, tuple[Sdf.ValueTypeName, Any]]:
    types = Sdf.ValueTypeNames
    height, width = record.camera.resolution
    files = dict(record.files)
    mask = files.pop(record.labels[0].sensor)
    attributes = {
        "view": (types.String, record.name),
        "resolution": (types.Int2, Gf.Vec2i(width, height)),
        "mask": (types.Asset, _asset_path(mask, folder)),
        "maskId": (types.IntArray, [label.id for label in record.labels]),
        "maskName": (types.StringArray, [label.name for label in record.labels]),
        "maskSensor": (types.StringArray, [label.sensor for label in record.labels]),
        "maskNamedBy": (types.StringArray, [label.named_by for label in record.labels]),
        "metadata": (types.String, json.dumps(dict(record.metadata), ensure_ascii=False)),
    }
    for sensor in _SENSORS:
        if sensor in files:
            attributes[sensor] = (types.Asset, _asset_path(files[sensor], folder))
    if record.asset is not None:
        attributes["asset"] = (types.String, record.asset)
    if record.world_from_asset is not None:
        attributes["assetTransform"] = (types.Matrix4d, gf_from_matrix(record.world_from_asset))
    return attributes


def _asset_path(file: Path, folder: Path) -> Sdf.AssetPath:
    """A path that starts with a dot, so that USD anchors it to the layer; absolute on another drive."""
    try:
        relative = Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return Sdf.AssetPath(file.resolve().as_posix())
    return Sdf.AssetPath(relative if relative.startswith("../") else f"./{relative}")


def _read_camera(camera: UsdGeom.Camera, cache: UsdGeom.XformCache) -> CameraRecord:
    prim = camera.GetPrim()
    if camera.GetProjectionAttr().Get(REST_TIME) != UsdGeom.Tokens.perspective:
        raise CameraError("the camera is orthographic: only pinhole cameras can be used")
    resolution = _get(prim, "resolution")
    if resolution is None:
        raise DatasetError("boxfit:resolution is missing")
    width, height = resolution
    labels = _read_labels(prim)
    files = {sensor: file for sensor in _SENSORS if (file := _read_file(prim, sensor)) is not None}
    mask = _read_file(prim, "mask")
    if mask is None:
        authored = prim.GetAttribute(_MASK)
        layer = authored.GetPropertyStack(Usd.TimeCode.Default())[0].layer
        raise DatasetError(f"the mask {layer.ComputeAbsolutePath(authored.Get().path)} does not exist")
    pose = _get(prim, "assetTransform")
    world_from_parent = matrix_from_gf(cache.GetParentToWorldTransform(prim))
    return CameraRecord(
        name=_get(prim, "view") or prim.GetName(),
        camera=_read_lens(camera, (height, width), matrix_from_gf(cache.GetLocalToWorldTransform(prim))),
        labels=labels,
        files={**files, labels[0].sensor: mask},
        asset=_get(prim, "asset"),
        world_from_asset=None if pose is None else world_from_parent @ matrix_from_gf(pose),
        metadata=_read_metadata(prim),
    )


def _read_metadata(prim: Usd.Prim) -> dict[str, Any]:
    try:
        metadata = json.loads(_get(prim, "metadata") or "{}")
    except json.JSONDecodeError as error:
        raise DatasetError(f"boxfit:metadata is not JSON ({error})") from error
    if not isinstance(metadata, dict):
        raise DatasetError("boxfit:metadata is not a JSON object")
    return metadata


def _read_labels(prim: Usd.Prim) -> tuple[MaskLabel, ...]:
    ids = _get(prim, "maskId")
    if not ids:
        raise DatasetError("boxfit:maskId is missing: it says which values in the mask are objects")
    columns = [
        list(_get(prim, name) or fallback)
        for name, fallback in (
            ("maskName", [str(value) for value in ids]),
            ("maskSensor", ["semantic"] * len(ids)),
            ("maskNamedBy", ["id"] * len(ids)),
        )
    ]
    if any(len(column) != len(ids) for column in columns):
        raise DatasetError("boxfit:maskId, maskName, maskSensor and maskNamedBy differ in length")
    return tuple(MaskLabel(*row) for row in zip(ids, *columns, strict=True))


def _read_lens(camera: UsdGeom.Camera, resolution: tuple[int, int], world_from_camera: np.ndarray) -> Camera:
    height, width = resolution
    length = camera.GetFocalLengthAttr().Get(REST_TIME)
    horizontal = camera.GetHorizontalApertureAttr().Get(REST_TIME)
    if not (horizontal > 0 and min(resolution) > 0):
        raise CameraError(f"the aperture is {horizontal} and the resolution {width}x{height}, not positive")
    # A camera that names no vertical aperture has square pixels, as Omniverse's renderers do.
    authored = camera.GetVerticalApertureAttr()
    vertical = authored.Get(REST_TIME) if authored.HasAuthoredValue() else horizontal * height / width
    if not vertical > 0:
        raise CameraError(f"the vertical aperture is {vertical}, not positive")
    right = camera.GetHorizontalApertureOffsetAttr().Get(REST_TIME) / horizontal * width
    up = camera.GetVerticalApertureOffsetAttr().Get(REST_TIME) / vertical * height
    try:
        camera_from_world = np.linalg.inv(world_from_camera)
    except np.linalg.LinAlgError as error:
        raise CameraError("the camera's transform is singular") from error
    return Camera(
        camera_from_world,
        (length / horizontal * width, length / vertical * height),
        (width / 2 - right, height / 2 + up),
        resolution,
    )


def _read_file(prim: Usd.Prim, name: str) -> Path | None:
    """The file that an asset attribute names, sought from the layer that names it; None if it is missing."""
    asset = _get(prim, name)
    return Path(asset.resolvedPath) if asset and asset.resolvedPath else None


def _get(prim: Usd.Prim, name: str) -> Any:
    attribute = prim.GetAttribute(_PREFIX + name)
    return attribute.Get(REST_TIME) if attribute else None
