"""Settings of the input: objects, views, units of the dataset's world, and its cameras."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, TypeAlias

from boxfit.errors import DatasetError
from boxfit.settings.setting import changed_repr, check_settings, setting

UpAxis = Literal["Y", "Z"]
FormatName = Literal["auto", "data-generator", "replicator", "transforms", "colmap", "bop", "plain"]
MaskMeaning = Literal["auto", "object", "background"]
Labels: TypeAlias = str | int | tuple[str | int, ...]
CameraConvention = Literal["stated", "opengl-w2c", "opengl-c2w", "opencv-w2c", "opencv-c2w"]


@dataclass(frozen=True)
class InputSettings:
    """Format and masks of the dataset, choice of objects and views, and the dataset's world and cameras.

    Raises:
        DatasetError: If the unit is out of range, or the axis or the convention unknown.
    """

    format: FormatName = setting(
        "auto",
        "Format of a folder, if it is not recognised by itself: of the Data Generator, Replicator's BasicWriter, a "
        "transforms.json (NeRF, nerfstudio, instant-ngp), COLMAP, BOP, or boxfit's plain format.",
        FormatName,
    )
    masks: Path | None = setting(
        None, "Folder of masks named as the images, if the dataset does not name its masks (transforms, colmap)."
    )
    mask_shows: MaskMeaning = setting(
        "auto",
        "Meaning of the white pixels of mask images (transforms, colmap): the object, or the background; auto decides "
        "where the dataset makes it clear.",
        MaskMeaning,
        label="Masks show",
    )
    label: Labels = setting("all", "Labels to fit: name, id, class, path, or pattern with *.")
    skip: Labels | None = setting(
        None, "Labels to leave out: name, class, path or pattern; several by commas.", label="Skip labels"
    )
    merge: str | None = setting(
        None,
        "Fit all labels that this means as one object: a class, a prim path above them, a pattern with *, or several "
        "names by commas.",
        label="Merge labels",
    )
    split: bool = setting(False, "Fit each separate thing of a label by itself.", label="Split separate things")
    asset: str | None = setting(None, "Fit this asset only: its path as in the metadata, or its file name.")
    views: str | None = setting(None, "Views to use, such as 0-9,12,20-40:2, Left/0-9 or *_Left/*.")
    exclude: str | None = setting(None, "Views to leave out, in the same form as views.", label="Views left out")
    data: Path | None = setting(None, "Folder with the views, if the one that the stage names has moved.")
    source_up: UpAxis | None = setting(
        None,
        "Up axis of the dataset's world (default: the source or written stage's, else Y).",
        UpAxis,
        label="Source up axis",
    )
    source_units: float | None = setting(
        None,
        "Metres per unit of the dataset's world (default: as the source stage, else the written stage, else 0.01).",
        least=1e-9,
        most=1e9,
    )

    camera_convention: CameraConvention = setting(
        "stated",
        "Convention of the camera matrices, if not the one that the dataset's format states: world-to-camera (w2c) or "
        "camera-to-world (c2w), in OpenGL's axes as in USD (view along -Z, Y up) or in OpenCV's (+Z, Y down).",
        CameraConvention,
    )

    __repr__ = changed_repr

    def __post_init__(self) -> None:
        """Check the values; a path may be given as text, an axis in lower case, labels as any sequence."""
        if isinstance(self.source_up, str):
            object.__setattr__(self, "source_up", self.source_up.upper())
        for name in ("label", "skip"):
            object.__setattr__(self, name, _checked_labels(name, getattr(self, name)))
        check_settings(self, DatasetError)
        for name in ("data", "masks"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, Path(getattr(self, name)))


def each_label(labels: Labels) -> tuple[str | int, ...]:
    """Return the labels that a setting names, one or several."""
    return labels if isinstance(labels, tuple) else (labels,)


def _checked_labels(name: str, value: Any) -> Labels | None:
    """Return the labels that a setting names in its own types; a sequence of one as that one."""
    if value is None and name == "skip":
        return None
    labels = (value,) if isinstance(value, str | Integral) else tuple(value) if isinstance(value, Iterable) else ()
    if not labels or not all(isinstance(each, str | Integral) and not isinstance(each, bool) for each in labels):
        raise DatasetError(f"{name} is {value!r:.40}: give the name or id of a label, or several of these")
    first, *others = (each if isinstance(each, str) else int(each) for each in labels)
    return (first, *others) if others else first
