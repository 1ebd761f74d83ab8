"""Colours, fonts and text of all pictures."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

BACKGROUND = (20, 22, 27)
PANEL = (33, 37, 45)
LINE = (62, 68, 80)
TEXT = (236, 238, 242)
FAINT_TEXT = (158, 166, 180)
MASK = (45, 212, 191)
BOX = (255, 178, 36)
AXES = ((226, 84, 84), (120, 190, 80), (96, 146, 250))
"""Colours of the x, y and z axis."""
SERIES = ((255, 178, 36), (96, 165, 250), (244, 114, 182), (163, 230, 53))
"""Colours of the stages of a fit, in their order."""

CERTAIN = SERIES[1]
"""Colour of the box that holds the object for certain."""

SUPERSAMPLING = 2
"""Scale at which slanted lines are drawn before reduction, since Pillow draws without antialiasing."""


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return Pillow's own font, which is the same on every machine.

    Args:
        size: Height in [px]; ignored by Pillow before 10.1, which has a single size.
    """
    try:
        return ImageFont.load_default(size)
    except TypeError:
        return ImageFont.load_default()


def _drawable(text: str, size: int) -> str:
    """Replace letters outside Latin-1, on which the font of an old Pillow fails."""
    if isinstance(font(size), ImageFont.ImageFont):
        return text.encode("latin-1", "replace").decode("latin-1")
    return text


def text_width(text: str, size: int) -> int:
    """Return the width of a line of text in [px]."""
    left, _, right, _ = font(size).getbbox(_drawable(text, size))
    return round(right - left)


def draw_text(
    draw: ImageDraw.ImageDraw,
    position: tuple[float, float],
    text: str,
    size: int = 14,
    colour: tuple[int, int, int] = TEXT,
    align: str = "left",
) -> None:
    """Draw a line of text.

    Args:
        draw: Picture to draw on.
        position: (x, y) in [px] of the line's top, at the end or the middle that `align` names.
        text: A single line.
        size: Height in [px].
        colour: RGB.
        align: "left", "right" or "centre".
    """
    shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * text_width(text, size)
    draw.text((position[0] - shift, position[1]), _drawable(text, size), fill=colour, font=font(size))


def fit_text(text: str, size: int, width: int) -> str:
    """Shorten a line in its middle until it is at most `width` [px] wide."""
    if text_width(text, size) <= width:
        return text
    for length in range(len(text) - 1, 1, -1):
        shorter = text[: (length + 1) // 2] + "..." + text[len(text) - length // 2 :]
        if text_width(shorter, size) <= width:
            return shorter
    return ""


def wrap_text(text: str, size: int, width: int) -> list[str]:
    """Break a text at spaces into lines at most `width` [px] wide; a word that is longer is shortened in its middle."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(fit_text(word, size, width))
    return lines


def blank(width: int, height: int, colour: tuple[int, int, int] = BACKGROUND) -> Image.Image:
    """Make an empty picture of a single colour."""
    return Image.new("RGB", (width, height), colour)
