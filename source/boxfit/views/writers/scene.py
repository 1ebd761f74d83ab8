"""Scenes: datasets as most formats hold them, with labels and cameras in one world in which nothing moves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from boxfit.errors import DatasetError, count_views, list_names
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import COEFFICIENTS
from boxfit.usd.label import Label
from boxfit.views.dataset import Dataset, LabelledObject, View
from boxfit.views.silhouettes import silhouettes

_RIGID = 1e-5
"""Largest difference of a camera matrix's scale from 1 that is noise of its numbers."""

_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, eq=False)
class Shot:
    """Image of a scene.

    Attributes:
        name: Unique name, fit for a file.
        view: The view, whose camera is the image's own, without distortion; its images are as they are written.
        camera: Camera of the image in the scene's world, of a rigid matrix.
        distortion: Coefficients of the lens by name; empty without.
        shown: Objects that it may show: number in the scene, label, and the view with that label.
        depth_scale: Factor from the view's depth to the scene's unit.
    """

    name: str
    view: View
    camera: Camera
    distortion: Mapping[str, float]
    shown: Sequence[tuple[int, Label, View]]
    depth_scale: float

    def ids(self) -> np.ndarray:
        """Read the numbers of the objects in the scene, 0 for the background, shape (height, width), uint16."""
        ids = np.zeros(self.camera.resolution, dtype=np.uint16)
        images: dict[tuple[View, str], np.ndarray] = {}
        for number, label, view in self.shown:
            if view.regions and (label.sensor, label.id) not in view.regions:
                continue
            if (view, label.sensor) not in images:
                images[view, label.sensor] = view.segmentation(label.sensor)
            ids[images[view, label.sensor] == label.id] = number
        return ids

    def mask(self) -> np.ndarray:
        """Read the mask of the scene's only object, 255 where it covers the whole pixel, (height, width), uint8."""
        if self.is_soft:
            return self.view.images["coverage"]()
        return np.where(self.ids() > 0, 255, 0).astype(np.uint8)

    @property
    def is_soft(self) -> bool:
        """True if the mask holds shares of pixels."""
        return "coverage" in self.view.images and len(self.view.regions) == 1

    @property
    def rgb(self) -> Callable[[], np.ndarray] | None:
        """Function that reads its colours, shape (height, width, 3), uint8; None without."""
        return self.view.rgb if "rgb" in self.view.sensors else None

    @property
    def depth(self) -> Callable[[], np.ndarray] | None:
        """Function that reads distances along the view in the scene's unit, (height, width), float32; None without."""
        return partial(_scaled_depth, self.view, self.depth_scale) if self.view.has_depth else None


@dataclass(frozen=True, eq=False)
class Scene:
    """Dataset in one world.

    Attributes:
        shots: Images, in the order of the dataset's views.
        labels: Labels of the objects, with distinct names, by number from 1 to 65535.
        losses: What the scene does not hold of the dataset.
        meters_per_unit: Length of the unit in metres; None if unknown.
        up_axis: Axis of the world that points up; None if unknown.
    """

    shots: tuple[Shot, ...]
    labels: Mapping[int, Label]
    losses: tuple[str, ...]
    meters_per_unit: float | None
    up_axis: Literal["Y", "Z"] | None

    def check_single(self, title: str) -> None:
        """Check that there is a single object.

        Raises:
            DatasetError: If there are several; `title` names the format that holds only one.
        """
        if len(self.labels) > 1:
            names = list_names([label.name for label in self.labels.values()], 4)
            raise DatasetError(f"{title} holds one object a folder, and there are {names}: choose one of them (label)")

    @property
    def name_loss(self) -> list[str]:
        """Description of the names of objects, for formats that do not hold them."""
        names = [label.name for label in self.labels.values() if label.named_by != "id"]
        return [f"the name {list_names(names, 4)}: that of the folder is read instead"] if names else []

    @property
    def coverage_loss(self) -> list[str]:
        """Description of soft masks, for formats that hold whole pixels only."""
        return ["the coverage of pixels at the border of masks"] if any(shot.is_soft for shot in self.shots) else []

    @property
    def unit_loss(self) -> list[str]:
        """Description of the unit, for formats that do not hold it."""
        meters = self.meters_per_unit
        return [] if meters is None else [f"the unit: state it when you read the folder (source_units {meters:g})"]

    @property
    def up_axis_loss(self) -> list[str]:
        """Description of the up axis, for formats that do not hold it."""
        axis = self.up_axis
        return [] if axis is None else [f"the up axis: state it when you read the folder (source_up {axis})"]


