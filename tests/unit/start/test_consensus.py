"""Agreement of many views: only a part of them is compared with each other, and the others with these."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from boxfit.errors import ContradictionError
from boxfit.geometry.silhouette import Silhouette
from boxfit.start import consensus
from boxfit.start import start_box as start_module
from boxfit.start.consensus import Agreement, find_agreement
from boxfit.start.half_spaces import HalfSpaces, half_spaces
from boxfit.start.object_frame import object_frame
from boxfit.start.outline import Outline, outline
from boxfit.start.start_box import StartBox, start_box

from bench.cameras import crop, orbit, render_mask
from bench.masks import hide_third
from bench.shapes import make_shape
from tests.scenes import BOX, box_silhouettes, orbit_cameras

MANY = 60


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of views to compare with each other, so small that `MANY` are more."""
    for module in (consensus, start_module):
        monkeypatch.setattr(module, "MOST_VIEWS", 16)
    return 16


@pytest.fixture
def views() -> list[Silhouette]:
    return list(box_silhouettes(BOX, orbit_cameras(BOX, MANY, (96, 96))))


@pytest.fixture
def whole(views: list[Silhouette]) -> StartBox:
    """The start box for which all views are compared with each other."""
    return start_box(views, align="axes")


def rolled(view: Silhouette, pixels: int) -> Silhouette:
    return replace(view, origin=(view.origin[0], view.origin[1] + pixels))


def test_start_box_of_many_views_is_that_of_all_of_them(views, whole, few):
    start = start_box(views, align="axes")
    assert not start.left_out and not start.dropped and start.misses == 0
    np.testing.assert_allclose(start.box.size, whole.box.size)


def test_start_box_of_many_views_leaves_wrong_ones_out_and_drops_hidden_edges_of_others(views, whole, few):
    generator, wrong, hidden = np.random.default_rng(1), (3, 17, 31, 45, 59), (5, 20, 35, 50)
    for index in wrong:
        views[index] = rolled(views[index], 25)
    for index in hidden:
        views[index] = replace(views[index], mask=hide_third(generator, views[index].mask))
    start = start_box(views, align="axes")
    assert set(start.left_out) == set(map(str, wrong))
    assert list(start.dropped) == list(map(str, hidden))
    np.testing.assert_allclose(start.box.size, whole.box.size, rtol=0.03)


def test_start_box_of_many_contradicting_views_compares_a_part_of_them_only(views, few, monkeypatch):
    counts: list[int] = []

    def counted(outlines: Sequence[Outline], spaces: HalfSpaces) -> Agreement:
        counts.append(len(outlines))
        return find_agreement(outlines, spaces)

    monkeypatch.setattr(start_module, "find_agreement", counted)
    with pytest.raises(ContradictionError, match="even without views"):
        start_box([rolled(view, 6) for view in views], align="axes")
    assert max(counts) == few and len(counts) <= few / 4 + 1


@pytest.fixture(scope="module")
def smooth() -> list[Silhouette]:
    """Views of a smooth shape: its outlines have so many edges that a wrong mask spoils but a small share of them."""
    shape = make_shape("blob")
    cameras = orbit(np.random.default_rng(3), np.zeros(3), 1.3, 24, (192, 192), 0.8)
    masks = [render_mask(shape.vertices, shape.faces, camera) for camera in cameras]
    return [crop(str(index), *pair) for index, pair in enumerate(zip(cameras, masks, strict=True))]


@pytest.mark.parametrize("wrong", [(5,), (5, 17), (2, 5, 9, 17)])
def test_start_box_leaves_out_views_whose_masks_are_exchanged(wrong: tuple[int, ...], smooth: list[Silhouette]) -> None:
    exchanged = list(smooth)
    for index, other in zip(wrong, (*wrong[1:], (wrong[0] + 11) % 24 if len(wrong) == 1 else wrong[0]), strict=True):
        exchanged[index] = replace(smooth[other], view=str(index), camera=smooth[index].camera)
    start = start_box(exchanged, align="axes")
    assert set(start.left_out) == set(map(str, wrong)) and not start.dropped
    np.testing.assert_allclose(start.box.size, start_box(smooth, align="axes").box.size, rtol=0.02)


@pytest.mark.parametrize("every", [8, 6, 3])
def test_start_box_keeps_views_in_which_something_hides_the_object(every: int, smooth: list[Silhouette]) -> None:
    rng = np.random.default_rng(2)
    views = [
        replace(view, mask=hide_third(rng, view.mask)) if index % every == 0 else view
        for index, view in enumerate(smooth)
    ]
    start = start_box(views, align="axes")
    assert not start.left_out and {"0", str(every)} <= set(start.dropped)


@pytest.mark.parametrize("seed", range(4))
def test_start_box_keeps_views_in_which_little_is_hidden(seed: int, smooth: list[Silhouette]) -> None:
    rng = np.random.default_rng(seed)
    views = smooth[::2]
    for index in rng.choice(12, 4, replace=False):
        rows, columns = np.indices(views[index].mask.shape)
        along = rows * np.sin(angle := rng.uniform(0, 2 * np.pi)) + columns * np.cos(angle)
        views[index] = replace(views[index], mask=views[index].mask & (along > np.quantile(along, 0.12)))
    start = start_box(views, align="axes")
    assert start.dropped and not start.left_out


def test_find_agreement_is_the_same_for_a_few_rays_at_a_time(views, monkeypatch):
    outlines = [outline(rolled(view, 3 * (index % 3))) for index, view in enumerate(views[:20])]
    frame = object_frame(outlines)
    outlines = [edges.moved(frame) for edges in outlines]
    expected = find_agreement(outlines, half_spaces(outlines))
    assert not expected.keep.all()
    monkeypatch.setattr(consensus, "CHUNK", 1000)
    agreement = find_agreement(outlines, half_spaces(outlines))
    np.testing.assert_array_equal(agreement.keep, expected.keep)
    assert (agreement.odd_views, agreement.misses) == (expected.odd_views, expected.misses)
