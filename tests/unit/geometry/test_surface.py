"""Tests of surface points from depth images: on the surface, and enough for its extent in every direction."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.geometry.rotations import matrix_from_quaternion
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import TOLERANCE, SurfacePoints, surface_samples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.cameras import crop
from bench.shapes import make_shape
from tests.scenes import BOX, BOX_FACES, orbit_cameras

CAMERAS = orbit_cameras(BOX, 4)
EVERY_WAY = np.random.default_rng(0).normal(size=(200, 3))


def depth_of(camera: Camera, vertices: np.ndarray = BOX.corners, faces: np.ndarray = BOX_FACES) -> np.ndarray:
    """Depth as a renderer writes it: float32, infinite off the object."""
    return rasterize(camera.to_camera(vertices), faces, camera)[1].astype(np.float32)


def seen(camera: Camera, depth: np.ndarray, view: str = "0") -> Silhouette:
    return crop(view, camera, np.isfinite(depth))


def points_of(silhouette: Silhouette, depth: np.ndarray) -> np.ndarray:
    return silhouette.camera.back_project(surface_samples(silhouette, depth))


def off_the_box(points: np.ndarray) -> np.ndarray:
    """Distance of points from the surface of `BOX`."""
    beyond = np.abs(BOX.to_local(points)) - BOX.half_extents
    return np.abs(np.where((beyond > 0).any(axis=1), np.linalg.norm(beyond.clip(0), axis=1), beyond.max(axis=1)))


@pytest.mark.parametrize("scale", [1.0, 0.01, 250.0])
def test_surface_points_lie_on_the_surface_whatever_the_cameras_scale(scale: float) -> None:
    """A frame that is turned, moved and scaled, as an asset's; the depth stays as the renderer wrote it."""
    frame = np.eye(4)
    frame[:3, :3] = scale * matrix_from_quaternion(np.array([0.5, 0.1, -0.7, 0.2]))
    frame[:3, 3] = 3.0, -1.0, 2.0
    for camera in CAMERAS:
        depth = depth_of(camera)
        points = points_of(seen(camera.moved(frame), depth), depth)
        assert len(points) > 20
        assert off_the_box(points @ frame[:3, :3].T + frame[:3, 3]).max() < 1e-5


@pytest.mark.parametrize("name", ["cube", "animal", "toy", "pizza"])
def test_surface_points_reach_as_far_as_all_pixels_do(name: str) -> None:
    shape = make_shape(name)
    for camera in orbit_cameras(BOX, 2, (640, 480), fill=0.7):
        depth = depth_of(camera, BOX.centre + 0.6 * shape.vertices, shape.faces)
        silhouette = seen(camera, depth)
        row, column = np.nonzero(np.isfinite(depth))
        every = camera.back_project(np.stack([column + 0.5, row + 0.5, depth[row, column]], axis=1))
        points = points_of(silhouette, depth)
        assert len(points) < len(every) / 5
        directions = EVERY_WAY / np.linalg.norm(EVERY_WAY, axis=1, keepdims=True)
        short = (every @ directions.T).max(axis=0) - (points @ directions.T).max(axis=0)
        pixel = np.median(depth[row, column]) / camera.focal[0]
        assert short.min() > -1e-9 and short.max() < 2 * TOLERANCE * max(silhouette.mask.shape) * pixel


@pytest.mark.parametrize("nothing", [np.inf, np.nan, 0.0, -1.0])
def test_surface_points_leave_out_pixels_without_a_surface(nothing: float) -> None:
    depth = depth_of(CAMERAS[0])
    silhouette = seen(CAMERAS[0], depth)
    spoiled = depth.copy()
    spoiled[::3] = nothing
    assert off_the_box(points_of(silhouette, spoiled)).max() < 1e-5
    rows = surface_samples(silhouette, spoiled)[:, 1] - 0.5
    assert len(rows) and (rows % 3 != 0).all()
    assert points_of(silhouette, np.full_like(depth, nothing)).shape == (0, 3)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (2, 2), (40, 30)])
def test_surface_points_of_a_flat_or_tiny_mask_are_its_corners(height: int, width: int) -> None:
    camera = Camera(np.eye(4), (100.0, 100.0), (32.0, 32.0), (64, 64))
    silhouette = Silhouette("0", camera, np.ones((height, width), dtype=bool), (10, 20))
    pixels = surface_samples(silhouette, np.full((64, 64), 5, np.float32))[:, :2] - (20.5, 10.5)
    corners = {(u, v) for u in (0, width - 1) for v in (0, height - 1)}
    assert corners <= set(map(tuple, pixels)) and len(pixels) < 12


@given(st.data(), st.integers(1, 6), st.integers(1, 6), st.floats(0, 0.1))
def test_surface_points_of_any_tiny_mask_are_on_it(data: st.DataObject, height: int, width: int, noise: float) -> None:
    """All widths and heights, whole or ragged, with exact or noisy depth, and with holes in it."""
    mask = data.draw(arrays(bool, (height, width)) | st.just(np.ones((height, width), dtype=bool)))
    holes = data.draw(arrays(bool, (height, width)) | st.just(np.zeros((height, width), dtype=bool)))
    depth = np.full((64, 64), 5.0) + noise * np.random.default_rng(0).normal(size=(64, 64))
    depth[10 : 10 + height, 20 : 20 + width][holes] = np.inf
    silhouette = Silhouette("0", Camera(np.eye(4), (100.0, 100.0), (32.0, 32.0), (64, 64)), mask, (10, 20))
    samples = surface_samples(silhouette, depth)
    seen = mask & ~holes
    rows, columns = np.nonzero(seen)
    in_crop = samples[:, :2] - (20, 10)
    assert samples.shape[1:] == (3,) and (in_crop > 0).all() and (in_crop < (width, height)).all()
    if not noise:
        assert (samples[:, 2] == 5).all()
        assert {tuple(pixel) for pixel in samples[:, :2] - (20.5, 10.5)} <= set(zip(columns, rows, strict=True))
        assert len(samples) > 0 or not seen.any()