def make_scene(dataset: Dataset, coefficients: Collection[str] = (), still: bool = True) -> Scene:
    """Make a scene of the objects of a dataset and their views.

    Args:
        dataset: Dataset of any source.
        coefficients: Names of the coefficients of lens distortion that the format holds; images with others are
            resampled without distortion.
        still: True to move the cameras of a moving asset in its place, and to make their matrices rigid.

    Raises:
        DatasetError: If there is no object, or objects move differently, or masks cannot be read.
    """
    if not dataset.objects:
        raise DatasetError(f"{dataset.source} has no object to write: no label is seen in two views")
    numbers = _numbers(dataset.objects)
    cameras: dict[str, Camera] = {}
    shown: dict[str, list[tuple[int, Label, View]]] = {}
    losses = []
    for number, labelled in zip(numbers, dataset.objects, strict=True):
        placed, reference = _placed(labelled) if still else ({view.name: view.camera for view in labelled.views}, None)
        if reference is not None:
            name = labelled.asset or labelled.label.name
            losses.append(f"the motion of {name}: the cameras move instead, around its pose in view {reference}")
        for view in labelled.views:
            if view.name in placed:
                shown.setdefault(view.name, []).append((number, labelled.label, view))
                camera = cameras.setdefault(view.name, placed[view.name])
                if not np.array_equal(camera.camera_from_world, placed[view.name].camera_from_world):
                    raise DatasetError("its objects do not all move alike: convert one at a time (label)")
    views = {view.name: view for entries in shown.values() for _, _, view in entries}
    ordered = [view.name for view in dataset.views if view.name in views]
    shots = tuple(
        _shot(stem, shown[name], cameras[name], coefficients, still)
        for name, stem in zip(ordered, _stems(ordered), strict=True)
    )
    losses = [*dict.fromkeys(losses), *_losses(list(views.values()), coefficients, still)]
    labels = _distinct(dict(zip(numbers, (labelled.label for labelled in dataset.objects), strict=True)))
    return Scene(shots, labels, tuple(losses), dataset.meters_per_unit, dataset.up_axis)


def _numbers(objects: Sequence[LabelledObject]) -> list[int]:
    """Return the ids of the objects if they are distinct and fit 16 bits, else 1, 2 and so on."""
    ids = [labelled.label.id for labelled in objects]
    if len(set(ids)) == len(ids) and min(ids) > 0 and max(ids) <= _MOST:
        return ids
    if len(ids) > _MOST:
        raise DatasetError(f"there are {len(ids)} objects, and at most {_MOST} can be written: choose some (label)")
    return list(range(1, len(ids) + 1))


def _distinct(labels: Mapping[int, Label]) -> dict[int, Label]:
    """Append the numbers to names that several objects have."""
    counts = Counter(label.name for label in labels.values())
    return {
        number: replace(label, name=f"{label.name}_{number}") if counts[label.name] > 1 else label
        for number, label in labels.items()
    }


def _placed(labelled: LabelledObject) -> tuple[dict[str, Camera], str | None]:
    """Return the cameras of an object's views in a world where it is at rest, and the view of its pose if it moves."""
    if all(view.pose_of(labelled.label) is None for view in labelled.views):
        return {view.name: view.camera for view in labelled.views}, None
    found = silhouettes(labelled, check=False)
    if not found.moves:
        return {view.name: view.camera for view in labelled.views}, None
    return {silhouette.view: silhouette.camera for silhouette in found.silhouettes}, found.reference


def _shot(
    stem: str,
    shown: Sequence[tuple[int, Label, View]],
    camera: Camera,
    coefficients: Collection[str],
    still: bool,
) -> Shot:
    if not _holds_lens(shown[0][2], coefficients):
        shown = [(number, label, view.without_lens()) for number, label, view in shown]
    view = shown[0][2]
    matrix = camera.camera_from_world
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    if not still or abs(scale - 1) <= _RIGID:
        scale = 1.0
    rigid = np.vstack([matrix[:3] / scale, matrix[3:]])
    distortion = _distortion(view)
    view = replace(view, camera=view.taken, lens=None)
    return Shot(stem, view, replace(view.camera, camera_from_world=rigid), distortion, shown, 1 / scale)


def _holds_lens(view: View, coefficients: Collection[str]) -> bool:
    return set(_distortion(view)) <= set(coefficients)


def _distortion(view: View) -> dict[str, float]:
    values = () if view.lens is None else zip(COEFFICIENTS, view.lens.coefficients.tolist(), strict=True)
    return {name: value for name, value in values if value != 0}


def _losses(views: Sequence[View], coefficients: Collection[str], still: bool) -> list[str]:
    losses = []
    bent = [view.name for view in views if not _holds_lens(view, coefficients)]
    if bent:
        losses.append(f"the distortion of the lens in {count_views(bent, len(views))}: images are written without it")
    if still and (assets := {view.asset for view in views if view.asset is not None}):
        losses.append(
            f"the {'pose and path' if len(assets) == 1 else 'poses and paths'} of {list_names(sorted(assets), 4)}"
        )
    if still and any(view.bbox_3d for view in views):
        losses.append("the renderer's 3D boxes")
    if still and any("normals" in view.sensors for view in views):
        losses.append("normals")
    return losses


def _stems(names: Sequence[str]) -> list[str]:
    """Return names for files: those of the views if they stay distinct, whatever the file system, else numbers."""
    stems = [re.sub(r"[^A-Za-z0-9_-]+", "_", name) for name in names]
    distinct = len({stem.casefold() for stem in stems}) == len(stems) and max(map(len, stems)) < 100
    return stems if distinct else [f"{index:04d}" for index in range(len(names))]


def _scaled_depth(view: View, scale: float) -> np.ndarray:
    return np.asarray(view.depth() * np.float32(scale), dtype=np.float32)
