"""Datasets, the result of every reader: views with cameras and lazily read sensors, and their objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from boxfit.errors import DatasetError
from boxfit.geometry.brief import brief_repr
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import Lens
from boxfit.settings import CameraConvention
from boxfit.usd.label import Label
from boxfit.views.boxes import boxes_2d, boxes_3d, is_number
from boxfit.views.cancellation import check_wanted
from boxfit.views.sensors import read_depth, read_picture, read_segmentation

SEGMENTATIONS = ("semantic", "instance")
"""Sensors whose images hold label ids, in order of preference."""

DEPTHS = ("depth_linear", "depth")
"""Names of the distance along the view, in order of preference: kaolin reads the first."""


class Rectangle(NamedTuple):
    """Half-open rectangle of pixels: rows `top` to `bottom - 1`, columns `left` to `right - 1`."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class View:
    """A camera and its sensors, which are read anew on each access, except for segmentation images.

    Attributes:
        name: Name in messages and in `--views`: the file index, or the camera prim's name.
        camera: Camera in the dataset's world; with lens distortion that of the image without it, `lens.pinhole`.
        asset: USD path of the asset that the view shows, from its metadata, or None if unknown.
        world_from_asset: Pose of that asset when the image was made, shape (4, 4), or None.
        paths: Existing files by sensor: rgb, depth_linear, depth, semantic, instance, normals, pointcloud, metadata.
        images: Sensors without such files: functions for semantic, instance, rgb and depth_linear that return the image
            as the method of that name does (`depth`), from memory or from files of another format; and coverage: bytes,
            255 where the only label's object covers the whole pixel, shape (height, width).
        origins: Further files that the view was made from, by description.
        metadata: The view's metadata in the Data Generator's format, as stored; a `bbox_3d` is transformed with the
            stage that holds it.
        regions: Tight rectangle of every label, by sensor and id, in the images searched so far.
        searched: Segmentation images that were searched, by sensor: functions that return them from memory.
        lens: Distortion of the images; None without.
    """

    name: str
    camera: Camera
    asset: str | None = None
    world_from_asset: np.ndarray | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    regions: Mapping[tuple[str, int], Rectangle] = field(default_factory=dict)
    images: Mapping[str, Callable[[], np.ndarray]] = field(default_factory=dict)
    origins: Mapping[str, Path] = field(default_factory=dict)
    searched: Mapping[str, Callable[[], np.ndarray]] = field(default_factory=dict)
    lens: Lens | None = None

    __repr__ = brief_repr

    @property
    def taken(self) -> Camera:
        """Camera whose resolution is that of the image files."""
        return self.lens.camera if self.lens else self.camera

    def without_lens(self) -> View:
        """Return the view with images resampled without distortion; the same view if its lens has none."""
        if self.lens is None:
            return self
        images: dict[str, Callable[[], np.ndarray]] = {
            sensor: partial(_resampled, self, sensor) for sensor in SEGMENTATIONS if sensor in self.sensors
        }
        if "rgb" in self.sensors:
            images["rgb"] = self.rgb
        if self.has_depth:
            images["depth_linear"] = self.depth
        return replace(self, paths={}, images=images, origins=dict(self.files), regions={}, searched={}, lens=None)

    @property
    def sensors(self) -> tuple[str, ...]:
        """Names of the available sensors, those with files first."""
        return (*self.paths, *(sensor for sensor in self.images if sensor != "coverage"))

    @property
    def has_depth(self) -> bool:
        """True if there is a depth image."""
        return any(sensor in self.sensors for sensor in DEPTHS)

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """Descriptions and paths of the files of the view."""
        yield from self.paths.items()
        yield from self.origins.items()

    def rgb(self) -> np.ndarray:
        """Read colours, without distortion, shape (height, width, 3), uint8.

        Raises:
            DatasetError: Without a readable image.
        """
        read = self.images.get("rgb") or (lambda: read_picture(self._path("rgb"), self.taken.resolution))
        return self.lens.resample(read()) if self.lens else read()

    def depth(self) -> np.ndarray:
        """Read distances along the view (-z in the camera's frame), without distortion, (height, width), float32.

        Values that are not positive and finite are no surface. Raises DatasetError as `rgb`.
        """
        check_wanted()
        sensor = next((sensor for sensor in DEPTHS if sensor in self.sensors), "depth")
        read = self.images.get(sensor) or (lambda: read_depth(self._path(sensor), self.taken.resolution))
        return self.lens.resample(read()) if self.lens else read()

    def semantic(self) -> np.ndarray:
        """Read class ids, shape (height, width). Raises DatasetError as `rgb`."""
        return self.segmentation("semantic")

    def instance(self) -> np.ndarray:
        """Read instance ids, shape (height, width). Raises DatasetError as `rgb`."""
        return self.segmentation("instance")

    def segmentation(self, sensor: str) -> np.ndarray:
        """Read ids of a sensor, "semantic" or "instance", with the lens's distortion, shape (height, width)."""
        check_wanted()
        if kept := self.searched.get(sensor) or self.images.get(sensor):
            return kept()
        return read_segmentation(self._path(sensor), self.taken.resolution)

    def normals(self) -> np.ndarray:
        """Read normals as 255 (n + 1) / 2, shape (height, width, 3), uint8. Raises DatasetError as `rgb`."""
        return read_picture(self._path("normals"), self.camera.resolution)

    @cached_property
    def bbox_2d_tight(self) -> Sequence[Mapping[str, Any]]:
        """Rectangles around visible parts: records {file, class, bbox: {x_min, y_min, x_max, y_max}}."""
        return boxes_2d(self.metadata.get("bbox_2d_tight"))

    @cached_property
    def bbox_2d_loose(self) -> Sequence[Mapping[str, Any]]:
        """Rectangles around whole objects, including hidden parts; records as in `bbox_2d_tight`."""
        return boxes_2d(self.metadata.get("bbox_2d_loose"))

    @cached_property
    def bbox_3d(self) -> Sequence[Mapping[str, Any]]:
        """The renderer's own boxes: records {file, class, bbox: {x_min .. z_max}, transform}; row vectors."""
        return boxes_3d(self.metadata.get("bbox_3d"))

    def box_of(self, label: Label) -> Mapping[str, Any] | None:
        """Return the renderer's box of a label, as a record of `bbox_3d`; None unless there is exactly one."""
        records = [record for record in self.bbox_3d if record.get("file") in (None, self.asset)]
        named = [record for record in records if record.get("class") == label.name]
        if not named and label.named_by == "id":
            named = records
        return named[0] if len(named) == 1 else None

    def pose_of(self, label: Label) -> np.ndarray | None:
        """Return the pose of a label's object when the image was made, shape (4, 4); None if unknown.

        This is the asset's pose, or without an asset that of the renderer's box unless it is singular.
        """
        record = None if self.world_from_asset is not None else self.box_of(label)
        if record is None:
            return self.world_from_asset
        pose = np.array(record["transform"], dtype=np.float64).T
        lengths = np.linalg.svd(pose[:3, :3], compute_uv=False)
        return pose if lengths[2] > 1e-9 * lengths[0] else None

    @property
    def clipping_range(self) -> tuple[float, float] | None:
        """Near and far distance, in the dataset's units; None if the metadata has none."""
        near_far = self._camera_property("clipping_range")
        well_formed = isinstance(near_far, list | tuple) and len(near_far) == 2 and all(map(is_number, near_far))
        return (float(near_far[0]), float(near_far[1])) if well_formed else None

    @property
    def horizontal_aperture(self) -> float | None:
        """Width of the sensor in tenths of a unit; None if the metadata has none."""
        aperture = self._camera_property("horizontal_aperture")
        return float(aperture) if is_number(aperture) and aperture > 0 else None

    def _camera_property(self, name: str) -> Any:
        properties = self.metadata.get("camera_properties")
        return properties.get(name) if isinstance(properties, Mapping) else None

    def _path(self, sensor: str) -> Path:
        if sensor not in self.paths:
            raise DatasetError(f"view {self.name} has no {sensor} file: switch that sensor on in the generator")
        return self.paths[sensor]


