"""Tests of the picture of a view: the choice of the view, and the box in it."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxfit.draw.canvas import CERTAIN
from boxfit.geometry.box import Box
from boxfit.ui.model import view_model
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.view_model import PICTURE_WIDTH
from boxfit.views.dataset import Problem

from tests.hosts import HostInMemory, until
from tests.scenes import BOX
from tests.stages import box_stage
from tests.unit.ui.conftest import Gate
from tests.unit.ui.stories import SHORT, fitted, held


async def shown(model: PanelModel) -> None:
    """Wait until the picture of the chosen view is there."""
    await until(lambda: model.view.tile is not None and model.view.tile.silhouette.view == model.view.name)


def picture_threads() -> int:
    return sum(thread.name == "boxfit picture" for thread in threading.enumerate())


async def test_show_makes_the_picture_of_the_first_view(model: PanelModel) -> None:
    await shown(model)
    assert (model.view.index, model.view.name, model.view.note) == (0, "0", "")
    assert model.view.picture.shape == (PICTURE_WIDTH, PICTURE_WIDTH, 4)
    assert model.view.picture.dtype == np.uint8 and (model.view.picture[..., 3] == 255).all()
    assert model.view.box is None and model.view.lines is None and model.view.figures is None


async def test_step_goes_round_and_shows_every_view(model: PanelModel) -> None:
    await shown(model)
    seen = []
    for _ in range(8):
        model.view.step(1)
        await shown(model)
        seen.append(model.view.name)
    assert seen == ["1", "2", "3", "4", "5", "6", "7", "0"]
    model.view.step(-1)
    assert model.view.name == "7"


async def test_step_many_times_at_once_makes_one_picture_at_a_time_and_ends_at_the_last(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], view_model._picture

    def counted(subject: object) -> object:
        made.append(picture_threads())
        return make(subject)  # type: ignore[arg-type]

    monkeypatch.setattr(view_model, "_picture", counted)
    await shown(model)
    made.clear()
    for _ in range(6):
        model.view.step(1)
    await shown(model)
    assert model.view.name == "6" and model.view.tile.silhouette.view == "6"
    assert len(made) <= 2 and set(made) == {1}


async def test_choose_a_view_that_is_not_there_changes_nothing(model: PanelModel) -> None:
    await shown(model)
    model.view.choose("99")
    assert model.view.name == "0"
    model.view.choose("5")
    assert model.view.index == 5
    assert [camera.view for camera in model.scene.content.cameras if camera.chosen] == ["5"]


async def test_draw_a_moving_box_keeps_the_picture_and_moves_the_lines(model: PanelModel, host: HostInMemory) -> None:
    await shown(model)
    picture = model.view.picture
    model.view.draw(BOX)
    first = model.view.lines.edges
    model.view.draw(Box(BOX.centre + 0.1, BOX.half_extents, BOX.quaternion))
    for _ in range(5):
        await host.next_frame()
    assert model.view.picture is picture
    assert first.shape == (12, 2, 2) and not np.allclose(model.view.lines.edges, first)


async def test_fit_ends_with_a_picture_of_all_of_the_box_that_stays_until_the_next_one_ends(
    model: PanelModel, host: HostInMemory, gate: Gate
) -> None:
    await shown(model)
    before = model.view.picture
    await fitted(model, **SHORT)
    box = model.fit.outcome.result.box
    await until(lambda: model.view.picture is not before)
    assert model.view.box is box
    assert (model.view.lines.edges > 0).all() and (model.view.lines.edges < 1).all()
    # The history is shown in the same picture.
    picture = model.view.picture
    model.fit.look_at_step(0)
    for _ in range(5):
        await host.next_frame()
    assert model.view.picture is picture and model.view.box is model.fit.history[0].box
    # So is another fit, until it ends.
    model.settings.change("method", "tight")
    await held(model, gate, "tight")
    await until(lambda: model.view.box is not None)
    for _ in range(5):
        await host.next_frame()
    assert model.view.picture is picture and model.view.figures is None
    gate.open()
    await until(lambda: model.view.picture is not picture)


async def test_picture_after_a_fit_shows_the_certain_box_with_dashes_if_a_side_is_open(model: PanelModel) -> None:
    def dashes() -> int:
        return int((np.abs(model.view.picture[..., :3].astype(int) - CERTAIN).max(axis=-1) < 40).sum())

    await shown(model)
    model.settings.enter("views", "0-2")
    before = dashes()
    assert not model.view.shows_certain
    await fitted(model, **SHORT)
    assert model.fit.outcome.result.open_sides
    await until(lambda: model.view.shows_certain)
    assert dashes() > before + 300
    # They are the result's: a box that is drawn without it, as after Undo, has none.
    model.view.draw(BOX)
    await until(lambda: not model.view.shows_certain)
    assert dashes() == before


async def test_view_after_a_fit_has_its_figures_or_says_why_it_was_left_out(model: PanelModel) -> None:
    await shown(model)
    await fitted(model, **SHORT)
    result = model.fit.outcome.result
    for view in result.views:
        model.view.choose(view.view)
        assert model.view.figures is view and model.view.left_out_reason == ""
    views = tuple(view for view in result.views if view.view != "2")
    odd = Problem("view 2", "its mask or camera contradicts all other views")
    model.view.draw(result.box, replace(result, views=views, left_out=(odd,)))
    model.view.choose("2")
    assert model.view.left_out_reason == odd.what and model.view.figures is None
    model.view.choose("3")
    assert model.view.left_out_reason == "" and model.view.figures is not None


async def test_picture_that_cannot_be_made_says_why_and_the_next_one_comes(model: PanelModel, tmp_path: Path) -> None:
    (tmp_path / "views" / "1_rgb.png").write_bytes(b"no picture")
    model.source.refresh()
    await shown(model)
    model.view.choose("1")
    await until(lambda: model.view.note)
    assert "1_rgb.png" in model.view.note and model.view.picture is None
    model.view.choose("2")
    await shown(model)
    assert model.view.note == "" and model.view.picture is not None


async def test_show_another_dataset_keeps_the_view_of_the_same_name(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    await shown(model)
    model.view.choose("5")
    host.replace_stage(None)
    assert model.view.names == () and model.view.picture is None and model.view.name == ""
    model.view.step(1)
    host.replace_stage(box_stage(tmp_path / "other"))
    await shown(model)
    assert model.view.name == "0"


async def test_choose_leaves_the_picture_out_of_date_until_it_is_made(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go = view_model._picture, threading.Event()

    def wait_and_make(subject):
        assert go.wait(30)
        return made(subject)

    await shown(model)
    await fitted(model, **SHORT)
    await until(lambda: model.view.is_up_to_date)
    monkeypatch.setattr(view_model, "_picture", wait_and_make)
    before = model.view.picture
    model.view.choose("3")
    assert not model.view.is_up_to_date and model.view.picture is before
    go.set()
    await until(lambda: model.view.is_up_to_date)
    assert model.view.picture is not before and model.view.tile.silhouette.view == "3"
