"""Boxes that are enlarged until they meet every contact segment."""

import numpy as np
import pytest
from boxfit.geometry.polygons import convex_polygon
from boxfit.start.covering import MANY, SLACK, covering
from boxfit.start.half_spaces import ray_span
from boxfit.start.start_box import start_box
from boxfit.start.support import Support
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bench.cameras import look_at
from bench.metrics import faces_held
from tests.scenes import BOX, box_silhouettes, shape_silhouettes

PIXEL = 0.01
NORMALS = np.concatenate([-np.eye(3), np.eye(3)])


def support_of(near: np.ndarray, far: np.ndarray) -> Support:
    """Return the support of segments, shape (w, k, 3), of k views."""
    none = np.zeros((0, 3))
    near, far, views = near.reshape(-1, 3), far.reshape(-1, 3), near.shape[1]
    return Support(near, near, far, np.zeros(len(near)), views, none, none, none, 1.0, PIXEL, 0.0, PIXEL)


def passes_beside(near: np.ndarray, far: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """Return True if no point of a segment is inside a box along the axes."""
    limits = np.concatenate([-low, high])
    enter, leave = ray_span((far - near)[None] @ NORMALS.T, limits - NORMALS @ near)
    return bool(enter[0] > min(leave[0], 1.0))


@given(st.integers(0, 2**32 - 1), st.integers(1, MANY - 1))
def test_covering_box_meets_every_segment_and_holds_the_given_box(seed, views):
    generator = np.random.default_rng(seed)
    near, far = generator.uniform(-1, 1, (2, 4, views, 3))
    axes = Rotation.from_quat(generator.normal(size=4)).as_matrix()
    low, high = -generator.uniform(0.01, 0.8, 3), generator.uniform(0.01, 0.8, 3)
    lower, upper = covering(support_of(near, far), axes, low, high)
    assert (lower <= low).all() and (upper >= high).all()
    slack = SLACK * PIXEL + 1e-6
    for ends in zip((near @ axes).reshape(-1, 3), (far @ axes).reshape(-1, 3), strict=True):
        assert not passes_beside(*ends, lower - slack, upper + slack)


def test_covering_grows_no_more_than_it_takes():
    low, high = np.full(3, -0.5), np.full(3, 0.5)
    # It passes the box's edge along z at a distance of 0.1 along x and y.
    near, far = np.array([[[0.4, 0.8, 0.0]]]), np.array([[[0.8, 0.4, 0.0]]])
    lower, upper = covering(support_of(near, far), np.eye(3), low, high)
    assert np.array_equal(lower, low)
    assert (upper - high).sum() == pytest.approx(0.2 - 2 * PIXEL, abs=1e-6)


def test_box_that_meets_all_segments_stays_the_same_to_the_last_bit():
    low, high = np.full(3, -0.5), np.full(3, 0.5)
    near, far = np.array([[[0.4, 0.4, 0.0]]]), np.array([[[0.9, 0.9, 0.0]]])
    lower, upper = covering(support_of(near, far), np.eye(3), low, high)
    assert lower is low and upper is high


def test_box_of_many_views_is_not_enlarged():
    low, high = np.full(3, -0.5), np.full(3, 0.5)
    ends = np.full((1, MANY, 3), 2.0)
    assert covering(support_of(ends, ends), np.eye(3), low, high) == (low, high)


@pytest.mark.parametrize("shape", ["teapot", "animal", "lamp", "chair"])
def test_start_box_of_three_views_cuts_no_mask(shape):
    views = shape_silhouettes(shape, 3)
    start = start_box(views)
    for silhouette in views:
        edges = convex_polygon(silhouette.camera.project(start.box.corners))
        along = np.roll(edges, -1, axis=0) - edges
        normals = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.linalg.norm(along, axis=1)[:, None]
        corners = start.outlines[silhouette.view].corners
        assert ((corners[:, None] - edges) * normals).sum(axis=2).max() < 2.5, silhouette.view


@pytest.mark.parametrize("half_baseline", [0.2276, 0.24, 0.26])
def test_start_box_of_two_cameras_so_close_that_the_hull_is_unbounded_has_bounds_that_hold(half_baseline):
    places = [np.add(BOX.centre, (x, 0.5, 3.5)) for x in (-half_baseline, half_baseline)]
    views = box_silhouettes(cameras=[look_at(place, BOX.centre, (0, 1, 0), (256, 256)) for place in places])
    start = start_box(views)
    assert np.isfinite(start.support.far).all() and np.abs(start.support.far).max() < 1e3
    assert start.undetermined and faces_held(start.box, start.bounds, BOX.corners).all()
