"""Colours and sizes of the panel: Kit's dark theme, and the colours of masks and boxes in all pictures."""

from __future__ import annotations

from typing import Any

import omni.ui as ui
from omni.ui import color as cl

# Sizes are in [px] at a UI scale of 1: Kit multiplies them by its own. Heights follow the text wherever they can.
GAP = 4
"""Space between the rows of a section."""

PADDING = 8
"""Space inside a section, and around text in a box."""

ROW = 24
"""Default height of a button or field."""

BAR_ROW = 32
"""Height of the window's bar."""

FIT_ROW = 32
"""Height of the panel's main button."""

STATUS_HEIGHT = 72
"""Height of the lines of status in the footer, which scroll if they are more: the buttons keep their places."""

LABEL_DROP = 4
"""Space above a label that stands beside a field, so that both lie on one line."""

LABEL_SHARE = 36
"""Part of a row's width that its label takes, in [%]: it wraps where that is not enough."""

BUTTON_WIDTH = 80
"""Width of a button that stands alone."""

CHECK_WIDTH = 16
"""Width of a check box that stands before its label."""

ARROW_WIDTH = 28
"""Width of a button with an arrow."""

BAR = 8
"""Height of the progress bar and of the edge bars."""

SLIVER = 3
"""Width of a mark in such a bar; a narrower range would not be seen."""

TIP_LETTERS = 44
"""Characters in a line of a tooltip, which does not wrap by itself."""

_GROUND = cl("#3a3a3a")
_SECTION = cl("#2d2d2d")
_HEADER = cl("#242424")
_FIELD = cl("#1c1e20")
_BUTTON = cl("#4a4d50")
_HOVERED = cl("#5c6064")
_PRESSED = cl("#34373a")
_DISABLED = cl("#333537")
_TEXT = cl("#d6d6d6")
_QUIET = cl("#9b9fa3")
_FAINT = cl("#75797d")
_ACCENT = cl("#3579ae")
_ACCENT_HOVERED = cl("#4590c9")
_WHITE = cl("#ffffff")
_RED = cl("#ff8f80")
_RED_GROUND = cl("#4a2724")
_GREEN = cl("#7fd08a")
_GREEN_GROUND = cl("#24402a")
_AMBER = cl("#f0c060")
_AMBER_GROUND = cl("#453821")
_CLEAR = cl("#00000000")

STYLE: dict[str, dict[str, Any]] = {
    "VStack::column": {"margin_width": PADDING, "margin_height": GAP},
    "VStack::footer": {"margin": PADDING},
    "HStack::message": {"margin": PADDING},
    "Rectangle::ground": {"background_color": _GROUND},
    "Rectangle::footer": {"background_color": _SECTION},
    "ScrollingFrame": {"background_color": _CLEAR, "secondary_color": cl("#6a6e72"), "scrollbar_size": 8},
    "CollapsableFrame": {
        "background_color": _SECTION,
        "secondary_color": _HEADER,
        "color": _TEXT,
        "border_radius": 4,
        "padding": PADDING,
        "margin": 0,
    },
    "CollapsableFrame:hovered": {"secondary_color": cl("#303336")},
    "CollapsableFrame::group": {"background_color": cl("#262626"), "secondary_color": cl("#353739")},
    "CollapsableFrame::group:hovered": {"secondary_color": cl("#424548")},
    "Label": {"color": _TEXT},
    "Label::quiet": {"color": _QUIET},
    "Label::faint": {"color": _FAINT},
    "Label::good": {"color": _GREEN},
    "Label::error": {"color": _RED},
    "Label::warning": {"color": _AMBER},
    "Rectangle::good": {"background_color": _GREEN_GROUND, "border_radius": 3},
    "Rectangle::error": {"background_color": _RED_GROUND, "border_radius": 3},
    "Rectangle::warning": {"background_color": _AMBER_GROUND, "border_radius": 3},
    "Rectangle::quiet": {"background_color": _CLEAR},
    "Field": {
        "background_color": _FIELD,
        "color": _TEXT,
        "border_radius": 3,
        "border_width": 1,
        "border_color": _FIELD,
    },
    "Field:hovered": {"border_color": _FAINT},
    "Field:disabled": {"color": _FAINT},
    "Field::wrong": {"border_color": _RED},
    "CheckBox": {"background_color": _FIELD, "color": _ACCENT_HOVERED, "border_radius": 3},
    "Slider": {
        "background_color": _FIELD,
        "secondary_color": _FAINT,
        "color": _TEXT,
        "border_radius": 3,
        "draw_mode": ui.SliderDrawMode.HANDLE,
    },
    "ProgressBar": {
        "background_color": _FIELD,
        "color": _ACCENT,
        "secondary_color": _WHITE,
        "border_radius": 3,
    },
    "Button": {"background_color": _BUTTON, "border_radius": 3, "margin": 0, "padding": 3},
    "Button:hovered": {"background_color": _HOVERED},
    "Button:pressed": {"background_color": _PRESSED},
    "Button:disabled": {"background_color": _DISABLED},
    "Button.Label": {"color": _TEXT},
    "Button.Label:disabled": {"color": _FAINT},
    "Button::primary": {"background_color": _ACCENT},
    "Button::primary:hovered": {"background_color": _ACCENT_HOVERED},
    "Button::primary:pressed": {"background_color": _PRESSED},
    "Button::primary:disabled": {"background_color": _DISABLED},
    "Button.Label::primary": {"color": _WHITE},
    "Button.Label::primary:disabled": {"color": _FAINT},
    "Button.Segment": {"background_color": _FIELD, "border_radius": 0, "margin": 0, "padding": 3},
    "Button.Segment:hovered": {"background_color": _BUTTON},
    "Button.Segment:checked": {"background_color": _ACCENT},
    "Button.Segment:disabled": {"background_color": _DISABLED},
    "Button.Segment.Label": {"color": _TEXT},
    "Button.Segment.Label:checked": {"color": _WHITE},
    "Button.Segment.Label:disabled": {"color": _FAINT},
    "Rectangle::track": {"background_color": _FIELD, "border_radius": 2},
    "Rectangle::sure": {"background_color": _ACCENT},
    "Rectangle::range": {"background_color": cl("#8fbfe6")},
    "Rectangle::range_open": {"background_color": _AMBER},
    "Rectangle::tick": {"background_color": _WHITE},
    "Tooltip": {
        "background_color": cl("#1c1e20"),
        "color": _TEXT,
        "border_color": _FAINT,
        "border_width": 1,
        "padding": 6,
    },
}
"""Style of the whole panel, for its outermost container."""
