import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.polytopes import parallelepiped_iou
from boxfit.geometry.rotations import quaternion_from_matrix
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.scenes import BOX

QUATERNIONS = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1)
LENGTHS = st.lists(st.floats(0.05, 4.0), min_size=3, max_size=3)
PLACES = st.lists(st.floats(-1, 1), min_size=3, max_size=3)
BOXES = st.builds(Box, PLACES, LENGTHS, QUATERNIONS)


def box_iou(a: Box, b: Box) -> float:
    return parallelepiped_iou(a.world_from_unit, b.world_from_unit)


def sampled_iou(a: Box, b: Box) -> float:
    """Estimate the IoU from sampled points in `a`."""
    rng = np.random.default_rng(0)
    points = a.centre + rng.uniform(-1, 1, (40_000, 3)) * a.half_extents @ a.rotation.T
    overlap = (np.abs(b.to_local(points)) <= b.half_extents).all(axis=1).mean() * a.volume
    return overlap / (a.volume + b.volume - overlap)


def test_iou_of_aligned_boxes_is_the_product_of_overlaps():
    a = Box([0, 0, 0], [1, 1, 1])
    b = Box([1, 0.5, 0], [1, 1, 2])
    overlap = 1.0 * 1.5 * 2.0
    assert box_iou(a, b) == pytest.approx(overlap / (8 + 16 - overlap), rel=1e-12)


def test_iou_of_a_cube_and_its_eighth_turn_is_that_of_the_octagon():
    a = Box([0, 0, 0], [1, 1, 1])
    b = Box([0, 0, 0], [1, 1, 1], [np.cos(np.pi / 8), 0, 0, np.sin(np.pi / 8)])
    octagon = 8 * (np.sqrt(2) - 1)
    assert box_iou(a, b) == pytest.approx(2 * octagon / (16 - 2 * octagon), rel=1e-12)


@pytest.mark.parametrize("gap", [0.0, 0.1, 50.0])
def test_iou_of_boxes_side_by_side_is_zero(gap):
    assert box_iou(Box([0, 0, 0], [1, 1, 1]), Box([2 + gap, 0, 0], [1, 1, 1])) == pytest.approx(0, abs=1e-8)


@given(BOXES, BOXES)
@settings(max_examples=40, deadline=None)
def test_iou_of_any_boxes_is_what_sampling_gives(a, b):
    assert box_iou(a, b) == pytest.approx(sampled_iou(a, b), abs=0.02)


# Corners of one touch edges of the other.
@example(Box([0, 0, 0], [1, 1, 1], [0, 0, 0, 1]), Box([0, 0, 0], [1, 1, 1], [1, 0.25, 1, 0]))
@given(BOXES, BOXES)
@settings(max_examples=20, deadline=None)
def test_iou_of_sheared_boxes_is_that_before_the_shear(a, b):
    shear = np.array([[1.0, 0.6, 0.0, 0.1], [0.0, 0.8, -0.3, 0.0], [0.2, 0.0, -1.0, 0.5], [0.0, 0.0, 0.0, 1.0]])
    sheared = parallelepiped_iou(shear @ a.world_from_unit, shear @ b.world_from_unit)
    assert sheared == pytest.approx(box_iou(a, b), abs=1e-7)


@given(BOXES, BOXES, st.floats(1e-3, 1e3), PLACES)
@settings(max_examples=40, deadline=None)
def test_iou_does_not_depend_on_order_units_or_place(a, b, scale, place):
    def moved(box):
        return Box(scale * box.centre + 1e3 * np.array(place), scale * box.half_extents, box.quaternion)

    iou = box_iou(a, b)
    assert box_iou(b, a) == pytest.approx(iou, abs=1e-8)
    assert box_iou(moved(a), moved(b)) == pytest.approx(iou, abs=1e-4 if scale < 0.1 else 1e-6)


@given(BOXES)
@settings(max_examples=20, deadline=None)
def test_comparison_of_a_box_with_itself_renamed_finds_no_difference(box):
    renamed = Box(box.centre, box.half_extents[[1, 2, 0]], quaternion_from_matrix(box.rotation[:, [1, 2, 0]]))
    assert box_iou(box, renamed) == pytest.approx(1, abs=1e-9)


def test_protrusion_of_corners_is_one_and_grows_with_the_distance():
    assert BOX.protrusion(BOX.corners) == pytest.approx(1)
    point = BOX.centre + 1.25 * BOX.half_extents[2] * BOX.rotation[:, 2]
    assert BOX.protrusion(np.array([BOX.centre, point])) == pytest.approx(1.25)
    assert BOX.protrusion(BOX.centre[None]) == pytest.approx(0)
