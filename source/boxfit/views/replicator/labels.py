"""What the values of a segmentation image stand for, as the frame's own labels say.

Values, colours included, are compared as the 32 bits that the renderer holds for each pixel: an id, or red, green,
blue and alpha from the lowest byte up. Images and labels may then be coloured or not, together or either alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxfit.errors import DatasetError

Semantics = tuple[tuple[str, str], ...]
"""Semantic types and labels of a prim: `class` first, then the others by name."""

_NOTHING = ("BACKGROUND", "UNLABELLED")
_COLOUR = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclass(frozen=True)
class Meaning:
    """What a pixel shows.

    Attributes:
        semantics: Its labels; those of parents are among them.
        prim: Path of the labelled prim, in instance images; None in semantic ones.
    """

    semantics: Semantics
    prim: str | None = None

    @property
    def class_name(self) -> str:
        """Its labels in one text; several are separated by commas, as Replicator does for those of one type."""
        return semantics_text(self.semantics)

    @property
    def identity(self) -> Semantics | str:
        """What is the same in all frames: the prim, or in semantic images the labels."""
        return self.semantics if self.prim is None else self.prim


Meanings = Mapping[int, Meaning | None]
"""Meanings by pixel value; None for what is no object."""


def semantic_meanings(id_to_labels: Any) -> dict[int, Meaning | None]:
    """Meanings of a semantic image's values.

    Args:
        id_to_labels: Labels by id or colour, such as `{"2": {"class": "cube,red"}}` or
            `{"(25, 168, 255, 255)": {"class": "cube"}}`.

    Raises:
        DatasetError: If it is something else.
    """
    found: dict[int, Meaning | None] = {}
    for key, entry in _items(id_to_labels, "its labels"):
        semantics = read_semantics(entry)
        found[pixel_value(key)] = None if _is_nothing(semantics) else Meaning(semantics)
    return found


def instance_meanings(id_to_prims: Any, id_to_semantics: Any) -> dict[int, Meaning | None]:
    """Meanings of an instance image's values.

    Args:
        id_to_prims: Prim paths by id or colour.
        id_to_semantics: Labels by id or colour, as for a semantic image; None where there are none.

    Raises:
        DatasetError: If they are something else.
    """
    items = _items({} if id_to_semantics is None else id_to_semantics, "its semantics")
    semantics = {pixel_value(key): read_semantics(entry) for key, entry in items}
    found: dict[int, Meaning | None] = {}
    for key, prim in _items(id_to_prims, "its mapping"):
        value = pixel_value(key)
        # Newer versions have other words than those for the background, such as INVALID: an object is a prim.
        nothing = prim in _NOTHING or not str(prim).startswith("/")
        found[value] = None if nothing else Meaning(semantics.get(value, ()), str(prim))
    return found


def read_semantics(entry: Any) -> Semantics:
    """Types and labels of one entry: a mapping, or in older files the class alone.

    Raises:
        DatasetError: If it is something else.
    """
    if isinstance(entry, str):
        return (("class", entry),)
    if not isinstance(entry, Mapping):
        raise DatasetError(f"its labels hold {entry!r} where there should be labels by type")
    return tuple(sorted(((str(kind), str(label)) for kind, label in entry.items()), key=lambda one: _order(*one)))


def semantics_text(semantics: Semantics) -> str:
    """Labels in one text, separated by commas."""
    return ",".join(label for _, label in semantics)


def pixel_value(key: Any) -> int:
    """The value that a key of the labels stands for: an id, or a colour as a text or four numbers.

    Raises:
        DatasetError: If it is none of those.
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


def _items(values: Any, what: str) -> list[tuple[Any, Any]]:
    if not isinstance(values, Mapping):
        raise DatasetError(f"{what} are a {type(values).__name__}, not a mapping of ids or colours")
    return list(values.items())


def _is_nothing(semantics: Semantics) -> bool:
    return all(label in _NOTHING for _, label in semantics)


def _order(kind: str, label: str) -> tuple[bool, str, str]:
    return kind != "class", kind, label
