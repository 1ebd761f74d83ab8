import numpy as np
import pytest
from boxfit.geometry.box import Box

from bench.methods import METHODS
from bench.metrics import measure
from bench.scenes import TILTS, Scene, make_scene
from bench.shapes import make_shape
from tests.scenes import BOX, box_silhouettes, orbit_cameras

BLOCK = Box([0.3, -0.2, 0.5], [0.8, 0.6, 0.4], [0.9, 0.1, 0.3, -0.2])


def test_hull_of_a_block_is_a_rotated_box_that_holds_it_and_little_more():
    pytest.importorskip("trimesh")
    silhouettes = box_silhouettes(BLOCK, orbit_cameras(BLOCK, count=24, resolution=(256, 256)))
    outcome = METHODS["hull"](Scene("cube", "boxy", 0, "clean", tuple(silhouettes), BLOCK.corners, np.zeros((0, 3))))
    axes = outcome.world_from_unit[:3, :3] / np.linalg.norm(outcome.world_from_unit[:3, :3], axis=0)
    assert axes.T @ axes == pytest.approx(np.eye(3), abs=1e-9)
    local = np.linalg.solve(outcome.world_from_unit, np.column_stack([BLOCK.corners, np.ones(8)]).T)[:3]
    assert 2 * np.abs(local).max() == pytest.approx(1, abs=0.01)
    assert 1 < np.linalg.det(outcome.world_from_unit[:3, :3]) / BLOCK.volume < 1.2


@pytest.mark.parametrize("condition", ["clean", "centimetres"])
def test_geometry_is_the_box_along_the_axes_that_the_mesh_was_modelled_in(condition):
    scene, shape = make_scene("wedge", 1, condition), make_shape("wedge").vertices
    row = measure(scene, "geometry", BOX, METHODS["geometry"](scene), 0.0)
    assert row.protrusion == pytest.approx(1, abs=1e-6)
    unit = 100.0 if condition == "centimetres" else 1.0
    assert row.volume * BOX.volume == pytest.approx(unit**3 * np.ptp(shape, axis=0).prod(), rel=1e-4)
    axes = METHODS["geometry"](scene).world_from_unit[:3, :3] / (unit * np.ptp(shape, axis=0))
    assert np.abs(axes - Box(np.zeros(3), np.ones(3), TILTS[1]).rotation).max() < 1e-9
