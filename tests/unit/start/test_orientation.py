"""Search for the orientation of the least box."""

import numpy as np
import pytest
from boxfit.settings import Alignment
from boxfit.start.orientation import choose_alignment, search_orientations
from boxfit.start.support import Support


def test_box_of_a_thin_plate_is_within_6_percent_of_the_least_for_ten_seeds():
    outline = np.array([(1, 0.45), (0.75, 0.72), (-0.75, 0.72), (-1, 0.45)])
    outline = np.concatenate([outline, -outline])
    plate = np.concatenate([np.insert(outline, 2, height, axis=1) for height in (-0.01, 0.01)])
    none = np.zeros((0, 3))
    support = Support(plate, plate, plate, np.zeros(len(plate)), 24, none, none, none, 1.0, 0.005, 0.0, 0.004)
    found = np.array([search_orientations(support, "free", None, seed)["free"][-1] for seed in range(10)])
    # Without turns in its plane, the search ends at up to 1.22.
    assert support.mean_volume(found).max() < 1.06 * 2 * 1.44 * 0.02


@pytest.mark.parametrize(
    ("volumes", "views", "chosen"),
    [
        ({"axes": 1.02, "up": 1.01, "free": 1.0}, 24, "axes"),
        ({"axes": 1.04, "up": 1.09, "free": 1.0}, 24, "up"),
        ({"axes": 1.3, "up": 1.15, "free": 1.0}, 7, "free"),
        ({"axes": 1.3, "up": 1.15, "free": 1.0}, 6, "up"),
        ({"axes": 1.3, "up": 1.25, "free": 1.0}, 3, "free"),
        ({"free": 1.0}, 3, "free"),
    ],
)
def test_alignment_is_the_plainest_of_little_more_volume(
    volumes: dict[Alignment, float], views: int, chosen: Alignment
) -> None:
    assert choose_alignment(volumes, views) == chosen
