"""Limits beyond which views are refused, warned of, or called undetermined."""

import numpy as np
import pytest
from boxfit.errors import FitError
from boxfit.geometry.box import Box, FaceBounds
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.coverage import one_sided_warning
from boxfit.start.half_spaces import ray_span
from boxfit.start.start_box import start_box, undetermined_axes

from tests.scenes import BOX, box_silhouettes, orbit_cameras


def test_ray_span_along_a_plane_goes_by_the_other_planes_alone():
    # It enters the first half-space at depth 1, leaves the second at depth 2, and stays inside the third.
    enter, leave = ray_span(np.array([[-1.0, 1.0, 0.0]]), np.array([-1.0, 2.0, 5.0]))
    assert (enter[0], leave[0]) == (1.0, 2.0)


@pytest.mark.parametrize(("degrees", "warns"), [(45.0, True), (55.0, False)])
def test_one_sided_warning_of_cameras_on_a_ring_ends_at_fifty_degrees(degrees, warns):
    around, angle = np.linspace(0, 2 * np.pi, 9)[:-1], np.radians(degrees)
    ring = [np.array([np.sin(angle) * np.cos(a), np.sin(angle) * np.sin(a), np.cos(angle)]) for a in around]
    assert (one_sided_warning(ring) is not None) is warns


def test_undetermined_axes_are_those_whose_faces_are_uncertain_by_a_third_of_the_side():
    box = Box(np.zeros(3), np.ones(3))
    uncertain = np.array([0.1, 0.2, 0.5])[:, None] * np.ones(2)  # Of each face: 10, 20 and 50 % of the side together.
    assert undetermined_axes(box, FaceBounds(1 - uncertain / 2, 1 + uncertain / 2)) == (2,)


def with_wrong_cameras(indices):
    """Twelve views of the box; some of the cameras stand aside of where they say, each on another side."""
    views = list(box_silhouettes(BOX, orbit_cameras(BOX, 12, (128, 128))))
    for count, index in enumerate(indices):
        view, wrong = views[index], views[index].camera.camera_from_world.copy()
        wrong[count % 2, 3] += 0.5 if count < 2 else -0.5
        camera = Camera(wrong, view.camera.focal, view.camera.principal, view.camera.resolution)
        views[index] = Silhouette(view.view, camera, view.mask, view.origin)
    return views


def test_start_box_with_two_wrong_cameras_of_twelve_leaves_their_views_out():
    start = start_box(with_wrong_cameras((2, 7)), align="axes")
    assert set(start.left_out) == {"2", "7"}


def test_start_box_with_four_wrong_cameras_of_twelve_is_refused():
    with pytest.raises(FitError, match="cameras and masks contradict each other"):
        start_box(with_wrong_cameras((1, 4, 7, 10)), align="axes")


def test_start_box_of_a_rod_thinner_than_a_pixel_is_thinner_than_half_a_pixel():
    rod = Box(np.zeros(3), np.array([1.0, 0.001, 0.001]))
    start = start_box(box_silhouettes(rod, orbit_cameras(rod, 24)), align="axes")
    assert 0 < start.box.size.min() < 0.5 * start.support.pixel
