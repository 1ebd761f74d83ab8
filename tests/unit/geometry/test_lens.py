from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import CameraError
from boxfit.geometry.camera import Camera
from boxfit.geometry.lens import Lens, lens_or_none
from boxfit.geometry.silhouette import DistortedMask, Silhouette
from boxfit.start.outline import outline
from boxfit.start.start_box import start_box
from scipy import ndimage

from tests.scenes import BOX, orbit_cameras

CAMERA = Camera(np.eye(4), (500.0, 520.0), (310.0, 250.0), (480, 640))
BARREL = {"k1": -0.3, "k2": 0.1, "p1": 0.001, "p2": -0.0005, "k3": 0.01}


def opencv_distort(x: float, y: float, k1, k2, p1, p2, k3=0.0, k4=0.0, k5=0.0, k6=0.0) -> tuple[float, float]:
    """OpenCV's formulas, as its documentation writes them."""
    r = (x * x + y * y) ** 0.5
    ratio = (1 + k1 * r**2 + k2 * r**4 + k3 * r**6) / (1 + k4 * r**2 + k5 * r**4 + k6 * r**6)
    return (
        x * ratio + 2 * p1 * x * y + p2 * (r**2 + 2 * x * x),
        y * ratio + p1 * (r**2 + 2 * y * y) + 2 * p2 * x * y,
    )


@pytest.mark.parametrize("more", [{}, {"k4": 0.05, "k5": -0.01, "k6": 0.002}])
def test_distort_follows_the_formulas_of_opencv(more) -> None:
    lens = lens_or_none(CAMERA, **BARREL, **more)
    assert lens is not None
    for u, v in ((310.0, 250.0), (12.0, 30.0), (600.5, 470.25)):
        x, y = opencv_distort((u - 310) / 500, (v - 250) / 520, **BARREL, **more)
        np.testing.assert_allclose(lens.distort(np.array([u, v])), [310 + 500 * x, 250 + 520 * y], atol=1e-9)


def test_undistort_inverts_distort_in_the_pinhole_image() -> None:
    lens = lens_or_none(CAMERA, **BARREL)
    assert lens is not None
    taken = np.random.default_rng(0).uniform(0, [640, 480], (1000, 2))
    ideal = lens.undistort(taken)
    shift = np.subtract(lens.pinhole.principal, CAMERA.principal)
    np.testing.assert_allclose(lens.distort(ideal - shift), taken, atol=1e-5)
    height, width = lens.pinhole.resolution
    assert (ideal >= 0).all() and (ideal <= [width, height]).all() and width > 640


def test_lens_without_coefficients_is_none() -> None:
    assert lens_or_none(CAMERA) is None and lens_or_none(CAMERA, k1=0.0, p2=0.0) is None


@pytest.mark.parametrize("wrong", [{"k1": np.nan}, {"k1": -3.0}, {"k4": -20.0}, {"k1": 1e300}])
def test_lens_that_cannot_be_inverted_raises(wrong) -> None:
    with pytest.raises(CameraError, match="distortion"):
        lens_or_none(CAMERA, **wrong)


def test_lens_that_turns_back_at_the_corners_is_used_where_it_does_not() -> None:
    # k1 fitted to a wide lens: r (1 + k1 r^2) is greatest at r = 1.1, and the corners lie beyond it.
    lens = lens_or_none(replace(CAMERA, focal=(330.0, 330.0), principal=(320.0, 240.0)), k1=-1 / (3 * 1.1**2))
    assert lens is not None
    ideal = lens.undistort(np.array([[320.0, 240.0], [150.0, 240.0], [0.0, 0.0]]))
    assert np.isfinite(ideal[:2]).all() and np.isnan(ideal[2]).all()
    image = np.zeros((480, 640), dtype=np.uint8)
    image[200:280, 250:390] = 1
    resampled = lens.resample(image)
    # No ghost of the object where the formula turns back to the middle.
    assert ndimage.label(resampled)[1] == 1
    corner = np.ones((8, 8), dtype=bool)
    with pytest.raises(CameraError, match="where the lens's distortion has no inverse"):
        lens.resample_mask(corner, (0, 0))


def test_resample_puts_each_pixel_where_the_pinhole_sees_it() -> None:
    lens = lens_or_none(CAMERA, **BARREL)
    assert lens is not None
    rows, columns = np.mgrid[:480, :640]
    ideal = lens.resample(np.stack([rows, columns], axis=-1))
    assert ideal.shape == (*lens.pinhole.resolution, 2)
    for row, column in ((100, 200), (300, 500)):
        u, v = lens.undistort(np.array([column + 0.5, row + 0.5]))
        assert np.abs(ideal[int(v), int(u)] - [row, column]).max() <= 1


def distorted_views(count: int, **coefficients: float) -> list[Silhouette]:
    """Exact masks of `BOX` through a lens: each pixel's centre is undistorted and tested against the outline."""
    views = []
    for index, camera in enumerate(orbit_cameras(BOX, count)):
        lens = Lens(camera, np.array([coefficients.get(name, 0.0) for name in ("k1", "k2", *"0123456789")]))
        v, u = np.mgrid[:256, :256] + 0.5
        ideal = lens.undistort(np.stack([u, v], axis=-1))
        corners = lens.pinhole.project(BOX.corners)
        from scipy.spatial import ConvexHull

        faces = ConvexHull(corners).equations
        inside = (ideal @ faces[:, :2].T + faces[:, 2] <= 0).all(axis=-1)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        mask = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        origin = int(rows[0]), int(columns[0])
        ideal_mask, ideal_origin = lens.resample_mask(mask, origin)
        views.append(Silhouette(str(index), lens.pinhole, ideal_mask, ideal_origin, DistortedMask(lens, mask, origin)))
    return views


@pytest.mark.parametrize("coefficients", [{"k1": -0.3, "k2": 0.1}, {"k1": 0.15}])
def test_outline_of_a_distorted_mask_is_exact(coefficients) -> None:
    views = distorted_views(16, **coefficients)
    for view in views[:4]:
        corners = view.camera.project(BOX.corners)
        found = outline(view)
        # Positive outside: the outline holds the projected box to within a fraction of a pixel, and touches it.
        beyond = corners @ found.normals.T - found.offsets
        assert np.abs(beyond.max(axis=0)).max() < 1
    box = start_box(tuple(views), "free").box
    assert box.volume == pytest.approx(BOX.volume, rel=0.015) and box.protrusion(BOX.corners) < 1.015


def test_outline_without_distortion_is_that_of_a_plain_mask() -> None:
    (view,) = distorted_views(1)
    plain = outline(Silhouette("0", view.camera, view.mask, view.origin))
    found = outline(view)
    order = np.argsort(np.arctan2(*plain.normals.T)), np.argsort(np.arctan2(*found.normals.T))
    np.testing.assert_allclose(found.normals[order[1]], plain.normals[order[0]], atol=1e-12)
    np.testing.assert_allclose(found.offsets[order[1]], plain.offsets[order[0]], atol=1e-9)
