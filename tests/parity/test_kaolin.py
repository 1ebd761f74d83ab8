"""kaolin's own kernels against DIB-R in PyTorch, where both run."""

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.render.registry import not_installed_reason, unavailable_reason

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

VIEWS = [camera for size in ((256, 256), (120, 200)) for camera in orbit_cameras(BOX, 3, size, 0.5)]
BOXES = [
    Box(BOX.centre + 0.03, BOX.half_extents * 0.93, [0.8, 0.25, -0.4, 0.3]),
    Box([1.5, 0.6, 0.8], BOX.half_extents * 1.4, BOX.quaternion),
]


@pytest.mark.parametrize("index", range(len(BOXES)))
def test_areas_and_gradients_of_kaolin_equal_those_of_dibr(index):
    # `not_installed_reason` comes first: it imports nothing.
    if reason := not_installed_reason("kaolin") or unavailable_reason("kaolin"):
        pytest.skip(reason)
    from boxfit.render.dibr import RendererDibr
    from boxfit.render.dibr_kaolin import RendererKaolin

    silhouettes = box_silhouettes(BOX, VIEWS)
    corners, views = camera_corners(BOXES[index], silhouettes), np.arange(len(silhouettes))
    kaolin, dibr = (renderer(silhouettes).areas(corners, views) for renderer in (RendererKaolin, RendererDibr))
    for name in ("box", "overlap"):
        np.testing.assert_allclose(getattr(kaolin, name), getattr(dibr, name), atol=1e-3)
        expected = getattr(dibr, f"{name}_gradient")
        np.testing.assert_allclose(getattr(kaolin, f"{name}_gradient"), expected, atol=1e-4 * np.abs(expected).max())
