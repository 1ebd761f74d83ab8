"""Segmentation labels of datasets and camera prims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """A segmentation label.

    Attributes:
        id: Value in the segmentation image.
        name: Class or instance name; the id as text if no name is known.
        sensor: "semantic" or "instance": the image that holds the id.
        named_by: Source of the name: "bbox_2d", "preset", "labels" (the renderer's own) or "id".
    """

    id: int
    name: str
    sensor: str = "semantic"
    named_by: str = "id"
