"""What every reader gives: views with cameras and lazily read sensors, and the objects that they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from boxfit.types import Camera


@dataclass(frozen=True)
class Label:
    """A segmentation label.

    Attributes:
        id: Value in the segmentation image.
        name: Class or instance name; the id as text where no name is known.
        sensor: "semantic" or "instance": the image that holds the id.
        named_by: Where the name comes from: "bbox_2d", "preset" or "id".
    """

    id: int
    name: str
    sensor: str = "semantic"
    named_by: str = "id"


@dataclass(frozen=True, eq=False)
class View:
    """One image: a camera, and files that are read when asked for.

    Attributes:
        name: Name in messages and in `--views`: the file index, or the camera prim's name.
        camera: Camera in the dataset's world.
        asset: Which asset the view shows (the USD path in its metadata), or None where nothing says so.
        world_from_asset: Pose of that asset when the image was made, shape (4, 4), or None.
        paths: Existing files by sensor: rgb, depth, semantic, instance, normals, pointcloud, metadata.
        metadata: The view's metadata as stored.
    """

    name: str
    camera: Camera
    asset: str | None = None
    world_from_asset: np.ndarray | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Target:
    """One object to fit: an asset under a label, and the views that show it."""

    asset: str | None
    label: Label
    views: tuple[View, ...]


@dataclass(frozen=True, eq=False)
class Problem:
    """Something a reader found wrong with one view or file and worked around by leaving it out."""

    where: str
    what: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Views of one or more objects, and what was wrong with the rest.

    Attributes:
        source: Folder or stage that was read.
        views: Good views, in the order of their names.
        targets: Objects found, in the order of asset and label id.
        problems: Views that were left out, and why.
    """

    source: Path
    views: tuple[View, ...]
    targets: tuple[Target, ...]
    problems: tuple[Problem, ...] = ()
