"""Numbers and sentences about a box that the command line, the report and the panel share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from boxfit.errors import list_names
from boxfit.geometry.units import UNIT_NAMES
from boxfit.settings import Alignment, Extent
from boxfit.views.dataset import Problem

ALIGNMENTS: Mapping[Alignment, str] = {"axes": "along the axes", "up": "upright", "free": "free"}
"""Alignments in words."""

_SMALLER = 0.995
"""Ratio of volumes below which a box is noticeably smaller than another one."""

_SLIGHT = 0.05
"""Uncertainty of a length, relative to it, up to which its two sides are not told apart."""


def unit_of(meters_per_unit: float | None) -> str:
    """Return the name of a unit of length, or "" if it is unknown or has none."""
    metres = meters_per_unit or 0
    return next((name for name, unit in UNIT_NAMES.items() if math.isclose(metres, unit, rel_tol=1e-6)), "")


def number(value: float, digits: int = 4) -> str:
    """Format a number with so many significant digits, without scientific notation where possible."""
    if value == 0 or not math.isfinite(value):
        return f"{value + 0.0:g}"
    if abs(value) >= 1e7 or abs(value) < 1e-4:
        return f"{value:.{digits - 1}e}"
    value = float(f"{value:.{digits - 1}e}")
    return f"{value:.{max(_decimals(value, digits), 0)}f}"


def _decimals(value: float, digits: int) -> int:
    """Return the number of decimals that a number with so many significant digits has; negative for 1230."""
    # Rounding may carry into another digit: 9.9996 is 10.00.
    return digits - 1 - math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))


def size_text(lengths: Iterable[float], unit: str = "") -> str:
    """Format edge lengths with three significant digits: "40.8 x 38.5 x 62.6 cm"."""
    return f"{' x '.join(number(length, 3) for length in lengths)} {unit}".rstrip()


def uncertain_texts(length: float, below: float, above: float) -> tuple[str, str]:
    """Format a length with three significant digits or more, and how far it may be off, rounded up to its decimals.

    Args:
        length: A length above 0.
        below: Distance to the shortest that it may be.
        above: Distance to the longest.

    Returns:
        The length, "40.8", and the distances: "+-0.6" with the greater one, or "-0.006 +0.132" where one is more than
        twice the other, and more than a twentieth of the length.
    """
    # The uncertainty of an exact length is below any that would be told.
    decimals = max(_decimals(length, 3), _decimals(max(below, above, 1e-4 * length), 1))
    step = 10.0**-decimals

    def text(value: float) -> str:
        return f"{round(value, decimals):.{max(decimals, 0)}f}"

    lower, upper = (step * max(math.ceil(side / step - 1e-9), 1) for side in (below, above))
    lesser, greater = sorted((lower, upper))
    uneven = greater > 2.01 * lesser and greater > _SLIGHT * length
    return text(length), f"-{text(lower)} +{text(upper)}" if uneven else f"+-{text(greater)}"


def range_text(least: float, most: float, unit: str = "") -> str:
    """Format a range of lengths, rounded to a tenth of its width or finer: "32 to 49 cm"."""
    decimals = 1 - math.floor(math.log10(most - least)) if most > least else 3

    def text(value: float) -> str:
        # A small end of a wide range is not rounded up to several times itself.
        own = decimals + (round(value, decimals) > 1.1 * value)
        value = round(max(value, 0.0), own)
        return number(value, math.floor(math.log10(value)) + 1 + own) if value else "0"

    return f"{text(least)} to {text(most)} {unit}".rstrip()


def problem_texts(problems: Iterable[Problem]) -> list[str]:
    """Describe problems of a dataset, those of several views in one line: "views 3-5, 9: it has no camera_params"."""
    names: dict[tuple[bool, str], list[str]] = {}
    for problem in problems:
        is_view = problem.where.startswith("view ")
        names.setdefault((is_view, problem.what), []).append(problem.where.removeprefix("view "))
    texts = []
    for (is_view, what), places in names.items():
        kind = "" if not is_view else "view " if len(places) == 1 else "views "
        texts.append(f"{kind}{list_names(places)}: {what}")
    return texts


def alignment_text(align: Alignment, volumes: Mapping[Alignment, float], setting: str) -> str:
    """Describe the alignment of a box, and the volume of its best alternative.

    Args:
        align: Alignment of the box.
        volumes: Volume of the least box of each alignment that was tried.
        setting: Name of the setting, with a place for its value: "--align {}".
    """
    others: dict[float, Alignment] = {volume: other for other, volume in volumes.items() if other != align}
    if not others:
        return ALIGNMENTS[align]
    ratio, other = min(others) / volumes[align], others[min(others)]
    if ratio < _SMALLER:
        return f"{ALIGNMENTS[align]}; the least box would be {_compared(ratio)}: {setting.format(other)}"
    if align == "free":
        return f"free; {ALIGNMENTS[other]} would be {_compared(ratio)}: {setting.format(other)}"
    return ALIGNMENTS[align]


def extent_text(extent: Extent, volumes: Mapping[Extent, float], setting: str) -> str:
    """Describe the extent of a box: against the certain box, or that against the likely one.

    Args:
        extent: Extent of the box.
        volumes: Volume of the box of each extent.
        setting: Name of the setting, with a place for its value: "--extent {}".
    """
    other: Extent = "certain" if extent == "likely" else "likely"
    return f"{extent}; the {other} box would be {_compared(volumes[other] / volumes[extent])}: {setting.format(other)}"


def _compared(ratio: float) -> str:
    """Compare a volume with another one."""
    percent = round(100 * (ratio - 1))
    if percent == 0:
        return "as large"
    if percent >= 100:
        return f"{number(ratio, 2)} times as large"
    return f"{abs(percent)} % {'smaller' if percent < 0 else 'larger'}"
