"""Sides that the views leave open: which they are, their ranges, and the reasons."""

import numpy as np
import pytest
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.geometry.rotations import quaternion_from_matrix
from boxfit.geometry.silhouette import Silhouette
from boxfit.session.open_sides import OpenSide, open_sides
from scipy.spatial.transform import Rotation

UP = (0.0, 1.0, 0.0)


def seen_from(*places: tuple[float, float, float]) -> list[Silhouette]:
    """Views of a single pixel by cameras at some places; only the places matter."""
    views = []
    for place in places:
        matrix = np.eye(4)
        matrix[:3, 3] = np.negative(place)
        views.append(Silhouette("0", Camera(matrix, (9.0, 9.0), (4.0, 4.0), (8, 8)), np.ones((1, 1), dtype=bool)))
    return views


def found(widths, views, undetermined=(), one_sided=False, up=UP, rotation=None) -> tuple[OpenSide, ...]:
    """Open sides of a cube from -1 to 1 whose upper bounds lie beyond its faces by widths, shape (2, 3)."""
    axes = np.eye(3) if rotation is None else rotation
    bounds = FaceBounds(np.ones((3, 2)), 1 + np.transpose(widths))
    box = Box(np.zeros(3), np.ones(3), quaternion_from_matrix(axes))
    return open_sides(box, bounds, views, undetermined, one_sided, up)


MANY = seen_from(*[(5.0, 5.0, 5.0), (-5.0, 5.0, -5.0)] * 4)
BELOW = [[0.1, 0.9, 0.1], [0.1, 0.1, 0.1]]


@pytest.mark.parametrize(
    ("up", "reason"),
    [
        (UP, "nothing sees it from below"),
        ((0.0, -1.0, 0.0), "nothing sees it from above"),
        ((0.0, 0.0, 1.0), "nothing sees its -y side"),
        (None, "nothing sees its -y side"),
    ],
)
def test_open_side_that_no_camera_looks_at_is_named_by_the_up_axis_if_it_is_known(up, reason: str) -> None:
    (side,) = found(BELOW, MANY, undetermined=(1,), up=up)
    assert side == OpenSide(1, 2.0, 3.0, reason)
    assert side.text("cm") == f"2.0 to 3.0 cm along y: {reason}"


@pytest.mark.parametrize(("degrees", "below"), [(29, True), (31, False)])
def test_open_side_is_the_lower_one_if_it_is_level_to_thirty_degrees(degrees: float, below: bool) -> None:
    rotation = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    (side,) = found(BELOW, seen_from(*[(0.0, 9.0, 0.0)] * 8), undetermined=(1,), rotation=rotation)
    assert (side.reason == "nothing sees it from below") is below


def test_open_side_that_cameras_face_is_not_seen_edge_on() -> None:
    (side,) = found([[0.1, 0.1, 0.1], [0.9, 0.1, 0.1]], MANY, undetermined=(0,))
    assert side.reason == "no view shows its +x side edge-on"


def test_open_side_by_a_camera_level_with_its_face_is_not_seen() -> None:
    (side,) = found(BELOW, seen_from(*[(9.0, -0.99, 0.0)] * 8), undetermined=(1,))
    assert side.reason == "nothing sees it from below"
    (side,) = found(BELOW, seen_from(*[(9.0, -1.01, 0.0)] * 8), undetermined=(1,))
    assert side.reason == "no view shows its -y side edge-on"


@pytest.mark.parametrize(
    ("views", "one_sided", "axes"),
    [(MANY, False, []), (MANY[:6], False, [1]), (MANY[:7], False, []), (MANY, True, [1])],
)
def test_sides_are_open_earlier_if_views_are_few_or_on_one_side(views, one_sided: bool, axes: list[int]) -> None:
    widths = [[0.1, 0.2, 0.1], [0.1, 0.2, 0.1]]
    assert [side.axis for side in found(widths, views, one_sided=one_sided)] == axes
