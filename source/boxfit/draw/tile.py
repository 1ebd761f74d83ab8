"""Square picture of a view: image, tinted mask, and the box drawn over it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from boxfit.draw.canvas import AXES, BACKGROUND, BOX, CERTAIN, MASK, PANEL, SUPERSAMPLING, draw_text
from boxfit.draw.outline import Outline, box_axes, outline
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette

MARGIN = 0.08
"""Default margin around the mask and the box, as a share of the larger of the two."""

_PALETTE = (
    (np.array(PANEL) + np.linspace(0, 1, 256)[:, None] * np.subtract(MASK, PANEL)).round().astype(np.uint8).tobytes()
)
"""Colours of a mask over a plain background, by its opacity."""

_LETTER = 8
"""Radius of the disc behind an axis's letter, in [px]."""

_DASH = (7, 5)
"""Lengths of a dash and of the gap after it, in [px]."""

SOFT = 0.4
"""Weight of each neighbour of a pixel that softens the line around a mask."""

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
        return Outline((drawn.edges - corner) / side, drawn.hidden)

    def with_box(self, box: Box) -> Image.Image:
        """Draw a box, given in the silhouette's frame: its silhouette as a tint, and its edges, hidden ones thinner."""
        size = self.picture.width * SUPERSAMPLING
        drawn = self.outline(box)
        silhouette, edges = (_drawable(points * size) for points in (drawn.silhouette, drawn.edges))

        # Drawn into the picture at its larger scale: to reduce a transparent layer and paste it takes twice as long.
        picture = self.picture.resize((size, size), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture, "RGBA")
        if len(silhouette) > 2:
            draw.polygon(silhouette.ravel().tolist(), fill=(*BOX, 26))
        thick = max(2, round(size / 170))
        hidden, visible = (edges[which].reshape(-1, 4).tolist() for which in (drawn.hidden, ~drawn.hidden))
        for ends in hidden:
            draw.line(ends, fill=(*BOX, 120), width=max(1, thick // 2))
        for ends in visible:
            draw.line(ends, fill=(*BACKGROUND, 170), width=thick + 2 * SUPERSAMPLING)
        for ends in visible:
            draw.line(ends, fill=(*BOX, 255), width=thick)
        return picture.reduce(SUPERSAMPLING)

    def with_dashes(self, box: Box) -> Tile:
        """Return the tile with the edges of another box as dashed lines, below those that are drawn later."""
        size = self.picture.width * SUPERSAMPLING
        picture = self.picture.resize((size, size), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture, "RGBA")
        period, dash = SUPERSAMPLING * sum(_DASH), SUPERSAMPLING * _DASH[0]
        for start, end in self.outline(box).edges * size:
            along, length = end - start, float(np.linalg.norm(end - start))
            with np.errstate(divide="ignore", invalid="ignore"):
                borders = np.sort((np.array([[0.0], [size]]) - start) / along, axis=0)
            # The part inside the picture, as edges near the camera may be endless.
            first, last = max(0.0, np.nanmax(borders[0])), min(1.0, np.nanmin(borders[1]))
            steps = np.arange(first * length // period, last * length / period) if first < last else ()
            for begin in np.multiply(steps, period):
                ends = start + along * np.array([[begin], [min(begin + dash, length)]]) / length
                draw.line(ends.ravel().tolist(), fill=(*CERTAIN, 255), width=2 * SUPERSAMPLING)
        return replace(self, picture=picture.reduce(SUPERSAMPLING))

    def with_axes(self, box: Box) -> Image.Image:
        """Draw a box as `with_box`, and its axes: lines from its centre to its sides +x, +y and +z, with letters."""
        drawn, size = self.with_box(box), self.picture.width
        lines = (self.silhouette.camera.project(box_axes(box)) - self.window[:2]) * (size / self.window[2])
        if not np.isfinite(lines).all():  # The box reaches behind the camera.
            return drawn
        picture = drawn.resize((size * SUPERSAMPLING, size * SUPERSAMPLING), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture, "RGBA")
        for line, colour in zip(lines, AXES, strict=True):
            ends = _drawable(line * SUPERSAMPLING).ravel().tolist()
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

    row, column = silhouette.origin
    mask = Image.fromarray(silhouette.mask.astype(np.uint8))
    shifted = (left - column, top - row, left - column + side, top - row + side)
    opacity = _tint(
        mask.transform((size, size), Image.Transform.EXTENT, shifted, Image.Resampling.NEAREST), rgb is None
    )
    if rgb is None:
        opacity.putpalette(_PALETTE)
        picture = opacity.convert("RGB")
    else:
        seen = tuple(round(end) for end in area)
        picture = Image.fromarray(rgb).crop(seen).resize((size, size), Image.Resampling.LANCZOS)  # type: ignore
        picture.paste(MASK, (0, 0), opacity)

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
    points += [outline(box, silhouette.camera).edges.reshape(-1, 2) for box in boxes]
    all_points = np.clip(np.concatenate(points), (-0.25 * width, -0.25 * height), (1.25 * width, 1.25 * height))
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    least = float((high - low).max())
    side = max(min(least * (1 + 2 * margin), width, height), least, 8.0)
    room = np.array([width, height]) - side
    corner = np.where(room < 0, room / 2, np.clip((low + high - side) / 2, 0, room.clip(min=0)))
    left, top = np.clip(corner, high - side, low)
    return float(left), float(top), side


def _drawable(points: np.ndarray) -> np.ndarray:
    """Limit coordinates, as a box near the camera may have any, and Pillow fails beyond 32 bits."""
    return np.clip(points, -1e5, 1e5)


def _tint(mask: Image.Image, alone: bool) -> Image.Image:
    """Return the opacity of a mask's colour: of an inside that lets an image through, and of a soft line around it.

    Args:
        mask: 1 inside, 0 elsewhere.
        alone: True if there is no image behind it.
    """
    inside = np.asarray(mask, dtype=np.float32)
    padded = np.pad(inside, 1, mode="edge")
    least, most = padded, padded
    for _ in ("rows", "columns"):
        least = np.minimum(np.minimum(least[:-2], least[1:-1]), least[2:]).T
        most = np.maximum(np.maximum(most[:-2], most[1:-1]), most[2:]).T
    line = most - least
    for _ in ("rows", "columns"):
        line = np.pad(line, ((1, 1), (0, 0)), mode="edge")
        line = (SOFT * (line[:-2] + line[2:]) + line[1:-1]).T / (1 + 2 * SOFT)
    strength = 0.7 if alone else 0.45
    return Image.fromarray((255 * (1 - (1 - strength * inside) * (1 - line))).astype(np.uint8))
