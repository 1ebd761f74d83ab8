"""Square picture of a view: image, tinted mask, and the box drawn over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from boxfit.draw.canvas import AXES, BACKGROUND, BOX, MASK, PANEL, SUPERSAMPLING, blank, draw_text
from boxfit.draw.outline import Outline, box_axes, outline
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette

MARGIN = 0.08
"""Default margin around the mask and the box, as a share of the larger of the two."""

_LETTER = 8
"""Radius of the disc behind an axis's letter, in [px]."""

Window = tuple[float, float, float]
"""Square part of an image: left, top and side, in [px]."""


@dataclass(frozen=True, eq=False)
class Tile:
    """View cropped around its object, drawn once for any number of boxes.

    Attributes:
        silhouette: The view's mask and camera.
        window: Visible part of the image.
        picture: Square picture of image and mask, without the box.
    """

    silhouette: Silhouette
    window: Window
    picture: Image.Image

    def outline(self, box: Box) -> Outline:
        """Project a box, given in the silhouette's frame, to the picture: (0, 0) is the top left, (1, 1) the bottom
        right."""
        drawn, corner, side = outline(box, self.silhouette.camera), self.window[:2], self.window[2]
        return Outline((drawn.silhouette - corner) / side, (drawn.edges - corner) / side, drawn.hidden)

    def with_box(self, box: Box) -> Image.Image:
        """Draw a box, given in the silhouette's frame: its silhouette as a tint, and its edges, hidden ones thinner."""
        size = self.picture.width * SUPERSAMPLING
        drawn = self.outline(box)

        def place(points: np.ndarray) -> list[tuple[float, float]]:
            # Pillow fails on coordinates beyond 32 bits, which a box near the camera can have.
            placed = np.clip(points * size, -1e5, 1e5)
            return [(float(x), float(y)) for x, y in placed]

        # Drawn into the picture at its larger scale: to reduce a transparent layer and paste it takes twice as long.
        picture = self.picture.resize((size, size), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture, "RGBA")
        if len(drawn.silhouette) > 2:
            draw.polygon(place(drawn.silhouette), fill=(*BOX, 26))
        thick = max(2, round(size / 170))
        for ends in drawn.edges[drawn.hidden]:
            draw.line(place(ends), fill=(*BOX, 120), width=max(1, thick // 2))
        visible = [place(ends) for ends in drawn.edges[~drawn.hidden]]
        for line in visible:
            draw.line(line, fill=(*BACKGROUND, 170), width=thick + 2 * SUPERSAMPLING)
        for line in visible:
            draw.line(line, fill=(*BOX, 255), width=thick)
        return picture.reduce(SUPERSAMPLING)

    def with_axes(self, box: Box) -> Image.Image:
        """Draw a box as `with_box`, and its axes: lines from its centre to its sides +x, +y and +z, with letters."""
        drawn, size = self.with_box(box), self.picture.width
        lines = (self.silhouette.camera.project(box_axes(box)) - self.window[:2]) * (size / self.window[2])
        if not np.isfinite(lines).all():  # The box reaches behind the camera.
            return drawn
        picture = drawn.resize((size * SUPERSAMPLING, size * SUPERSAMPLING), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture, "RGBA")
        for line, colour in zip(lines, AXES, strict=True):
            ends = [(float(x), float(y)) for x, y in np.clip(line * SUPERSAMPLING, -1e5, 1e5)]
            draw.line(ends, fill=(*BACKGROUND, 170), width=3 * SUPERSAMPLING)
            draw.line(ends, fill=colour, width=SUPERSAMPLING)
        letters = []
        for (start, end), letter, colour in zip(lines, "xyz", AXES, strict=True):
            if (end >= 0).all() and (end <= size).all():
                along = (end - start) / max(float(np.linalg.norm(end - start)), 1.0)
                place = np.clip(end + _LETTER * along, _LETTER, size - _LETTER)
                letters.append((place, letter, colour))
                disc = np.array([place - _LETTER, place + _LETTER]) * SUPERSAMPLING
                draw.ellipse(disc.ravel().tolist(), (*BACKGROUND, 200))
        picture = picture.reduce(SUPERSAMPLING)
        for (x, y), letter, colour in letters:
            draw_text(ImageDraw.Draw(picture), (x, y - 9), letter, 14, colour, "centre")
        return picture


def make_tile(
    silhouette: Silhouette, boxes: list[Box], rgb: np.ndarray | None, size: int, margin: float = MARGIN
) -> Tile:
    """Crop a view around its mask and around boxes to draw later.

    Args:
        silhouette: The view.
        boxes: Boxes that the crop must hold, in the silhouette's frame.
        rgb: The view's image, shape (height, width, 3), uint8; None draws the mask on a plain background.
        size: Side of the picture in [px].
        margin: Margin around the mask and the boxes, as a share of the larger of the two.
    """
    window = _window(silhouette, boxes, margin)
    left, top, side = window
    area = (left, top, left + side, top + side)
    height, width = silhouette.camera.resolution

    if rgb is None:
        picture = blank(size, size, PANEL)
    else:
        seen = tuple(round(end) for end in area)
        picture = Image.fromarray(rgb).crop(seen).resize((size, size), Image.Resampling.LANCZOS)  # type: ignore

    row, column = silhouette.origin
    mask = Image.fromarray(np.where(silhouette.mask, 255, 0).astype(np.uint8))
    shifted = (left - column, top - row, left - column + side, top - row + side)
    tint = mask.transform((size, size), Image.Transform.EXTENT, shifted, Image.Resampling.NEAREST)
    rim = _rim(tint).filter(ImageFilter.BoxBlur(0.4))
    picture.paste(MASK, (0, 0), ImageChops.screen(_faded(tint, 0.45 if rgb is not None else 0.7), rim))

    if left < 0 or top < 0 or left + side > width or top + side > height:
        # The area outside the image is plain, to show where the image's border cuts the mask.
        frame = Image.new("L", (width, height), 255)
        inside = frame.transform((size, size), Image.Transform.EXTENT, area, Image.Resampling.NEAREST)
        picture.paste(PANEL if rgb is not None else BACKGROUND, (0, 0), ImageChops.invert(inside))
    return Tile(silhouette, window, picture)


def _window(silhouette: Silhouette, boxes: list[Box], margin: float) -> Window:
    """Return the square around the mask and the boxes; never larger than twice the image.

    It has a margin, unless the square would then show what is outside the image.
    """
    height, width = silhouette.camera.resolution
    (row, column), (rows, columns) = silhouette.origin, silhouette.mask.shape
    points = [np.array([[column, row], [column + columns, row + rows]], dtype=np.float64)]
    points += [outline(box, silhouette.camera).silhouette for box in boxes]
    all_points = np.clip(np.concatenate(points), (-0.25 * width, -0.25 * height), (1.25 * width, 1.25 * height))
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    least = float((high - low).max())
    side = max(min(least * (1 + 2 * margin), width, height), least, 8.0)
    room = np.array([width, height]) - side
    corner = np.where(room < 0, room / 2, np.clip((low + high - side) / 2, 0, room.clip(min=0)))
    left, top = np.clip(corner, high - side, low)
    return float(left), float(top), side


def _rim(mask: Image.Image) -> Image.Image:
    """Return the range of values in each pixel's 3x3 neighbourhood, many times faster than by Pillow's filters."""
    values = np.pad(np.asarray(mask), 1, mode="edge")
    least, most = values, values
    for _ in ("rows", "columns"):
        least = np.minimum(np.minimum(least[:-2], least[1:-1]), least[2:]).T
        most = np.maximum(np.maximum(most[:-2], most[1:-1]), most[2:]).T
    return Image.fromarray(most - least)


def _faded(mask: Image.Image, strength: float) -> Image.Image:
    return Image.blend(Image.new("L", mask.size, 0), mask, strength)