def _resampled(view: View, sensor: str) -> np.ndarray:
    assert view.lens is not None
    return view.lens.resample(view.segmentation(sensor))


@dataclass(frozen=True, eq=False)
class Problem:
    """A fault of a view, file or label (`where`), with its description and effect (`what`).

    It is no fault (`is_fault`) if an object is not in sight.
    """

    where: str
    what: str
    is_fault: bool = field(default=True, repr=False)

    def to_dict(self) -> dict[str, str]:
        """Return plain values for reports."""
        return {"where": self.where, "what": self.what}


@dataclass(frozen=True, eq=False)
class LabelledObject:
    """An object to fit: a label of an asset, and the views of that asset.

    Views of the asset that show no pixel of the label are included; the silhouettes report them.

    Attributes:
        asset: USD path of the asset, or None if unknown.
        label: Its label.
        views: Views of the asset.
        unread: Views of the asset, or perhaps of it, that could not be read, with reasons.
    """

    asset: str | None
    label: Label
    views: tuple[View, ...]
    unread: tuple[Problem, ...] = ()

    __repr__ = brief_repr


@dataclass(frozen=True, eq=False)
class Dataset:
    """Views of one or more objects, and the problems of unusable views.

    Attributes:
        source: Folder or stage that was read.
        views: Usable views, in the order of their names, including the only view of an asset, which no object has.
        objects: Objects, in the order of asset and label id.
        problems: Views that were left out of all objects, with reasons.
        meters_per_unit: Length of the unit in metres; None if unknown.
        up_axis: Axis of the world that points up; None if unknown.
        convention: Convention of the camera matrices in its files; the cameras of its views have been taken from it.
        format: Name of the format that was read, a key of `boxfit.views.folder.FORMATS`; "" for other sources.
    """

    source: Path
    views: tuple[View, ...]
    objects: tuple[LabelledObject, ...]
    problems: tuple[Problem, ...] = ()
    meters_per_unit: float | None = None
    up_axis: Literal["Y", "Z"] | None = None
    convention: CameraConvention = "opengl-w2c"
    format: str = ""

    __repr__ = brief_repr
