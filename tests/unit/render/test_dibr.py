import numpy as np
import pytest
from boxfit.errors import RendererError
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.geometry.silhouette import Silhouette

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

pytestmark = pytest.mark.usefixtures("torch_module")

WIDE = box_silhouettes(BOX, orbit_cameras(BOX, 3, (60, 90), 0.5))
SQUARE = box_silhouettes(BOX, orbit_cameras(BOX, 3, (64, 64), 0.7, seed=1))
SILHOUETTES = (*WIDE, *SQUARE)
NEARBY = Box([0.35, -0.23, 0.54], BOX.half_extents * 0.95, [0.8, 0.25, -0.4, 0.3])


def dense_soft_mask(corners, camera, sigmainv, boxlen):
    """Return the soft mask of a whole image, with covered pixels from the rasteriser of the masks."""
    import torch
    from boxfit.render.dibr_mask import soft_mask
    from boxfit.render.dibr_triangles import BOX_TRIANGLES

    pixels = Camera(np.eye(4), camera.focal, camera.principal, camera.resolution).project(corners)
    height, width = camera.resolution
    image = np.stack([2 * pixels[:, 0] / width - 1, 1 - 2 * pixels[:, 1] / height], axis=-1)
    covered = torch.from_numpy(rasterize(corners, BOX_TRIANGLES, camera)[0] >= 0)
    return soft_mask(torch.from_numpy(image[BOX_TRIANGLES])[None], covered[None], sigmainv, boxlen)[0].numpy()


@pytest.mark.parametrize(("sigmainv", "boxlen"), [(7000.0, 0.02), (300.0, 0.2)])
def test_areas_equal_sums_over_all_pixels(sigmainv, boxlen):
    from boxfit.render.dibr import RendererDibr

    corners = camera_corners(NEARBY, SILHOUETTES)
    result = RendererDibr(SILHOUETTES, sigmainv, boxlen, "cpu").areas(corners, np.arange(len(SILHOUETTES)))
    for view, silhouette in enumerate(SILHOUETTES):
        mask = dense_soft_mask(corners[view], silhouette.camera, sigmainv, boxlen)
        assert result.box[view] == pytest.approx(mask.sum(), abs=1e-4)
        assert result.overlap[view] == pytest.approx((mask * silhouette.full_mask()).sum(), abs=1e-4)


