"""Edges of an outline that an occluder has made do not bound the object, all others do."""

from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import ContradictionError
from boxfit.geometry.camera import Camera
from boxfit.geometry.occluders import beside
from boxfit.geometry.silhouette import Silhouette
from boxfit.start.outline import Outline, outline
from boxfit.start.start_box import start_box

from bench.cameras import crop
from tests.scenes import box_silhouettes

CAMERA = Camera(np.eye(4), (300.0, 300.0), (64.0, 64.0), (128, 128))
ROWS, COLUMNS = np.indices((128, 128)) + 0.5
RECTANGLE = (ROWS > 20) & (ROWS < 100) & (COLUMNS > 15) & (COLUMNS < 110)


def outline_behind(occluder: np.ndarray, mask: np.ndarray = RECTANGLE) -> Outline:
    """Outline of what an occluder leaves of a mask."""
    silhouette = crop("0", CAMERA, mask & ~occluder)
    pixels = beside(silhouette)
    hidden = occluder[pixels[:, 1], pixels[:, 0]]
    return outline(replace(silhouette, occluders=pixels[hidden]))


def bounding_normals(edges: Outline) -> list[tuple[int, int]]:
    return [(round(u), round(v)) for u, v in edges.normals[edges.bounding].round(3).tolist()]


@pytest.mark.parametrize("limit", [60, 100])
def test_occluder_on_one_side_takes_that_edge_alone(limit):
    edges = outline_behind(limit < COLUMNS)
    assert set(bounding_normals(edges)) == {(-1, 0), (0, -1), (0, 1)}
    assert edges.bounding.sum() == 3 and len(edges.bounding) == 4


def test_slanted_occluder_takes_every_edge_along_it():
    # A slope of no small fraction gives the convex hull many edges along it.
    edges = outline_behind(COLUMNS + 0.37 * ROWS > 110)
    assert len(edges.bounding) > 4 and set(bounding_normals(edges)) == {(-1, 0), (0, -1), (0, 1)}


def test_occluder_in_front_of_a_corner_takes_the_edge_that_cuts_it_off():
    edges = outline_behind((COLUMNS > 80) & (ROWS < 50))
    slanted = np.abs(edges.normals).min(axis=1) > 0.1
    assert slanted.sum() == 1 and not edges.bounding[slanted].any()
    assert set(bounding_normals(edges)) == {(-1, 0), (0, -1), (1, 0), (0, 1)}


def test_pole_across_the_top_takes_the_edge_over_it():
    tent = RECTANGLE & (20 + 0.5 * np.abs(COLUMNS - 64) < ROWS)
    edges = outline_behind((np.abs(COLUMNS - 64) < 6) & (ROWS < 60), tent)
    top = edges.normals[:, 1] < -0.95
    assert top.any() and not edges.bounding[top].any()
    assert {(-1, 0), (1, 0), (0, 1)} <= set(bounding_normals(edges))


def test_hole_that_something_in_front_makes_takes_no_edge():
    edges = outline_behind((np.abs(ROWS - 60) < 10) & (np.abs(COLUMNS - 60) < 10))
    assert edges.bounding.all()


def test_pixels_beyond_the_crop_of_the_mask_are_in_no_notch():
    silhouette = crop("0", CAMERA, RECTANGLE & (ROWS + COLUMNS > 70))
    column, row = silhouette.origin[1] - 1, silhouette.origin[0] - 1
    edges = outline(replace(silhouette, occluders=np.array([[column, row], [column, 60], [127, 127]])))
    assert len(edges.bounding) and edges.bounding.any()


def test_mask_without_occluders_is_bounded_by_all_its_edges():
    edges = outline_behind(np.zeros((128, 128), dtype=bool))
    assert edges.bounding.all() and len(edges.bounding) == 4


def test_occluder_on_all_sides_leaves_no_edge():
    silhouette = Silhouette("0", CAMERA, np.ones((30, 30), dtype=bool), (40, 40))
    assert not outline(replace(silhouette, occluders=beside(silhouette))).bounding.any()


def test_edges_beside_pixels_that_are_not_sure_bound_the_object_but_are_not_sure():
    silhouette = crop("0", CAMERA, RECTANGLE & (COLUMNS < 60))
    pixels = beside(silhouette)
    edges = outline(replace(silhouette, unsure=pixels[pixels[:, 0] >= 60]))
    assert edges.bounding.all() and not edges.is_whole
    assert edges.normals[~edges.sure].round(3).tolist() == [[1, 0]]


def test_bounds_come_from_sure_edges_alone_and_the_likely_box_from_all():
    views = box_silhouettes()
    # The lower border of each mask may be another object's.
    doubted = [replace(view, unsure=lower(beside(view), view)) for view in views]
    start, same = start_box(doubted, "axes"), start_box(views, "axes")
    np.testing.assert_array_equal(start.box.corners, same.box.corners)
    assert (start.bounds.inner <= same.bounds.inner + start.support.pixel / 4).all()
    assert (start.bounds.outer >= same.bounds.outer - 1e-9).all()
    assert start.bounds.widths.sum() > 1.5 * same.bounds.widths.sum()


def test_edges_that_are_not_sure_may_contradict_the_others_in_any_number():
    generator, moved = np.random.default_rng(0), []
    for view in box_silhouettes():
        row, column = generator.integers(-12, 13, 2)
        moved.append(replace(view, origin=(max(view.origin[0] + int(row), 0), max(view.origin[1] + int(column), 0))))
    with pytest.raises(ContradictionError):
        start_box(moved, "axes")
    start = start_box([replace(view, unsure=beside(view)) for view in moved], "axes")
    assert not any(edges.sure.any() for edges in start.outlines.values()) and start.undetermined == (0, 1, 2)


def lower(pixels: np.ndarray, view: Silhouette) -> np.ndarray:
    """Of pixels beside a mask, those in its lower half and below."""
    return pixels[pixels[:, 1] >= view.origin[0] + view.mask.shape[0] // 2]
