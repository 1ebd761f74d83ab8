from dataclasses import replace

import boxfit
import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.views.coverage import finer_mask, is_soft
from boxfit.views.dataset import Rectangle

from tests.scenes import BOX, BOX_FACES, orbit_cameras, render_mask

SAMPLES = 8


def coverage_of(camera: Camera) -> np.ndarray:
    """Shares of the pixels that `BOX` covers, from 8 x 8 samples each."""
    (fx, fy), (cx, cy), (height, width) = camera.focal, camera.principal, camera.resolution
    finer = replace(
        camera,
        focal=(SAMPLES * fx, SAMPLES * fy),
        principal=(SAMPLES * cx, SAMPLES * cy),
        resolution=(SAMPLES * height, SAMPLES * width),
    )
    samples = render_mask(BOX.corners, BOX_FACES, finer)
    return samples.reshape(height, SAMPLES, width, SAMPLES).mean(axis=(1, 3))


def test_finer_mask_finds_a_border_between_the_centres() -> None:
    # The border runs at column 20.25: a quarter of that column is covered.
    coverage = np.zeros((40, 60), dtype=np.uint8)
    coverage[10:30, 5:20] = 255
    coverage[10:30, 20] = 64
    finer = finer_mask(coverage, Rectangle(10, 5, 30, 20))
    assert finer is not None and finer.factor == 4
    right = (finer.origin[1] + finer.mask.shape[1]) / finer.factor
    assert abs(right - 20.25) <= 0.13
    assert (finer.origin[1] / 4, finer.origin[0] / 4) == (5, 10)


def test_finer_mask_of_whole_pixels_is_none() -> None:
    coverage = np.zeros((40, 60), dtype=np.uint8)
    coverage[10:30, 5:20] = 250
    coverage[0, 0] = 100
    assert is_soft(coverage) and finer_mask(coverage, Rectangle(10, 5, 30, 20)) is None


@pytest.mark.parametrize("width", [64, 128])
def test_shares_of_coverage_give_a_more_accurate_box_than_their_halves(width) -> None:
    cameras = orbit_cameras(BOX, 16, resolution=(width, width))
    arrays = {
        "intrinsics": [[[c.focal[0], 0, c.principal[0]], [0, c.focal[1], c.principal[1]], [0, 0, 1]] for c in cameras],
        "camera_poses": np.stack([camera.world_from_camera for camera in cameras]),
        "convention": "opengl",
        "method": "contact",
    }
    coverage = np.stack([coverage_of(camera) for camera in cameras])
    soft, hard = (boxfit.fit_masks(masks, **arrays).box for masks in (coverage, coverage > 0.5))
    error = [abs(box.volume / BOX.volume - 1) for box in (soft, hard)]
    assert error[0] < 0.02 * 64 / width and error[0] < 0.7 * error[1]
    assert soft.protrusion(BOX.corners) < 1.01


def test_specks_of_coverage_are_left_out() -> None:
    camera = orbit_cameras(BOX, 1)[0]
    shares = (255 * coverage_of(camera)).astype(np.uint8)
    rows, columns = np.nonzero(shares >= 128)
    region = Rectangle(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
    clean = finer_mask(shares, region)
    dirty = shares.copy()
    dirty[region.top - 2, region.left - 2] = 255
    found = finer_mask(dirty, region)
    assert (
        clean is not None and found is not None and (found.origin, found.mask.shape) == (clean.origin, clean.mask.shape)
    )
