"""Segmentation labels of datasets and camera prims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Label:
    """A segmentation label.

    Attributes:
        id: Value in the segmentation image.
        name: Class or instance name; the id as text if no name is known.
        sensor: "semantic" or "instance": the image that holds the id.
        named_by: Source of the name: "bbox_2d", "preset", "labels" (the renderer's own) or "id".
        class_name: Class of the object, which several labels may share; by default the name, or of a name that is the
            path of a prim its last part.
        prim: Path of the labelled prim; "" if it is unknown, or there are several.
    """

    id: int
    name: str
    sensor: str = "semantic"
    named_by: str = "id"
    class_name: str = ""
    prim: str = ""

    def __post_init__(self) -> None:
        """Take the class from the name if none is stated."""
        if not self.class_name:
            is_path = self.name.startswith("/")
            object.__setattr__(self, "class_name", last_part(self.name) if is_path else self.name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for reports."""
        named = {"id": self.id, "name": self.name, "class": self.class_name, "prim": self.prim or None}
        return {**named, "sensor": self.sensor, "named_by": self.named_by}


def last_part(name: str) -> str:
    """Return the last part of a path that is no wildcard, without wildcards: "Shelf" of "/World/Shelf/*"."""
    parts = (part.replace("*", "").replace("?", "") for part in reversed(name.split("/")))
    return next(filter(None, parts), name)
