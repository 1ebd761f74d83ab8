"""Pictures of a result: titles, captions and frames."""

from dataclasses import replace
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.draw import pictures
from boxfit.draw.canvas import CERTAIN
from boxfit.draw.pictures import overlay_picture, save_animation, thumbnail_picture
from boxfit.session.results import ObjectResult
from PIL import Image

from tests.folders import write_box_views


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ObjectResult:
    folder: Path = tmp_path_factory.mktemp("data") / "views"
    write_box_views(folder, 8)
    (fitted,) = boxfit.fit(folder, max_steps=2)
    return fitted


def test_overlay_picture_is_headed_by_the_verdict(result: ObjectResult, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple] = []
    monkeypatch.setattr(pictures, "overlay_sheet", lambda *arguments: calls.append(arguments))
    overlay_picture(result)
    overlay_picture(replace(result, extent="certain"))
    assert [title for _, _, title, _, _ in calls] == [result.name, f"{result.name} (certain box)"]
    assert {verdict for *_, verdict, _ in calls} == {result.verdict.text}
    # No view shows its +y side edge-on.
    assert [certain for *_, certain in calls] == [result.boxes["certain"], None]
    assert all(view.figures.startswith("mask covered ") for view in calls[0][0])


@pytest.mark.parametrize("draw", [overlay_picture, thumbnail_picture])
def test_pictures_of_a_box_with_an_open_side_show_the_certain_box_with_dashes(draw, result: ObjectResult) -> None:
    dashed, plain = (draw(each) for each in (result, replace(result, extent="certain")))
    blue = [(np.abs(np.asarray(each, dtype=int) - CERTAIN).max(axis=-1) < 60).sum() for each in (dashed, plain)]
    assert blue[0] > 200 and blue[1] < blue[0] / 3  # The axis z is blue, too.


@pytest.mark.parametrize(("coverage", "words"), [(1.0, "100.00 %"), (0.99999, "99.99 %"), (0.2345, "23.45 %")])
def test_overlay_picture_calls_a_mask_covered_whole_only_if_it_is(
    coverage: float, words: str, result: ObjectResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple] = []
    monkeypatch.setattr(pictures, "overlay_sheet", lambda *arguments: calls.append(arguments))
    overlay_picture(replace(result, views=tuple(replace(view, coverage=coverage) for view in result.views)))
    assert {view.figures for view in calls[0][0]} == {f"mask covered {words}"}


def test_save_animation_of_a_start_box_that_was_chosen_has_a_frame_for_it(result: ObjectResult, tmp_path: Path) -> None:
    fitted = tuple(step for step in result.history if step.stage != "result")
    last = replace(fitted[0], stage="result", index=0, total=0)
    frames = []
    for name, history in (("fit.gif", fitted), ("start.gif", (*fitted, last))):
        save_animation(replace(result, history=history), tmp_path / name)
        with Image.open(tmp_path / name) as gif:
            frames.append(gif.n_frames)
    assert frames[1] == frames[0] + 1
