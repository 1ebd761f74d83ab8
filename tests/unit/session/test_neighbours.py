"""Objects that others hide in part: their boxes are right with depth, and with the labels of the others alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.calibration.calibrate import AGREE
from boxfit.errors import FitError
from boxfit.geometry.box import Box
from boxfit.geometry.occluders import beside
from boxfit.geometry.raster import rasterize
from boxfit.session.neighbours import Neighbours
from boxfit.session.results import ObjectResult
from boxfit.session.session import Session
from boxfit.session.starting import find_with_trust
from boxfit.settings import FitSettings, InputSettings
from boxfit.settings.fit import DepthUse
from boxfit.start.outline import outline
from boxfit.start.start_box import start_box
from boxfit.views.silhouettes import Observations

from bench.cameras import orbit
from tests.folders import metadata_of, write_box_views, write_view
from tests.scenes import BOX_FACES

TARGET = Box(np.array([0.0, 0.5, 0.0]), np.array([0.8, 0.5, 0.5]))
PILLAR = Box(np.array([1.4, 0.9, 0.5]), np.array([0.25, 0.9, 0.25]))
CRATE = Box(np.array([-0.3, 1.25, -0.2]), np.array([0.35, 0.25, 0.25]))
"""It stands on the target."""
FLOOR = Box(np.array([0.0, -0.05, 0.0]), np.array([40.0, 0.05, 40.0]))
THINGS = (TARGET, PILLAR, CRATE, FLOOR)
WALLS = tuple(
    Box(TARGET.centre + np.array([1.0 * x, -0.3, 0.7 * z]), np.array([0.05 if x else 1.05, 0.2, 0.05 if z else 0.65]))
    for x, z in ((1, 0), (-1, 0), (0, 1), (0, -1))
)
"""A low fence around the target, which hides its foot from all sides."""


def write_scene(folder: Path, things: Sequence[Box] = THINGS, views: int = 16, shift: int = 0) -> None:
    """Write views of things around the target, labelled 1, 2, ... in their order, and images shifted by pixels."""
    vertices = np.concatenate([thing.corners for thing in things])
    faces = np.concatenate([BOX_FACES + 8 * index for index in range(len(things))])
    generator = np.random.default_rng(3)
    around = np.array([0.2, 0.6, 0.0])
    for index, camera in enumerate(orbit(generator, around, 1.9, views, (240, 320), 0.7, lowest=10.0)):
        seen, depth = rasterize(camera.to_camera(vertices), faces, camera)
        labels = np.where(seen >= 0, seen // len(BOX_FACES) + 1, 0).astype(np.int32)
        distances = np.where(seen >= 0, depth, np.inf).astype(np.float32)
        images = {"semantic": np.roll(labels, shift, axis=1), "depth_linear": np.roll(distances, shift, axis=1)}
        write_view(folder, index, metadata_of(camera, asset=None), **images)


def fit(folder: Path, number: int, depth: DepthUse) -> ObjectResult:
    input_settings = InputSettings(label=(str(number),))
    session = Session(folder, input_settings, FitSettings(align="axes", method="contact", depth=depth))
    list(session.fit())
    return session.results[0]


def reach(result: ObjectResult, truth: Box) -> np.ndarray:
    """Distance of the true faces from a box's centre along its axes, shape (3, 2)."""
    local = result.box.to_local(truth.corners)
    return np.stack([-local.min(axis=0), local.max(axis=0)], axis=1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scene")
    write_scene(folder)
    return folder


@pytest.mark.parametrize("depth", ["auto", "off"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_boxes_of_things_that_hide_each_other_are_right_and_their_bounds_hold(scene, depth, number):
    result, truth = fit(scene, number, depth), THINGS[number - 1]
    true, pixel = reach(result, truth), result.start.support.pixel
    assert (result.bounds.inner <= true + pixel).all() and (true <= result.bounds.outer + pixel).all()
    assert result.box.volume / truth.volume == pytest.approx(1, abs=0.03 if depth == "auto" else 0.1)
    assert not result.calibration.warnings and not result.calibration.changed and not result.left_out


def test_foot_that_others_hide_in_all_views_is_not_taken_for_seen(tmp_path):
    write_scene(tmp_path, (TARGET, *WALLS))
    result = fit(tmp_path, 1, "auto")
    true, pixel = reach(result, TARGET), result.start.support.pixel
    assert (result.bounds.inner <= true + pixel).all() and (true <= result.bounds.outer + pixel).all()
    assert result.undetermined == (1,)  # Nothing tells how far it goes down behind the fence.
    assert not any("seem to hide" in warning for warning in result.warnings)
    by_labels = fit(tmp_path, 1, "off")
    assert by_labels.undetermined == (1,)
    assert any("other objects seem to hide parts of it" in warning for warning in by_labels.warnings)


def test_labels_tell_nearly_the_same_occluders_as_depth(scene):
    session = Session(scene, InputSettings(), FitSettings())
    target = session.dataset.objects[0]
    by_depth = session.source.observations(target).surface
    assert by_depth is not None
    counts = np.zeros(3)
    for true, found in zip(by_depth.silhouettes, session.source.neighbours.find_occluders(target), strict=True):
        one, other = ({*map(tuple, each.occluders.tolist())} for each in (true, found))
        counts += len(one), len(other), len(one & other)
    assert counts[0] > 200 and counts[2] > 0.8 * counts[0] and counts[2] > 0.7 * counts[1]


def test_a_floor_hides_nothing(scene):
    session = Session(scene, InputSettings(), FitSettings())
    pillar = session.dataset.objects[1]
    for view, silhouette in zip(pillar.views, session.source.neighbours.find_occluders(pillar), strict=True):
        column, row = silhouette.occluders.T
        assert not (view.semantic()[row, column] == 4).any()


def test_an_object_by_itself_has_no_occluders(tmp_path):
    write_box_views(tmp_path)
    session = Session(tmp_path, InputSettings(), FitSettings())
    found = session.source.neighbours.find_occluders(session.dataset.objects[0])
    assert found == session.source.observations(session.dataset.objects[0]).silhouettes


def test_cameras_with_which_another_object_agrees_are_not_measured_again(scene):
    session = Session(scene, InputSettings(), FitSettings())
    target, neighbours = session.dataset.objects[0], session.source.neighbours
    assert neighbours.share_good_cameras(target)
    assert fit(scene, 1, "auto").calibration.before is None


def test_cameras_that_contradict_all_objects_are_measured(tmp_path):
    write_scene(tmp_path, (TARGET, PILLAR), shift=6)
    session = Session(tmp_path, InputSettings(), FitSettings())
    assert not session.source.neighbours.share_good_cameras(session.dataset.objects[0])
    calibration = fit(tmp_path, 1, "auto").calibration
    assert calibration.before is not None and calibration.before > AGREE


def test_occluders_that_leave_too_few_edges_are_taken_for_unsure(scene):
    session = Session(scene, InputSettings(), FitSettings())
    views = session.source.observations(session.dataset.objects[0]).silhouettes
    hidden = tuple(replace(view, occluders=beside(view)) for view in views)
    start, used = find_with_trust(start_box, hidden, [outline(view) for view in hidden], is_guess=True)
    assert all(not len(view.occluders) and len(view.unsure) for view in used) and start.undetermined
    with pytest.raises(FitError, match="0 of 16 masks show an edge"):
        find_with_trust(start_box, hidden, [outline(view) for view in hidden], is_guess=False)


def spoil(folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the depth images of a folder."""
    for path in folder.glob("*_depth_linear.npy"):
        np.save(path, change(np.load(path)))


@pytest.mark.parametrize(
    "change",
    [lambda depth: np.where(np.isinf(depth), 1e-3, depth), lambda depth: (1 / depth).astype(np.float32)],
    ids=["near values without a surface", "disparity"],
)
def test_depth_that_is_wrong_tells_no_occluders(tmp_path, change):
    write_scene(tmp_path, (TARGET,))
    without = fit(tmp_path, 1, "off")
    spoil(tmp_path, change)
    result = fit(tmp_path, 1, "auto")
    assert result.start.outlines.keys() == without.start.outlines.keys()
    assert all(edges.is_whole for edges in result.start.outlines.values())
    np.testing.assert_allclose(result.box.size, without.box.size, rtol=0.02)


def test_views_without_depth_take_occluders_from_labels(tmp_path):
    write_scene(tmp_path)
    for path in sorted(tmp_path.glob("*_depth_linear.npy"))[4:]:
        path.unlink()
    result = fit(tmp_path, 2, "auto")
    hidden = {view.view for view in result.observations.silhouettes if len(view.occluders)}
    assert any((tmp_path / f"{name}_depth_linear.npy").exists() for name in hidden)
    assert any(not (tmp_path / f"{name}_depth_linear.npy").exists() for name in hidden)


def test_neighbours_are_those_in_the_chosen_views(scene):
    session = Session(scene, InputSettings(label=("1",), views="0-7"), FitSettings())
    (target,) = session.dataset.objects
    read: list[str] = []
    neighbours = Neighbours(session.source.dataset.objects, lambda each: note(read, session.source.observations(each)))
    assert len(neighbours.find_occluders(target)) == 8
    assert set(read) <= {str(number) for number in range(8)}


def note(read: list[str], observations: Observations) -> Observations:
    """Note the views of observations."""
    read += [view.name for view in observations.views]
    return observations
