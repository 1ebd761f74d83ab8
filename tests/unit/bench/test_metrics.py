import numpy as np
from boxfit.geometry.box import FaceBounds

from bench.metrics import faces_held
from tests.scenes import BOX


def test_faces_held_names_the_one_face_that_the_bounds_miss():
    half = np.repeat(BOX.half_extents[:, None], 2, axis=1)
    bounds = FaceBounds(0.99 * half, 1.01 * half)
    assert faces_held(BOX, bounds, BOX.corners).all()
    raised = BOX.centre - 1.02 * BOX.half_extents[1] * BOX.rotation[:, 1]
    held = faces_held(BOX, bounds, np.concatenate([BOX.corners, raised[None]]))
    assert held.tolist() == [[True, True], [False, True], [True, True]]
    assert not faces_held(BOX, FaceBounds(1.001 * half, 1.01 * half), BOX.corners).any()
