import numpy as np
import pytest

from bench.shapes import SHAPES, make_shape


@pytest.mark.parametrize("name", SHAPES)
def test_make_shape_gives_a_closed_mesh_that_faces_outwards(name):
    trimesh = pytest.importorskip("trimesh")
    shape = make_shape(name)
    mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
    assert len(shape.faces) <= 10_000
    assert 1.0 <= np.ptp(shape.vertices, axis=0).max() <= 2.0
