"""One view as a square picture: image, tinted mask, and the box drawn over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from boxfit.draw.canvas import BACKGROUND, BOX, MASK, PANEL, SUPERSAMPLING, blank
from boxfit.draw.outline import outline
from boxfit.geometry.box import Box
from boxfit.geometry.silhouette import Silhouette

MARGIN = 0.08
"""Space that is usually left around the mask and the box, as a part of the larger of the two."""

Window = tuple[float, float, float]
"""Square part of an image: its left and top end and its side, in [px]."""


@dataclass(frozen=True, eq=False)
class Tile:
    """A view cut out around its object; what stays the same while the box changes is drawn once.

    Attributes:
        silhouette: The view's mask and camera.
        window: The part of the image that is shown.
        picture: Image and mask, a square without the box.
    """

    silhouette: Silhouette
    window: Window
    picture: Image.Image

    def place(self, points: np.ndarray) -> np.ndarray:
        """Where points of the image, in [px], lie in the picture: (0, 0) top left, (1, 1) bottom right."""
        left, top, side = self.window
        return (points - (left, top)) / side

    def with_box(self, box: Box) -> Image.Image:
        """Draw a box given in the silhouette's frame: its silhouette as a veil, its edges, those behind thinner."""
        size = self.picture.width * SUPERSAMPLING
        drawn = outline(box, self.silhouette.camera)

        def place(points: np.ndarray) -> list[tuple[float, float]]:
            # Pillow fails on coordinates beyond 32 bits, which a box that reaches the camera can have.
            placed = np.clip(self.place(points) * size, -1e5, 1e5)
            return [(float(x), float(y)) for x, y in placed]

        over = Image.new("RGBA", (size, size), (*BOX, 0))
        draw = ImageDraw.Draw(over)
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
        over = over.reduce(SUPERSAMPLING)
        picture = self.picture.copy()
        picture.paste(over, (0, 0), over)
        return picture


def make_tile(
    silhouette: Silhouette, boxes: list[Box], rgb: np.ndarray | None, size: int, margin: float = MARGIN
) -> Tile:
    """Cut a view out around its mask and around boxes that will be drawn.

    Args:
        silhouette: The view.
        boxes: Boxes that should be seen whole, in the silhouette's frame.
        rgb: The view's image, shape (height, width, 3), uint8; None draws the mask on a plain ground.
        size: Side of the picture in [px].
        margin: Space left around the mask and the boxes, as a part of the larger of the two.
    """
    window = _window(silhouette, boxes, margin)
    left, top, side = window
    area = (left, top, left + side, top + side)
    height, width = silhouette.camera.resolution

    frame = Image.new("L", (width, height), 255)
    inside = frame.transform((size, size), Image.Transform.EXTENT, area, Image.Resampling.NEAREST)
    picture = blank(size, size, PANEL)
    if rgb is not None:
        seen = tuple(round(end) for end in area)
        cut = Image.fromarray(rgb).crop(seen).resize((size, size), Image.Resampling.LANCZOS)  # type: ignore
        picture.paste(cut, (0, 0), inside)

    row, column = silhouette.origin
    mask = Image.fromarray(np.where(silhouette.mask, 255, 0).astype(np.uint8))
    shifted = (left - column, top - row, left - column + side, top - row + side)
    tint = mask.transform((size, size), Image.Transform.EXTENT, shifted, Image.Resampling.NEAREST)
    rim = ImageChops.difference(tint.filter(ImageFilter.MaxFilter(3)), tint.filter(ImageFilter.MinFilter(3)))
    picture.paste(MASK, (0, 0), _faded(tint, 0.45 if rgb is not None else 0.7))
    picture.paste(MASK, (0, 0), rim.filter(ImageFilter.BoxBlur(0.4)))

    # What lies outside the image is darkened, so that a mask that is cut off can be told from one that ends.
    picture.paste(BACKGROUND, (0, 0), ImageChops.invert(inside))
    return Tile(silhouette, window, picture)


def _window(silhouette: Silhouette, boxes: list[Box], margin: float) -> Window:
    """The square around the mask and the boxes, with a margin; never larger than twice the image."""
    height, width = silhouette.camera.resolution
    (row, column), (rows, columns) = silhouette.origin, silhouette.mask.shape
    points = [np.array([[column, row], [column + columns, row + rows]], dtype=np.float64)]
    points += [outline(box, silhouette.camera).silhouette for box in boxes]
    all_points = np.clip(np.concatenate(points), (-0.25 * width, -0.25 * height), (1.25 * width, 1.25 * height))
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    side = max(float((high - low).max()) * (1 + 2 * margin), 8.0)
    left, top = (low + high - side) / 2
    return float(left), float(top), side


def _faded(mask: Image.Image, strength: float) -> Image.Image:
    return Image.blend(Image.new("L", mask.size, 0), mask, strength)
