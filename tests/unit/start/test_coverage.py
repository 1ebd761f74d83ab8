"""Narrowest cone around the cameras."""

import numpy as np
import pytest
from boxfit.start.coverage import camera_cone, one_sided_warning


@pytest.mark.parametrize("half_angle", [5.0, 30.0, 60.0, 85.0])
def test_camera_cone_of_a_ring_is_its_half_angle(half_angle):
    around, angle = np.linspace(0, 2 * np.pi, 9)[:-1], np.radians(half_angle)
    ring = np.stack([np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.full(8, np.cos(angle))], axis=1)
    distances = np.linspace(1, 30, 8)[:, None]
    assert np.degrees(camera_cone(ring * distances)) == pytest.approx(half_angle, abs=0.01)
    assert (one_sided_warning(list(ring)) is None) == (half_angle > 50)


@pytest.mark.parametrize(
    ("up", "told"),
    [
        (None, "on one side of the object, within 40 degrees of one direction: its depth"),
        ((1.0, 0.0, 0.0), "on one side of the object, within 40 degrees of one direction: its depth"),
        ((0.0, 0.0, 2.0), "above the object, within 40 degrees of one direction: its height"),
        ((0.2, 0.0, -1.0), "below the object, within 40 degrees of one direction: its height"),
    ],
)
def test_one_sided_warning_tells_cameras_above_and_below_the_object(up, told):
    around, angle = np.linspace(0, 2 * np.pi, 9)[:-1], np.radians(40)
    ring = [np.array([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)]) for turn in around]
    warning = one_sided_warning(ring, None if up is None else np.array(up))
    assert warning is not None and warning.startswith(f"all cameras are {told} is uncertain; ")
    assert ("(floor)" in warning) == told.startswith("above")


def test_camera_cone_of_cameras_all_around_is_a_right_angle():
    assert np.degrees(camera_cone(np.concatenate([np.eye(3), -np.eye(3)]))) == pytest.approx(90, abs=0.1)
