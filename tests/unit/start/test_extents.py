"""Properties of bounds, extents and alignments of start boxes."""

from itertools import pairwise

import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.rotations import matrix_from_quaternion, quaternion_from_matrix
from boxfit.geometry.silhouette import Silhouette
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, start_box
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bench.cameras import look_at
from bench.methods import start_of
from bench.scenes import make_scene
from tests.scenes import BOX, box_silhouettes, orbit_cameras

EXTENTS = ("proven", "likely", "certain")
SCENES = [
    *[(shape, condition) for shape in ("chair", "blob") for condition in ("clean", "one_side", "views4", "views3")],
    *[("bottle", condition) for condition in ("occluded", "occluded3")],
]
SHRINK, GROW = 0.5, 0.1
"""Largest distances in [px] by which more views move a lower bound inwards and an upper one outwards.

Each view rounds the object to its own pixels, so a new view may cut a contact segment of another one beside its end,
which moves the lower bound; the hull loses volume only, but its pixel, the views' mean, changes a little. Measured: 0.4
and 0.05.
"""


@pytest.fixture(scope="module")
def views():
    return box_silhouettes()


@pytest.fixture(scope="module", params=SCENES, ids="-".join)
def scene(request: pytest.FixtureRequest):
    """A scene of the bench, upright, and its start box."""
    scene = make_scene(request.param[0], 0, request.param[1])
    return scene, start_box(scene.silhouettes, "auto")


def faces(start: StartBox, extent) -> np.ndarray:
    """Places of the faces of the box of an extent along the start box's axes, lower and upper, shape (2, 3)."""
    box = start.box_of(start.box, extent)
    centre = box.centre @ start.box.rotation
    return np.stack([centre - box.half_extents, centre + box.half_extents])


def moved(silhouettes, world_from_frame: np.ndarray) -> list[Silhouette]:
    """Move the world of silhouettes by a similarity; the images stay the same."""
    inverse = np.linalg.inv(world_from_frame)
    return [Silhouette(s.view, s.camera.moved(inverse), s.mask, s.origin) for s in silhouettes]


def test_proven_box_is_inside_the_likely_one_and_that_inside_the_certain_one(scene) -> None:
    _, start = scene
    slack = 1e-9 * start.support.radius
    for inside, outside in pairwise(EXTENTS):
        (low, high), (below, above) = faces(start, inside), faces(start, outside)
        assert (low >= below - slack).all() and (high <= above + slack).all(), (inside, outside)


def test_certain_box_holds_the_whole_mesh_and_the_proven_one_nothing_beyond_it(scene) -> None:
    scene, start = scene
    assert start.box_of(start.box, "certain").protrusion(scene.vertices) < 1
    along = scene.vertices @ start.box.rotation
    low, high = faces(start, "proven")
    room = (0.5 if scene.condition.startswith("occluded") else 0.0) * start.support.pixel
    assert (low >= along.min(axis=0) - room).all() and (high <= along.max(axis=0) + room).all()


