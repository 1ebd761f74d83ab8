"""Results of each method: which box is taken, and why."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.fitting import refine as module
from boxfit.fitting.loop import FitStep
from boxfit.fitting.refine import Refined, refine
from boxfit.geometry.box import Box
from boxfit.settings import FitSettings
from boxfit.start.start_box import StartBox, start_box
from boxfit.views.masks import clean_mask

from bench.masks import add_noise
from bench.meshes import rounded_box
from bench.methods import start_of
from bench.scenes import make_scene
from tests.scenes import BOX, box_silhouettes, mesh_silhouettes, orbit_cameras, shape_silhouettes

SILHOUETTES = box_silhouettes()


@pytest.fixture(scope="module")
def start() -> StartBox:
    return start_box(SILHOUETTES)


def run(start: StartBox, settings: FitSettings, silhouettes=SILHOUETTES) -> tuple[list[FitStep], Refined]:
    steps, history = refine(silhouettes, start, settings), []
    while True:
        try:
            history.append(next(steps))
        except StopIteration as end:
            return history, end.value


def stages(history: list[FitStep]) -> list[str]:
    return list(dict.fromkeys(step.stage for step in history))


def worst_corner(box: Box) -> float:
    """Return the greatest distance from a corner of `BOX` to the nearest corner, in its half diagonals."""
    distance = np.linalg.norm(box.corners[:, None] - BOX.corners, axis=-1).min(axis=0).max()
    return float(distance / np.linalg.norm(BOX.half_extents))


def test_refine_contact_keeps_the_start_box(start: StartBox) -> None:
    history, refined = run(start, FitSettings(method="contact"))
    assert refined.box is start.box and refined.renderer is None and refined.choice is None
    assert stages(history) == ["start"] and [step.box for step in history] == list(start.history)
    # Each box is better than all before it; the search compares them in single precision.
    losses = np.array([step.loss for step in history])
    assert (np.diff(losses) < 1e-6).all() and losses[0] > 1.01 and losses[-1] == 1


@pytest.mark.parametrize("method", ["auto", "tight"])
def test_refine_what_fills_its_box_takes_the_fit_which_is_more_accurate(start: StartBox, method: str) -> None:
    history, refined = run(start, FitSettings(method=method))
    assert refined.choice is not None and refined.choice.chosen == "fit" and refined.renderer == "area"
    assert refined.choice.fit < refined.choice.start and refined.choice.reason == ""
    assert stages(history) == ["start", "tight"] and refined.box is history[-1].box
    assert worst_corner(refined.box) < 0.5 * worst_corner(start.box)


@pytest.mark.parametrize("shape", ["table", "gasket", "tray"])
def test_refine_what_fills_its_box_with_its_outlines_alone_takes_the_fit_or_says_why_not(shape: str) -> None:
    silhouettes = shape_silhouettes(shape)
    _, refined = run(start_box(silhouettes), FitSettings(), silhouettes)
    assert refined.choice.chosen == ("start" if shape == "table" else "fit"), refined.choice


def test_refine_auto_of_what_does_not_fill_its_box_makes_no_renderer() -> None:
    silhouettes = shape_silhouettes("lamp")
    start = start_box(silhouettes)

    def make(_):
        raise AssertionError("no renderer is needed")

    steps = refine(silhouettes, start, FitSettings(), make)
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    refined = end.value.value
    assert refined.box is start.box and refined.renderer is None
    assert refined.choice.chosen == "start" and refined.choice.fit is None
    assert "the object does not fill its box, whose silhouettes reach" in refined.choice.reason


def test_refine_tight_of_what_does_not_fill_its_box_tries_the_fit_and_keeps_the_start_box() -> None:
    silhouettes = shape_silhouettes("lamp")
    start = start_box(silhouettes)
    history, refined = run(start, FitSettings(method="tight"), silhouettes)
    assert refined.box is start.box and refined.choice.reason == "the object does not fill its box"
    assert refined.choice.fit > 0.35
    assert stages(history) == ["start", "tight", "result"]
    assert history[-1].box is start.box and history[-1].loss == refined.choice.start


def test_refine_of_noisy_masks_lets_all_pixels_vote() -> None:
    generator = np.random.default_rng(5)
    views = box_silhouettes(BOX, orbit_cameras(BOX, 16, (256, 256)))
    noisy = []
    for view in views:
        mask, origin, _ = clean_mask(add_noise(generator, view.full_mask()))
        noisy.append(replace(view, mask=mask, origin=origin))
    start = start_box(noisy)
    _, refined = run(start, FitSettings(), noisy)
    assert start.support.noise > 1 and refined.choice.chosen == "fit", refined.choice
    assert worst_corner(refined.box) < 0.6 * worst_corner(start.box)


@pytest.mark.parametrize("scale", [0.8, 1.2])
def test_refine_never_takes_a_fit_outside_its_bounds(
    scale: float, start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverged = Box(start.box.centre, start.box.half_extents * [1, scale, 1], start.box.quaternion)
    monkeypatch.setattr(module, "fit_tight", lambda *_: iter([FitStep("tight", 0, 0, diverged, 0.0)]))
    monkeypatch.setattr(module, "EXPLAINED", 1e9)
    monkeypatch.setattr(module, "CORNERS", 1e9)
    _, refined = run(start, FitSettings())
    assert refined.choice.chosen == "start" and refined.choice.reason == "the fit left its bounds"
    assert refined.box is start.box


def test_refine_fit_that_ends_where_it_began_keeps_the_start_box(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "fit_tight", lambda *_: iter([FitStep("tight", 0, 0, start.box, 0.0)]))
    _, refined = run(start, FitSettings())
    assert refined.choice.fit == refined.choice.start
    assert (refined.choice.chosen, refined.choice.reason) == ("start", "the fit is no better")


def test_refine_leaves_out_views_that_others_contradict(start: StartBox) -> None:
    seen: list[str] = []

    def make(silhouettes):
        seen.extend(silhouette.view for silhouette in silhouettes)
        return original("area", silhouettes)

    original = module.make_renderer
    hidden = replace(start, dropped={SILHOUETTES[2].view: 1})
    steps = refine(SILHOUETTES, hidden, FitSettings(max_steps=1), make)
    list(steps)
    assert seen == [silhouette.view for silhouette in SILHOUETTES if silhouette is not SILHOUETTES[2]]
    few = replace(start, dropped={silhouette.view: 1 for silhouette in SILHOUETTES[2:]})
    _, refined = run(few, FitSettings())
    assert refined.choice.reason == "fewer than 3 views show the object's whole outline"


def test_refine_tight_of_a_rod_thinner_than_a_pixel_does_not_vanish() -> None:
    rod = Box(np.zeros(3), np.array([1.0, 0.001, 0.001]))
    silhouettes = box_silhouettes(rod, orbit_cameras(rod, 24))
    start = start_box(silhouettes)
    _, refined = run(start, FitSettings(method="tight"), silhouettes)
    assert refined.box.half_extents.min() >= 0.12 * start.support.pixel


@pytest.mark.parametrize("radius", [0.04, 0.08])
def test_refine_of_a_box_with_rounded_edges_keeps_the_start_box(radius: float) -> None:
    vertices, faces = rounded_box((-0.8, -0.5, -0.4), (0.8, 0.5, 0.4), radius)
    around = Box(np.zeros(3), np.array([0.8, 0.5, 0.4]))
    silhouettes = mesh_silhouettes(vertices, faces, orbit_cameras(around, 16, (256, 256)))
    _, refined = run(start_box(silhouettes), FitSettings(method="tight"), silhouettes)
    assert refined.choice.chosen == "start" and "does not fill" in refined.choice.reason, refined.choice


def test_refine_of_a_box_whose_edges_are_rounded_says_that_its_corners_are_empty(
    start: StartBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    larger = Box(start.box.centre, start.box.half_extents + 0.3 * start.support.pixel, start.box.quaternion)
    monkeypatch.setattr(module, "fit_tight", lambda *_: iter([FitStep("tight", 0, 0, larger, 0.0)]))
    monkeypatch.setattr(module, "EXPLAINED", 1e9)
    _, refined = run(start, FitSettings())
    assert refined.choice.reason == "the object does not fill the corners of its box"


@pytest.mark.parametrize("method", ["auto", "tight"])
def test_refine_of_a_thin_rod_whose_outlines_cannot_tell_round_from_square_keeps_the_start_box(method: str) -> None:
    rod = Box(np.zeros(3), np.array([1.0, 0.015, 0.015]))
    silhouettes = box_silhouettes(rod, orbit_cameras(rod, 24))
    _, refined = run(start_box(silhouettes), FitSettings(method=method), silhouettes)
    assert refined.choice.reason == "the object is a rod less than 5 px thick"
    assert (refined.choice.fit is None) is (method == "auto")


@pytest.mark.parametrize("method", ["auto", "tight"])
def test_refine_with_depth_keeps_the_start_box_which_is_as_exact_as_the_depth(method: str) -> None:
    scene = make_scene("cube", 0, "depth")
    silhouettes, start = start_of(scene, FitSettings())
    assert start.uses_depth
    _, refined = run(start, FitSettings(method=method), silhouettes)
    assert refined.choice.reason == "the depth images show where the object ends"
    assert (refined.choice.fit is None) is (method == "auto")


def test_refine_leaves_out_views_that_the_image_border_cuts() -> None:
    cameras = orbit_cameras(BOX, 8, (128, 128), 0.8)
    closer = orbit_cameras(BOX, 8, (128, 128), 1.6)
    silhouettes = box_silhouettes(BOX, [*cameras[:6], *closer[6:]])
    seen: list[str] = []

    def make(views):
        seen.extend(view.view for view in views)
        return original("area", views)

    original = module.make_renderer
    list(refine(silhouettes, start_box(silhouettes), FitSettings(max_steps=1), make))
    assert seen == [silhouette.view for silhouette in silhouettes[:6]]


@pytest.mark.usefixtures("torch_module")
def test_refine_with_soft_silhouettes_ends_at_the_same_box_as_with_exact_ones(start: StartBox) -> None:
    (_, exact), (_, soft) = (run(start, FitSettings(renderer=renderer, device="cpu")) for renderer in ("area", "dibr"))
    assert exact.choice.chosen == soft.choice.chosen == "fit" and soft.renderer == "dibr"
    away = np.linalg.norm(exact.box.corners[:, None] - soft.box.corners, axis=-1).min(axis=1).max()
    assert away < 0.3 * start.support.pixel


def test_refine_notebook_ends_with_its_last_step(start: StartBox) -> None:
    settings = FitSettings(method="notebook", notebook_start="contact", epochs=1)
    history, refined = run(start, settings)
    assert np.array_equal(history[0].box.centre, start.box.centre)
    assert refined.box is history[-1].box and refined.choice is None


def test_refine_of_many_large_views_takes_evenly_spaced_ones(start: StartBox, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def make(silhouettes):
        seen.extend(silhouette.view for silhouette in silhouettes)
        return original("area", silhouettes)

    original = module.make_renderer
    pixels = sum(np.prod(np.ptp(outline.corners, axis=0)) for outline in start.outlines.values())
    monkeypatch.setattr(module, "MOST_PIXELS", pixels / 1.5)
    list(refine(SILHOUETTES, start, FitSettings(max_steps=1), make))
    assert seen == [silhouette.view for silhouette in SILHOUETTES[::2]]
    seen.clear()
    monkeypatch.setattr(module, "MOST_PIXELS", 1)
    list(refine(SILHOUETTES, start, FitSettings(max_steps=1), make))
    assert 3 <= len(seen) < 6
