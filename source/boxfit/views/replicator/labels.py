"""Meanings of the values of a segmentation image, from the frame's labels.

Values and colours are compared as the renderer's 32 bits per pixel: an id, or red, green, blue and alpha from the
lowest byte up. Images and labels may be coloured or not, independently of each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxfit.errors import DatasetError

Semantics = tuple[tuple[str, str], ...]
"""Semantic types and labels of a prim: `class` first, then the others by name."""

_BACKGROUND = ("BACKGROUND", "UNLABELLED")
_COLOUR = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclass(frozen=True)
class Meaning:
    """Meaning of a pixel value.

    Attributes:
        semantics: Labels, including those of parent prims.
        prim: Path of the labelled prim in instance images; None in semantic images.
    """

    semantics: Semantics
    prim: str | None = None

    @property
    def class_name(self) -> str:
        """Labels as text, separated by commas, as Replicator does for labels of the same type."""
        return semantics_text(self.semantics)

    @property
    def own_class(self) -> str:
        """Label of the type `class`, else all labels as `class_name`; "" without labels."""
        return dict(self.semantics).get("class", self.class_name)

    @property
    def identity(self) -> Semantics | str:
        """Key that is the same in all frames: the prim, or in semantic images the labels."""
        return self.semantics if self.prim is None else self.prim


Meanings = Mapping[int, Meaning | None]
"""Meanings by pixel value; None for the background."""


def semantic_meanings(id_to_labels: Any) -> dict[int, Meaning | None]:
    """Read the meanings of the values of a semantic image.

    Args:
        id_to_labels: Labels by id or colour, such as `{"2": {"class": "cube,red"}}` or
            `{"(25, 168, 255, 255)": {"class": "cube"}}`.

    Raises:
        DatasetError: If it has another format.
    """
    meanings: dict[int, Meaning | None] = {}
    for key, entry in _items(id_to_labels, "its labels"):
        semantics = read_semantics(entry)
        meanings[pixel_value(key)] = None if _is_background(semantics) else Meaning(semantics)
    return meanings


def instance_meanings(id_to_prims: Any, id_to_semantics: Any) -> dict[int, Meaning | None]:
    """Read the meanings of the values of an instance image.

    Args:
        id_to_prims: Prim paths by id or colour.
        id_to_semantics: Labels by id or colour, as for a semantic image; None without labels.

    Raises:
        DatasetError: If an argument has another format.
    """
    items = _items({} if id_to_semantics is None else id_to_semantics, "its semantics")
    semantics = {pixel_value(key): read_semantics(entry) for key, entry in items}
    meanings: dict[int, Meaning | None] = {}
    for key, prim in _items(id_to_prims, "its mapping"):
        value = pixel_value(key)
        # Newer versions have further names for the background, such as INVALID: only prim paths are objects.
        background = prim in _BACKGROUND or not str(prim).startswith("/")
        meanings[value] = None if background else Meaning(semantics.get(value, ()), str(prim))
    return meanings


def read_semantics(entry: Any) -> Semantics:
    """Read types and labels from an entry: a mapping, or in older files the class alone.

    Raises:
        DatasetError: If the entry has another format.
    """
    if isinstance(entry, str):
        return (("class", entry),)
    if not isinstance(entry, Mapping):
        raise DatasetError(f"its labels hold a {type(entry).__name__} where there should be labels by type")
    return tuple(sorted(((str(kind), str(label)) for kind, label in entry.items()), key=lambda item: _order(*item)))


def semantics_text(semantics: Semantics) -> str:
    """Join labels to a text, separated by commas."""
    return ",".join(label for _, label in semantics)


def pixel_value(key: Any) -> int:
    """Convert a key of the labels to a pixel value: an id, or a colour as a text or four numbers.

    Raises:
        DatasetError: If it is neither an id nor a colour.
    """
    if isinstance(key, tuple) and len(key) == 4:
        channels = [int(channel) for channel in key]
    elif match := _COLOUR.fullmatch(str(key)):
        channels = [int(channel) for channel in match.groups()]
    elif str(key).isdecimal():
        return int(str(key)) & 0xFFFFFFFF
    else:
        raise DatasetError(f"its labels are for {key!r}, which is neither an id nor a colour (r, g, b, a)")
    return int.from_bytes(bytes(min(channel, 255) for channel in channels), "little")


def _items(values: Any, name: str) -> list[tuple[Any, Any]]:
    if not isinstance(values, Mapping):
        raise DatasetError(f"{name} are a {type(values).__name__}, not a mapping of ids or colours")
    return list(values.items())


def _is_background(semantics: Semantics) -> bool:
    return all(label in _BACKGROUND for _, label in semantics)


def _order(kind: str, label: str) -> tuple[bool, str, str]:
    return kind != "class", kind, label
