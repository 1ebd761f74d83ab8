"""Balance of the loss for a face seen edge-on, on a column of pixels that the mask fills in part."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.fitting.losses import LossTight
from boxfit.fitting.params import CameraFrames
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.start.start_box import start_box

from tests.scenes import box_silhouettes

FAR = 1000.0


class SupportOf:
    """Support of a box itself, so that its faces are where they most likely are."""

    pixel = 0.1

    def __init__(self, box: Box) -> None:
        self._box = box

    def likely(self, axes: np.ndarray) -> np.ndarray:
        along = self._box.corners @ axes
        return np.stack([-along.min(axis=0), along.max(axis=0)])

    at_least = likely


@pytest.mark.parametrize(("filled", "outwards"), [(8, False), (12, True)])
def test_tight_loss_where_the_mask_fills_more_than_half_of_a_column_pulls_the_face_outwards(
    filled: int, outwards: bool
) -> None:
    matrix = np.eye(4)
    matrix[2, 3] = -FAR
    camera = Camera(matrix, (10 * FAR, 10 * FAR), (20.0, 20.0), (40, 40))
    # 20 x 20 pixels are the cube [-1, 1]^3; of one more column to its right some pixels are covered.
    mask = np.ones((20, 21), dtype=bool)
    mask[filled:, 20] = False
    silhouettes = [Silhouette("0", camera, mask, (10, 10))]
    box = Box(np.array([0.025, 0.0, 0.0]), np.array([1.025, 1.0, 1.0]))  # Its +X face is within that column.
    start = replace(start_box(box_silhouettes()), box=box, support=SupportOf(box))
    frames, views = CameraFrames(silhouettes), np.arange(1)
    areas = RendererArea(silhouettes).areas(frames.corners(box, views), views)
    _, gradient = LossTight(silhouettes, frames, start, 400.0)(box, areas, views)
    by_the_face = gradient.centre[0] + gradient.half_extents[0]
    assert by_the_face < 0 if outwards else by_the_face > 0