@pytest.mark.parametrize(("height", "width"), [(60, 3), (3, 60)])
def test_samples_of_a_thin_noisy_depth_are_no_outliers(height: int, width: int) -> None:
    """Noise is found along the longer side, whichever it is, and averaged over squares that the mask can fill."""
    camera = Camera(np.eye(4), (200.0, 200.0), (40.0, 40.0), (80, 80))
    silhouette = Silhouette("0", camera, np.ones((height, width), dtype=bool), (10, 10))
    depth = 4 + 0.01 * np.random.default_rng(0).normal(size=(80, 80))
    samples = surface_samples(silhouette, depth)
    assert len(samples) > 3 and (np.abs(samples[:, 2] - 4) < 0.016).all()


def surface() -> SurfacePoints:
    depths = [depth_of(camera) for camera in CAMERAS]
    views = tuple(
        seen(camera, depth, str(index)) for index, (camera, depth) in enumerate(zip(CAMERAS, depths, strict=True))
    )
    samples = [surface_samples(silhouette, depth) for silhouette, depth in zip(views, depths, strict=True)]
    samples[1] = np.zeros((0, 3))
    return SurfacePoints(views, tuple(samples))


def test_points_of_several_views_know_their_view() -> None:
    found = surface()
    assert found.names == ("0", "2", "3")
    assert set(found.views) == {0, 2, 3} and off_the_box(found.points).max() < 1e-5
    for view in (0, 2, 3):
        pixels = found.silhouettes[view].camera.project(found.points[found.views == view])
        np.testing.assert_allclose(pixels, found.samples[view][:, :2], atol=1e-6)


def test_points_follow_a_corrected_camera_by_the_views_name() -> None:
    found = surface()
    true = found.silhouettes[3]
    wrong = replace(true, camera=replace(true.camera, focal=(500.0, 500.0), principal=(100.0, 120.0)))
    astray = replace(found, silhouettes=(*found.silhouettes[:3], wrong))
    assert off_the_box(astray.points).max() > 0.1
    mended = astray.seen_by([true, found.silhouettes[0], replace(true, view="another")])
    assert set(mended.views) == {0, 1} and len(mended.samples) == 3
    np.testing.assert_array_equal(mended.points[mended.views == 0], found.points[found.views == 3])


def test_outermost_points_span_the_same_hull_with_fewer() -> None:
    found = surface()
    outer = found.outermost()
    assert len(outer.points) < 0.8 * len(found.points) and outer.names == found.names
    np.testing.assert_allclose((outer.points @ EVERY_WAY.T).max(axis=0), (found.points @ EVERY_WAY.T).max(axis=0))


def test_chosen_points_keep_their_views() -> None:
    found = surface()
    which = np.arange(len(found.points)) % 2 == 0
    np.testing.assert_array_equal(found.chosen(which).points, found.points[which])
    np.testing.assert_array_equal(found.chosen(which).views, found.views[which])


@pytest.mark.parametrize(("noise", "step"), [(0.004, 0.0), (0.01, 0.0), (0.0, 0.02)])
def test_samples_of_a_noisy_depth_reach_no_farther_than_the_surface(noise, step) -> None:
    # A wall 4 units away that fills half the image, seen head-on by a camera at the origin.
    camera = Camera(np.eye(4), (200.0, 200.0), (100.0, 80.0), (160, 200))
    silhouette = Silhouette("0", camera, np.ones((100, 120), dtype=bool), (30, 40))
    depth = 4 + np.random.default_rng(0).normal(0, 1, (160, 200)) * noise
    depth = np.round(depth / step) * step if step else depth
    samples = surface_samples(silhouette, depth.astype(np.float32))
    nearest, farthest = samples[:, 2].min(), samples[:, 2].max()
    assert 4 - 0.6 * noise - step / 2 <= nearest and farthest <= 4 + 1.7 * noise + step / 2
    # The squares at the border are the object's, too.
    assert np.abs(samples[:, 0].min() - 40) < 7 and np.abs(samples[:, 1].max() - 130) < 7


def test_samples_of_an_exact_depth_are_the_pixels_own() -> None:
    camera = Camera(np.eye(4), (200.0, 200.0), (100.0, 80.0), (160, 200))
    silhouette = Silhouette("0", camera, np.ones((100, 120), dtype=bool), (30, 40))
    rows, columns = np.mgrid[:160, :200]
    depth = 4 + 0.001 * rows + 3e-6 * (columns - 100.0) ** 2
    samples = surface_samples(silhouette, depth.astype(np.float32))
    assert ((samples[:, :2] - 0.5) % 1 == 0).all() and samples[:, 0].min() == 40.5
