import types

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import matrix_from_quaternion

from tests.scenes import box_silhouettes, orbit_cameras


@pytest.fixture(scope="module")
def reference(torch_module):
    """The module under test, which needs torch."""
    from bench import notebook_reference

    return notebook_reference


def test_transform_rotates_then_scales_along_the_world_axes(reference, torch_module):
    transform = reference._Transform()
    centre, scales, xyzw = [0.1, -0.4, 2.0], [0.5, 2.0, 1.5], [0.3, -0.2, 0.6, 1.4]
    with torch_module.no_grad():
        for parameter, value in zip(transform.parameters, (centre, scales, xyzw), strict=True):
            parameter.copy_(torch_module.tensor(value))
    points = np.random.default_rng(0).uniform(-1, 1, (5, 3))
    rotation = matrix_from_quaternion(np.roll(xyzw, 1))
    expected = 0.75 * points @ rotation.T * scales + centre
    assert transform.apply(torch_module.tensor(points)).detach().numpy() == pytest.approx(expected, abs=1e-6)
    matrix = transform.matrix()
    assert matrix[:3, :3] @ points[0] / 2 + matrix[:3, 3] == pytest.approx(expected[0], abs=1e-6)


def test_fit_of_a_box_near_the_start_finds_its_size_within_the_loops_reach(reference):
    truth = Box([0.1, 0.05, -0.1], [0.9, 0.7, 0.8])
    silhouettes = box_silhouettes(truth, orbit_cameras(truth, count=8, resolution=(96, 96)))
    matrix = reference.fit_notebook_literally(silhouettes)
    again = reference.fit_notebook_literally(silhouettes)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(truth.volume, rel=0.15)
    assert matrix[:3, 3] == pytest.approx(truth.centre, abs=0.05)
    assert (matrix == again).all()


def test_fit_equals_the_loop_over_soft_masks_by_their_definition(reference, monkeypatch):
    from tests.dense_dibr import TUTORIAL_TRIANGLES, dense_areas

    class Dense:
        """Renderer that computes every pixel of the tutorial's cube."""

        def __init__(self, silhouettes):
            self.silhouettes = silhouettes

        def areas(self, corners, views):
            chosen = [self.silhouettes[view] for view in views]
            gradients = [
                dense_areas(points, TUTORIAL_TRIANGLES, silhouette.camera, silhouette.full_mask())[1]
                for points, silhouette in zip(corners, chosen, strict=True)
            ]
            box, overlap = np.stack(gradients, axis=1)
            return types.SimpleNamespace(box_gradient=box, overlap_gradient=overlap)

    truth = Box([0.1, 0.05, -0.1], [0.9, 0.7, 0.8], [0.9, 0.1, 0.2, 0.1])
    silhouettes = box_silhouettes(truth, orbit_cameras(truth, count=4, resolution=(48, 48)))
    monkeypatch.setattr(reference, "EPOCHS", 6)
    fitted = reference.fit_notebook_literally(silhouettes)
    monkeypatch.setattr(reference, "RendererDibr", Dense)
    assert fitted == pytest.approx(reference.fit_notebook_literally(silhouettes), abs=1e-5)


def test_shrink_keeps_the_share_of_the_image_and_the_camera(reference):
    silhouette = box_silhouettes()[3]
    small = reference.shrink(silhouette, 2)
    assert small.mask.shape == (128, 128)
    assert small.area * 4 == pytest.approx(silhouette.area, rel=0.03)
    points = np.random.default_rng(0).normal(size=(6, 3))
    assert 2 * small.camera.project(points) == pytest.approx(silhouette.camera.project(points))
