"""Tests of the check of depth against masks: what agrees is kept, and what does not is named with its cause."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints, surface_samples
from boxfit.start.half_spaces import half_spaces
from boxfit.start.hull import visual_hull
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import outline
from boxfit.start.start_box import start_box
from boxfit.start.surface import check_depth, cutting_half_spaces

from bench.cameras import direction, look_at
from tests.scenes import BOX, BOX_FACES, box_silhouettes, orbit_cameras

VIEWS = box_silhouettes(BOX, orbit_cameras(BOX, 12))
OUTLINES = [outline(silhouette) for silhouette in VIEWS]
FRAME = object_frame(OUTLINES)
SPACES = visual_hull(half_spaces([edges.moved(FRAME) for edges in OUTLINES])).spaces


def depth_of(camera: Camera, box: Box = BOX) -> np.ndarray:
    return rasterize(camera.to_camera(box.corners), BOX_FACES, camera)[1].astype(np.float32)


def surface_of(views: tuple[Silhouette, ...], box: Box = BOX) -> SurfacePoints:
    return SurfacePoints(views, tuple(surface_samples(view, depth_of(view.camera, box)) for view in views))


EXACT = surface_of(VIEWS)


def scaled(factors: np.ndarray | float) -> SurfacePoints:
    """The depth of each view, multiplied by a factor."""
    factors = np.broadcast_to(factors, len(VIEWS))
    samples = (samples * (1, 1, factor) for samples, factor in zip(EXACT.samples, factors, strict=True))
    return replace(EXACT, samples=tuple(samples))


def check(surface: SurfacePoints) -> tuple[SurfacePoints | None, tuple[str, ...]]:
    kept, warnings = check_depth(surface.moved(FRAME), SPACES)
    return kept and kept.seen_by(VIEWS), warnings


def test_check_exact_depth_keeps_all_points_without_a_word() -> None:
    kept, warnings = check(EXACT)
    assert kept is not None and not warnings
    np.testing.assert_array_equal(kept.points, EXACT.points)


@pytest.mark.parametrize(
    ("factor", "cause"),
    [
        (0.01, "it fits with a factor of 100: is it in metres, and the cameras in centimetres, or is the scene's"),
        (1000.0, "it fits with a factor of 0.001: is it in millimetres, and the cameras in metres, or"),
        (1 / 2.54, "it fits with a factor of 2.5"),
    ],
)
def test_check_depth_in_another_unit_names_the_factor(factor: float, cause: str) -> None:
    kept, (warning,) = check(scaled(factor))
    assert kept is None
    assert warning.startswith("the depth of all 12 views was not used: it puts the object outside its masks; it fits")
    assert cause in warning


@pytest.mark.parametrize(
    ("power", "cause"),
    [(1, "along the ray of each pixel instead of along the view"), (-1, "along the view instead of along the ray")],
)
def test_check_depth_of_the_other_kind_names_the_kind(power: int, cause: str) -> None:
    samples = (
        samples * np.column_stack([np.ones((len(samples), 2)), view.camera.ray_lengths(*samples[:, :2].T) ** power])
        for view, samples in zip(VIEWS, EXACT.samples, strict=True)
    )
    kept, (warning,) = check(replace(EXACT, samples=tuple(samples)))
    assert kept is None and cause in warning


def test_check_depth_of_two_wrong_views_uses_the_others() -> None:
    factors = np.ones(12)
    factors[[3, 7]] = 1.2
    kept, (warning,) = check(scaled(factors))
    assert kept is not None and set(kept.views) == set(range(12)) - {3, 7}
    assert warning == "the depth of 2 of 12 views (3, 7) was not used: it puts the object outside its masks"


def test_check_depth_of_other_views_has_no_explanation() -> None:
    kept, (warning,) = check(replace(EXACT, samples=tuple(np.roll(np.array(EXACT.samples, dtype=object), 5))))
    assert kept is None and "check that it belongs to these views" in warning


def test_check_depth_drops_single_points_outside_the_hull() -> None:
    samples = [samples.copy() for samples in EXACT.samples]
    samples[4][0, 2] *= 3
    kept, warnings = check(replace(EXACT, samples=tuple(samples)))
    assert kept is not None and not warnings and len(kept.points) == len(EXACT.points) - 1


def test_check_depth_of_what_the_border_cuts_off_in_other_views_is_no_contradiction() -> None:
    """A bar is seen far along its length in some views, where edges of others, extended so far, are off by pixels."""
    bar = Box(BOX.centre, np.array([20.0, 0.2, 0.3]))
    middle = Box(BOX.centre, np.array([0.8, 0.2, 0.3]))
    views = box_silhouettes(bar, orbit_cameras(middle, 12))
    start = start_box(views, "axes", surface=surface_of(views, bar))
    assert start.uses_depth and not any("depth" in text for text in start.warnings)
    # The depth of what is in sight is still checked.
    wrong = surface_of(views, bar)
    wrong = replace(wrong, samples=tuple(samples * (1, 1, 1.3) for samples in wrong.samples))
    start = start_box(views, "axes", surface=wrong)
    assert not start.uses_depth and any("the depth of all 12 views was not used" in text for text in start.warnings)


def test_check_depth_that_could_not_be_read_is_named() -> None:
    none = np.zeros((0, 3))
    faults = ("view 0: 0_depth.npy is not a npy file", "view 1: 1_depth.npy is not a npy file")
    kept, (warning,) = check(replace(EXACT, samples=(none, none, *EXACT.samples[2:]), faults=faults))
    assert kept is not None
    assert warning == "the depth of 2 of 12 views was not used: view 0: 0_depth.npy is not a npy file and 1 more"
    assert check(replace(EXACT, samples=(none,) * 12, faults=faults))[0] is None


@pytest.mark.parametrize("factor", [0.9, 1.02, 1.2])
@pytest.mark.parametrize("views", [1, 2, 12])
def test_wrong_depth_shows_no_half_space_to_be_wrong(factor: float, views: int) -> None:
    wrong = scaled(np.where(np.arange(12) < views, factor, 1.0)).moved(FRAME)
    assert not cutting_half_spaces(wrong, SPACES).any()


def test_exact_depth_shows_the_half_space_that_an_occluder_put_into_the_object() -> None:
    assert not cutting_half_spaces(EXACT.moved(FRAME), SPACES).any()
    for index in range(0, len(SPACES.limits), 7):
        limits = SPACES.limits.copy()
        limits[index] -= 8 * SPACES.pixels[index]
        cutting = cutting_half_spaces(EXACT.moved(FRAME), replace(SPACES, limits=limits))
        np.testing.assert_array_equal(np.flatnonzero(cutting), [index])


def test_start_box_with_depth_is_whole_though_an_occluder_cuts_a_mask_of_few() -> None:
    """Masks of four views seldom contradict each other, so only the depth tells."""
    views = list(box_silhouettes(BOX, orbit_cameras(BOX, 4)))
    mask = views[0].mask.copy()
    mask[:, :4] = False
    views[0] = replace(views[0], mask=mask)
    cut = start_box(views, surface=surface_of(tuple(views)))
    assert cut.uses_depth and set(cut.dropped) == {"0"}
    assert not any("the depth of" in warning for warning in cut.warnings)
    assert cut.box.volume == pytest.approx(BOX.volume, rel=0.01)


def test_depth_that_nearly_fits_is_no_matter_of_its_unit() -> None:
    kept, (warning,) = check(scaled(1.02))
    assert kept is None and "factor" not in warning and "nothing hides a part of the object" in warning


@pytest.mark.parametrize(
    ("half_extents", "turn", "lowest"),
    [((0.46, 0.29, 0.38), 0.78, 8), ((0.37, 0.33, 0.23), 0.35, 20), ((0.33, 0.48, 0.28), 0.06, 20)],
)
def test_box_that_stands_on_a_floor_is_as_high_as_its_sides(
    half_extents: tuple[float, ...], turn: float, lowest: float
) -> None:
    """No camera sees it from below, but the depth shows the sides down to the floor."""
    box = Box(np.zeros(3), np.array(half_extents), np.array([1.0, 0.0, turn, 0.0]))
    azimuth, elevation = 2.4 * np.arange(24), np.radians(np.linspace(lowest, 70.0, 24))
    cameras = [look_at(3 * d, np.zeros(3), (0.0, 1.0, 0.0), (180, 240)) for d in direction(azimuth, elevation)]
    views = box_silhouettes(box, cameras)
    start = start_box(views, "up", surface=surface_of(views, box))
    assert np.ptp(start.box.corners[:, 1]) == pytest.approx(2 * half_extents[1], abs=0.1 * start.support.pixel)