@pytest.mark.parametrize("height", [120, 180, 240, 480])
def test_proven_box_seen_from_an_arc_reaches_nowhere_beyond_the_object(height: int) -> None:
    """The rays graze the planes of the neighbouring views, whose errors move the contacts far."""
    box = Box(np.zeros(3), np.array([0.3, 0.175, 0.2]), np.array([np.cos(0.262), 0, np.sin(0.262), 0]))
    angles = np.radians(np.linspace(60, 120, 20))
    aim = np.array([0.0, -0.025, 0.1])
    for distance in (2.4, 2.7, 3.0, 3.3):
        places = (np.array([distance * np.sin(angle), 1.025, distance * np.cos(angle)]) for angle in angles)
        cameras = [look_at(place, aim, (0.0, 1.0, 0.0), (height, height * 4 // 3)) for place in places]
        start = start_box(box_silhouettes(box, cameras), "axes")
        for axes in (box.rotation, start.box.rotation):
            along = box.corners @ axes
            beyond = start.support.at_least(axes) - np.stack([-along.min(axis=0), along.max(axis=0)])
            assert beyond.max() < 0.5 * start.support.pixel


@given(st.floats(-3, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_three_boxes_under_a_similarity_are_the_moved_ones(views, log_scale: float, seed: int) -> None:
    generator, matrix = np.random.default_rng(seed), np.eye(4)
    matrix[:3, :3] = 10**log_scale * matrix_from_quaternion(generator.normal(size=4))
    matrix[:3, 3] = generator.normal(size=3) * 10 ** (log_scale + 3)
    first, second = start_box(views), start_box(moved(views, matrix))
    # The start box of the moved views, along the axes of the first one: the search may end at other axes.
    axes = matrix[:3, :3] @ first.box.rotation / 10**log_scale
    half = 10**log_scale * first.box.half_extents
    placed = Box(matrix[:3, :3] @ first.box.centre + matrix[:3, 3], half, quaternion_from_matrix(axes))
    for extent in EXTENTS:
        box, other = first.box_of(first.box, extent), second.box_of(placed, extent)
        atol = 1e-3 * float(half.max())
        np.testing.assert_allclose(other.half_extents, 10**log_scale * box.half_extents, atol=atol)
        np.testing.assert_allclose(other.centre, matrix[:3, :3] @ box.centre + matrix[:3, 3], atol=atol)


@given(st.permutations(range(12)))
@settings(max_examples=4, deadline=None)
def test_three_boxes_in_another_order_of_the_views_are_the_same(views, order: list[int]) -> None:
    first, second = start_box(views), start_box([views[index] for index in order])
    for extent in EXTENTS:
        box, other = first.box_of(first.box, extent), second.box_of(first.box, extent)
        np.testing.assert_allclose(other.corners, box.corners, atol=1e-3 * float(box.half_extents.max()))


@pytest.mark.parametrize("shape", ["chair", "bottle", "blob"])
def test_bounds_from_more_views_of_clean_masks_are_not_wider(shape: str) -> None:
    scene = make_scene(shape, 1)
    order = np.random.default_rng(0).permutation(len(scene.silhouettes))
    directions = [np.eye(3), *Rotation.random(6, random_state=0).as_matrix()]
    before = None
    for count in (4, 8, 16, 24):
        support = start_box([scene.silhouettes[index] for index in order[:count]], "axes").support
        bounds = np.array([[support.at_least(axes), support.at_most(axes)] for axes in directions])
        if before is not None:
            assert (before[:, 0] - bounds[:, 0]).max() < SHRINK * support.pixel
            assert (bounds[:, 1] - before[:, 1]).max() < GROW * support.pixel
        before = bounds


def turned(axis: str, degrees: float) -> Box:
    """A box turned about an axis of the world."""
    rotation = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    return Box(BOX.centre, BOX.half_extents, quaternion_from_matrix(rotation))


@pytest.mark.parametrize(
    ("box", "align"),
    [(turned("y", 0.0), "axes"), (turned("y", 12.0), "up"), (turned("z", 12.0), "free"), (BOX, "free")],
    ids=["along the axes", "turned about up", "turned about z", "tilted"],
)
def test_start_box_with_auto_is_along_the_axes_or_upright_where_the_object_is(box: Box, align: str) -> None:
    silhouettes = box_silhouettes(box, orbit_cameras(box))
    start = start_box(silhouettes, "auto")
    assert start.align == align and set(start.volumes) == {"axes", "up", "free"}
    assert start.volumes[align] == start.box.volume == pytest.approx(box.volume, rel=0.05)
    if align != "free":
        assert np.abs(start.box.rotation[1]).max() == pytest.approx(1)
    if align == "axes":
        np.testing.assert_array_equal(start.box.rotation, np.eye(3))


def test_start_box_with_auto_and_no_known_up_axis_is_free(views) -> None:
    start = start_box(views, "auto", up=None)
    assert start.align == "free" and set(start.volumes) == {"free"}


def test_start_box_of_one_alignment_has_the_volume_of_no_other(views) -> None:
    assert set(start_box(views, "up").volumes) == {"up"}


def test_support_along_many_axes_at_once_is_that_along_each():
    for condition in ("clean", "views6", "depth"):
        scene = make_scene("bottle", 1, condition)
        _, start = start_of(scene, FitSettings(align="axes"))
        axes = matrix_from_quaternion(np.random.default_rng(3).normal(size=(6, 4)))
        for name in ("at_least", "at_most", "likely", "mean_volume"):
            along = getattr(start.support, name)
            np.testing.assert_allclose(along(axes), [along(each) for each in axes], rtol=1e-12, atol=1e-12)


def test_thinned_support_is_the_same_along_the_axes_it_was_thinned_by():
    scene = make_scene("bottle", 1, "depth")
    _, start = start_of(scene, FitSettings(align="axes"))
    axes = matrix_from_quaternion(np.random.default_rng(3).normal(size=(40, 4)))
    thinned = start.support.thinned(axes)
    assert 10 < len(thinned.surface) < 0.5 * len(start.support.surface)
    np.testing.assert_allclose(thinned.likely(axes), start.support.likely(axes), atol=1e-12)
