"""Units and up axes of worlds, and the transforms between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

UNIT_NAMES = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
"""Units of length by name, in metres."""


@dataclass(frozen=True)
class WorldUnits:
    """Up axis and unit of a world.

    Attributes:
        up_axis: Axis that points up.
        meters_per_unit: Length of one unit in metres.
    """

    up_axis: Literal["Y", "Z"] = "Y"
    meters_per_unit: float = 0.01


def metres_of(text: str) -> float:
    """Return a length in metres: that of "0.01", "cm" or "4.9 cm".

    Raises:
        ValueError: If the text is something else.
    """
    found = re.fullmatch(r"\s*(.*?)\s*([a-z]*)\s*", text)
    number, unit = found.groups() if found else ("", "")
    if not (number or unit):
        raise ValueError(f"{text!r} is no length")
    if unit and unit not in UNIT_NAMES:
        raise ValueError(f"{unit} is no unit: units are {', '.join(UNIT_NAMES)}")
    return float(number or 1) * UNIT_NAMES.get(unit, 1.0)


def target_from_source_world(target: WorldUnits, source: WorldUnits) -> np.ndarray:
    """Return the similarity between two worlds that differ in unit or up axis.

    Z-up becomes Y-up by a rotation of 90 degrees about X, as when Omniverse imports an asset.

    Returns:
        target_from_source, shape (4, 4).
    """
    matrix = np.eye(4)
    if target.up_axis != source.up_axis:
        sign = 1.0 if target.up_axis == "Y" else -1.0
        matrix[:3, :3] = [[1.0, 0.0, 0.0], [0.0, 0.0, sign], [0.0, -sign, 0.0]]
    matrix[:3, :3] *= source.meters_per_unit / target.meters_per_unit
    return matrix
