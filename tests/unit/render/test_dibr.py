import numpy as np
import pytest
from boxfit.errors import RendererError
from boxfit.geometry.box import CORNER_SIGNS, Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

pytestmark = pytest.mark.usefixtures("torch_module")

WIDE = box_silhouettes(BOX, orbit_cameras(BOX, 3, (60, 90), 0.5))
SQUARE = box_silhouettes(BOX, orbit_cameras(BOX, 3, (64, 64), 0.7, seed=1))
SILHOUETTES = (*WIDE, *SQUARE)
ASIDE = Box([3.0, 0.6, 0.8], BOX.half_extents * 1.4, BOX.quaternion)
"""A box that leaves some images, and is out of view in others."""
ROD = Box([1.0, 0.4, -2.0], [0.4, 0.3, 4.0])
"""A rod from behind a camera at the origin into its image."""
NEARBY = Box([0.35, -0.23, 0.54], BOX.half_extents * 0.95, [0.8, 0.25, -0.4, 0.3])


def test_triangles_are_those_of_the_tutorials_cube():
    from boxfit.render.dibr_triangles import BOX_TRIANGLES

    from tests.dense_dibr import TUTORIAL_TRIANGLES

    assert sorted(map(sorted, BOX_TRIANGLES.tolist())) == sorted(map(sorted, TUTORIAL_TRIANGLES))


def test_triangles_are_counter_clockwise_seen_from_outside():
    from boxfit.render.dibr_triangles import BOX_TRIANGLES

    a, b, c = np.moveaxis(CORNER_SIGNS[BOX_TRIANGLES], 1, 0)
    normals = np.cross(b - a, c - a) / 4
    np.testing.assert_array_equal(np.round((a + b + c) / 3), normals)
    assert sorted(map(tuple, normals)) == sorted([tuple(s * axis) for axis in np.eye(3) for s in (-1, 1)] * 2)


@pytest.mark.parametrize(("sigmainv", "boxlen"), [(7000.0, 0.02), (300.0, 0.2), (30.0, 3.0)])
def test_areas_and_gradients_equal_the_definition(sigmainv, boxlen):
    from boxfit.render.dibr import RendererDibr

    from tests.dense_dibr import TUTORIAL_TRIANGLES, dense_areas

    silhouettes = [SILHOUETTES[0], SILHOUETTES[4]]
    corners = camera_corners(NEARBY, silhouettes)
    result = RendererDibr(silhouettes, sigmainv, boxlen, "cpu").areas(corners, np.arange(2))
    for view, silhouette in enumerate(silhouettes):
        areas, gradients = dense_areas(
            corners[view], TUTORIAL_TRIANGLES, silhouette.camera, silhouette.full_mask(), sigmainv, boxlen
        )
        assert (result.box[view], result.overlap[view]) == pytest.approx(areas, abs=1e-5)
        found = np.stack([result.box_gradient[view], result.overlap_gradient[view]])
        np.testing.assert_allclose(found, gradients, atol=1e-6 * np.abs(gradients).max())


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


@pytest.mark.parametrize("memory", [1, 2**22, 2**28])
def test_areas_of_many_views_of_several_sizes_equal_those_of_each_alone(memory, monkeypatch):
    from boxfit.render import dibr_batches
    from boxfit.render.dibr import RendererDibr

    monkeypatch.setattr(dibr_batches, "_MEMORY", memory)
    renderer = RendererDibr(SILHOUETTES, device="cpu")
    nearby, aside = (camera_corners(box, SILHOUETTES) for box in (NEARBY, ASIDE))
    some = np.arange(len(SILHOUETTES))[:, None, None] % 2 == 0
    order = np.array([4, 0, 2, 5, 1, 3, 2])
    for corners in (nearby, aside, np.where(some, nearby, ROD.corners)):
        together = renderer.areas(corners[order], order)
        alone = [renderer.areas(corners[[view]], np.array([view])) for view in order]
        for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
            expected = np.concatenate([getattr(areas, name) for areas in alone])
            np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-12, atol=1e-12 * expected.max())


def operations(renderer, corners, views):
    """Count PyTorch's operations in one call for areas, those that copy, and those that wait for a value."""
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        renderer.areas(corners, views)
    counts = {event.key: event.count for event in profile.key_averages() if event.key.startswith("aten::")}
    return sum(counts.values()), counts.get("aten::_to_copy", 0), counts.get("aten::item", 0)


def test_operations_do_not_grow_with_the_views():
    from boxfit.render.dibr import RendererDibr

    silhouettes = box_silhouettes(BOX, orbit_cameras(BOX, 24, (64, 64), 0.7))
    renderer, corners = RendererDibr(silhouettes, device="cpu"), camera_corners(NEARBY, silhouettes)
    few, many = (operations(renderer, corners[:count], np.arange(count)) for count in (4, 24))
    assert few == many
    assert many[0] < 1500 and many[1] < 60 and many[2] <= 4, many


def test_areas_on_cuda_equal_those_on_the_cpu(torch_module):
    from boxfit.render.dibr import RendererDibr

    if not torch_module.cuda.is_available():
        pytest.skip("PyTorch finds no CUDA device")
    corners, views = camera_corners(NEARBY, SILHOUETTES), np.arange(len(SILHOUETTES))
    cuda, cpu = (RendererDibr(SILHOUETTES, device=device).areas(corners, views) for device in ("cuda", "cpu"))
    for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
        expected = getattr(cpu, name)
        np.testing.assert_allclose(getattr(cuda, name), expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_areas_where_near_plane_cuts_box_are_those_of_area(scale):
    from boxfit.render.area import RendererArea
    from boxfit.render.dibr import RendererDibr

    mask = np.zeros((64, 64), dtype=bool)
    mask[5:40, 30:60] = True
    camera = Camera(np.eye(4), (32.0, 32.0), (32.0, 32.0), (64, 64))
    silhouettes = [Silhouette("0", camera, mask), Silhouette("1", camera, mask)]
    boxes = [ROD, Box([0.1, 0.0, 0.3], [2.0, 1.5, 3.0])]  # The second holds the camera.
    corners, views = scale * np.stack([box.corners for box in boxes]), np.arange(2)
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
