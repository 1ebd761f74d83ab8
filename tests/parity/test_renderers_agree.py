"""The same boxes by the exact renderer and by DIB-R, within what a soft edge may differ."""

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.render.area import RendererArea

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

SILHOUETTES = box_silhouettes(BOX, orbit_cameras(BOX, 4, (256, 256), 0.8))
BOXES = [
    Box(BOX.centre + 0.03, BOX.half_extents * 0.93, [0.8, 0.25, -0.4, 0.3]),
    Box(BOX.centre - 0.05, BOX.half_extents * [1.3, 0.7, 0.8], BOX.quaternion),
    Box([0.9, -0.2, 0.5], BOX.half_extents * 0.5, [0.9, 0.1, 0.2, -0.3]),
]


@pytest.mark.usefixtures("torch_module")
@pytest.mark.parametrize("index", range(len(BOXES)))
def test_areas_and_gradients_of_dibr_agree_with_area(index):
    from boxfit.render.dibr import RendererDibr

    views = np.arange(len(SILHOUETTES))
    corners = camera_corners(BOXES[index], SILHOUETTES)
    exact = RendererArea(SILHOUETTES).areas(corners, views)
    for sigmainv, band, cosine in ((7000.0, 2.5, 0.95), (1e5, 0.6, 0.98)):
        soft = RendererDibr(SILHOUETTES, sigmainv, 0.02, "cpu").areas(corners, views)
        # A soft edge adds a band of some sqrt(pi / sigmainv) half images along the outline, here given in pixels.
        perimeter = 4 * np.sqrt(exact.box)
        assert (np.abs(soft.box - exact.box) < band * perimeter).all()
        assert (np.abs(soft.overlap - exact.overlap) < band * perimeter).all()
        for name in ("box_gradient", "overlap_gradient"):
            a, b = getattr(exact, name), getattr(soft, name)
            cosines = (a * b).sum(axis=(1, 2)) / np.linalg.norm(a, axis=(1, 2)) / np.linalg.norm(b, axis=(1, 2))
            assert cosines.min() > cosine, (name, sigmainv, cosines)
