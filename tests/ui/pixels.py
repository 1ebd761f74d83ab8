"""Checks of a screenshot against the widgets: texts are drawn, nothing is clipped, and nothing lies over another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.ui.driver import Driver, Shown, shown_widgets

INK = 25
"""Least difference of a text's pixels from its ground, as all texts of the panel have."""

_SLACK = 1.5
"""Rounding of places and sizes, in [px]."""

Area = tuple[float, float, float, float]


async def faults(driver: Driver, picture: Path) -> list[str]:
    """Take a screenshot, and return in words what is wrong with it; behind a modal window nothing is checked."""
    import omni.ui as ui

    pixels = np.asarray(Image.open(await driver.picture(picture)).convert("RGB"), dtype=int)
    height, width = pixels.shape[:2]
    shown_now = list(shown_widgets())
    modal = [shown for shown in shown_now if shown.window.flags & ui.WINDOW_FLAGS_MODAL]
    named = [(shown, _area(shown)) for shown in modal or shown_now if _text(shown.widget)]
    seen = [(shown, area) for shown, area in named if _is_in_view(shown, area, (0, 0, width, height))]
    found = [f"{_name(shown)}: no ink" for shown, area in seen if not _has_ink(pixels, area)]
    found += [f"{_name(shown)}: clipped" for shown, area in seen if _is_clipped(shown, area, (0, 0, width, height))]
    for index, (shown, area) in enumerate(seen):
        for other, other_area in seen[index + 1 :]:
            if other.window is shown.window and _overlap(area, other_area):
                found.append(f"{_name(shown)} over {_name(other)}")
    return found


def _text(widget: Any) -> str:
    import omni.ui as ui

    # Texts of fields and sliders are drawn inside frames of their own.
    return widget.text.strip() if isinstance(widget, ui.Label | ui.Button) else ""


def _name(shown: Shown) -> str:
    return f"{shown.widget.identifier or type(shown.widget).__name__} {shown.widget.text[:40]!r}"


def _area(shown: Shown) -> Area:
    """Return the place of a widget on the screen, in [px]: left, top, right, bottom."""
    widget = shown.widget
    left, top = widget.screen_position_x, widget.screen_position_y
    right, bottom = left + widget.computed_width, top + widget.computed_height
    return (*shown.on_screen(left, top), *shown.on_screen(right, bottom))


def _is_in_view(shown: Shown, area: Area, screen: Area) -> bool:
    """Return True if a widget is neither scrolled away nor cut by the border of a scrolling frame."""
    for frame in (*(_area(Shown(frame, (), shown.canvas)) for frame in shown.frames), screen):
        if area[1] < frame[1] - _SLACK or area[3] > frame[3] + _SLACK:
            return False
    return True


def _is_clipped(shown: Shown, area: Area, screen: Area) -> bool:
    """Return True if a widget reaches beyond the sides of a container."""
    sides = [screen, *(_area(Shown(parent, (), shown.canvas)) for parent in shown.parents)]
    return any(area[0] < side[0] - _SLACK or area[2] > side[2] + _SLACK for side in sides)


def _has_ink(pixels: np.ndarray, area: Area) -> bool:
    left, top, right, bottom = (round(value) for value in area)
    inner = pixels[top + 2 : bottom - 1, left + 2 : right - 1].reshape(-1, 3)
    return bool(len(inner)) and bool((np.abs(inner - np.median(inner, axis=0)).max(axis=1) > INK).any())


def _overlap(area: Area, other: Area) -> bool:
    across = min(area[2], other[2]) - max(area[0], other[0])
    down = min(area[3], other[3]) - max(area[1], other[1])
    return across > 2 * _SLACK and down > 2 * _SLACK
