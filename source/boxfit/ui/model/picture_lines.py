"""Lines of a box in a view's picture, which are drawn live over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boxfit.draw.outline import outline
from boxfit.draw.tile import Tile
from boxfit.geometry.box import Box


@dataclass(frozen=True, eq=False)
class PictureLines:
    """Lines of a box over a picture; (0, 0) is the picture's top left, (1, 1) its bottom right.

    Attributes:
        edges: Ends of the box's edges, shape (n, 2, 2).
        hidden: True for edges behind the box, shape (n,).
        silhouette: Corners of the convex silhouette, shape (m, 2).
    """

    edges: np.ndarray
    hidden: np.ndarray
    silhouette: np.ndarray


def picture_lines(tile: Tile, box: Box) -> PictureLines:
    """Return the lines that `Tile.with_box` draws, for a box in the silhouette's frame."""
    drawn = outline(box, tile.silhouette.camera)
    return PictureLines(tile.place(drawn.edges), drawn.hidden, tile.place(drawn.silhouette))
