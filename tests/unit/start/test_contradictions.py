"""Edges and views that are kept where masks contradict each other, by rounding or occlusion."""

import numpy as np
import pytest
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.start_box import start_box

from bench.masks import hide_third
from tests.scenes import BOX, box_silhouettes, orbit_cameras


@pytest.mark.parametrize("pixels", [16, 24])
def test_start_box_of_an_object_a_few_pixels_wide_believes_every_edge(pixels):
    start = start_box(box_silhouettes(BOX, orbit_cameras(BOX, 24, (pixels, pixels))), align="axes")
    assert not start.dropped and not start.left_out and not start.warnings


def test_start_box_of_views_a_quarter_of_which_are_hidden_in_part_drops_their_edges_and_no_view():
    views = box_silhouettes(BOX, orbit_cameras(BOX, 12, (128, 128)))
    hidden, generator = list(views), np.random.default_rng(1)
    for index in (1, 4, 7):
        view = views[index]
        hidden[index] = Silhouette(view.view, view.camera, hide_third(generator, view.mask), view.origin)
    start = start_box(hidden, align="axes")
    assert set(start.dropped) == {"1", "4", "7"} and not start.left_out
    np.testing.assert_allclose(start.box.size, start_box(views, align="axes").box.size, rtol=0.05)