def test_areas_in_single_precision_make_no_float64_on_the_way(torch_module):
    from boxfit.render.dibr import RendererDibr

    class Single(RendererDibr):
        """Renderer in single precision, as on Apple's GPUs, which have no float64."""

        dtype = property(lambda self: torch_module.float32, lambda self, dtype: None)

    class NoDouble(torch_module.overrides.TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            assert getattr(result, "dtype", None) != torch_module.float64, function
            return result

    corners, views = camera_corners(NEARBY, SILHOUETTES), np.arange(len(SILHOUETTES))
    double = RendererDibr(SILHOUETTES, device="cpu").areas(corners, views)
    with NoDouble():
        single = Single(SILHOUETTES, device="cpu").areas(corners, views)
    for name in ("box", "overlap"):
        np.testing.assert_allclose(getattr(single, name), getattr(double, name), rtol=1e-4)
        expected = getattr(double, f"{name}_gradient")
        np.testing.assert_allclose(getattr(single, f"{name}_gradient"), expected, atol=5e-3 * np.abs(expected).max())


def test_gradient_matches_finite_differences():
    from boxfit.render.dibr import RendererDibr

    # A wide soft edge: DIB-R has no gradient at covered pixels and beyond the edge's reach.
    silhouettes = box_silhouettes(BOX, orbit_cameras(BOX, 2, (20, 20), 0.7))
    renderer = RendererDibr(silhouettes, 30.0, 3.0, "cpu")
    corners = camera_corners(NEARBY, silhouettes)
    views = np.arange(len(silhouettes))
    here = renderer.areas(corners, views)
    generator = np.random.default_rng(0)
    step = 1e-9
    for _ in range(5):
        direction = generator.normal(size=corners.shape)
        above, below = (renderer.areas(corners + s * step * direction, views) for s in (1, -1))
        for area in ("box", "overlap"):
            numeric = (getattr(above, area) - getattr(below, area)) / (2 * step)
            analytic = (getattr(here, f"{area}_gradient") * direction).sum(axis=(1, 2))
            np.testing.assert_allclose(numeric, analytic, rtol=1e-3, atol=1e-2)


def test_areas_of_many_views_equal_those_of_each_alone(monkeypatch):
    from boxfit.render import dibr_batches
    from boxfit.render.dibr import RendererDibr

    renderer = RendererDibr(SILHOUETTES, device="cpu")
    corners = camera_corners(NEARBY, SILHOUETTES)
    order = np.array([5, 0, 2, 4, 2])
    together = renderer.areas(corners[order], order)
    monkeypatch.setattr(dibr_batches, "_PIXELS_AT_ONCE", 1)
    alone = renderer.areas(corners[order], order)
    for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
        np.testing.assert_allclose(getattr(together, name), getattr(alone, name), atol=1e-9)


def test_areas_where_near_plane_cuts_box_are_those_of_area():
    from boxfit.render.area import RendererArea
    from boxfit.render.dibr import RendererDibr

    mask = np.zeros((64, 64), dtype=bool)
    mask[5:40, 30:60] = True
    camera = Camera(np.eye(4), (32.0, 32.0), (32.0, 32.0), (64, 64))
    silhouettes = [Silhouette("0", camera, mask), Silhouette("1", camera, mask)]
    # A rod from behind the camera into the image, and one that holds the camera.
    boxes = [Box([1.0, 0.4, -2.0], [0.4, 0.3, 4.0]), Box([0.1, 0.0, 0.3], [2.0, 1.5, 3.0])]
    corners, views = np.stack([box.corners for box in boxes]), np.arange(2)
    hard = RendererArea(silhouettes).areas(corners, views)
    soft = RendererDibr(silhouettes, 1e7, 0.02, "cpu").areas(corners, views)
    perimeter = 4 * 64
    np.testing.assert_allclose(soft.box, hard.box, atol=0.1 * perimeter)
    np.testing.assert_allclose(soft.overlap, hard.overlap, atol=0.1 * perimeter)
    assert soft.box[1] == 64 * 64 and soft.overlap[1] == mask.sum()
    assert np.isfinite(soft.box_gradient).all()


def test_areas_where_box_is_behind_camera_are_zero():
    from boxfit.render.dibr import RendererDibr

    camera = Camera(np.eye(4), (32.0, 32.0), (32.0, 32.0), (64, 64))
    renderer = RendererDibr([Silhouette("0", camera, np.ones((64, 64), dtype=bool))], device="cpu")
    result = renderer.areas(Box([0, 0, 5], [1, 1, 1]).corners[None], np.array([0]))
    assert result.box[0] == 0 and not result.box_gradient.any()


@pytest.mark.parametrize("error", ["OutOfMemoryError", "RuntimeError", "MemoryError"])
def test_areas_where_the_memory_runs_out_midway_fail_with_what_to_do(error, torch_module, monkeypatch):
    from boxfit.render.dibr import RendererDibr

    renderer = RendererDibr(SQUARE, device="cpu")

    def fail(*_):
        raise getattr(torch_module, error, MemoryError if error == "MemoryError" else RuntimeError)(
            "out of memory\nadvice"
        )

    corners = camera_corners(NEARBY, SQUARE)
    renderer.areas(corners, np.arange(3))
    monkeypatch.setattr(renderer, "soft_areas", fail)
    with pytest.raises(
        RendererError, match=r"PyTorch failed \(out of memory\): .* use another device, or the renderer area$"
    ):
        renderer.areas(corners, np.arange(3))
