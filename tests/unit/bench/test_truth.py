import numpy as np
import pytest
from boxfit.geometry.box import Box
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.truth import cached_least_box, least_box

TETRAHEDRON = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])


def test_least_box_of_a_tetrahedron_is_the_cube_around_it():
    turned = TETRAHEDRON @ Box([0, 0, 0], [1, 1, 1], [0.3, 0.8, -0.1, 0.5]).rotation + (7, -2, 30)
    box = least_box(turned)
    assert box.size == pytest.approx([2, 2, 2], abs=1e-6)
    assert box.centre == pytest.approx([7, -2, 30], abs=1e-6)


def test_least_box_of_a_tetrahedron_beats_the_one_flush_with_a_face():
    trimesh = pytest.importorskip("trimesh")
    flush = trimesh.Trimesh(TETRAHEDRON, [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]).bounding_box_oriented
    assert flush.volume > 1.5 * least_box(TETRAHEDRON).volume


@given(
    st.lists(st.floats(0.02, 3), min_size=3, max_size=3),
    st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.sampled_from([1e-3, 1.0, 1e4]),
)
@settings(max_examples=3, deadline=None)
def test_least_box_of_a_box_is_that_box(half_extents, quaternion, unit):
    box = Box(unit * np.array([3.0, -4, 5]), unit * np.array(half_extents), quaternion)
    least = least_box(box.corners)
    assert np.sort(least.size) == pytest.approx(np.sort(box.size), rel=1e-6)
    assert least.protrusion(box.corners) == pytest.approx(1, abs=1e-9)


def test_cached_least_box_is_read_back_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.cache.CACHE", tmp_path)
    first = cached_least_box(TETRAHEDRON)
    assert len(list(tmp_path.glob("truth-*.npz"))) == 1
    again = cached_least_box(TETRAHEDRON)
    assert (first.centre == again.centre).all() and (first.half_extents == again.half_extents).all()
    assert (first.quaternion == again.quaternion).all()
