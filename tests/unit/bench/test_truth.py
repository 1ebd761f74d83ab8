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


def test_cached_least_box_is_searched_once_and_moves_with_its_mesh(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.cache.CACHE", tmp_path)
    body = np.random.default_rng(0).normal(size=(20, 3))
    first = cached_least_box(body, body)
    pose = Box(np.array([1e4, -3.0, 5.0]), np.ones(3), np.array([0.3, 0.8, -0.1, 0.5]))
    placed = 100 * body @ pose.rotation.T + pose.centre
    moved = cached_least_box(body, placed)
    assert len(list(tmp_path.glob("truth-*.npz"))) == 1
    assert moved.volume == pytest.approx(1e6 * first.volume) == pytest.approx(least_box(placed).volume)
    assert moved.half_extents == pytest.approx(100 * first.half_extents)
    assert np.ptp(moved.to_local(placed), axis=0) == pytest.approx(moved.size)
    assert moved.protrusion(placed) == pytest.approx(1)
