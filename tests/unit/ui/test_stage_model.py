"""Tests of undo, save and open in the panel's model."""

import shutil
from pathlib import Path

import pytest
from boxfit.errors import StageError
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage, unnamed_stage

from tests.hosts import HostInMemory, until
from tests.stages import box_stage
from tests.unit.ui.stories import SHORT, fitted, on_stage, ready


async def test_names_follow_the_stage(model: PanelModel, host: HostInMemory, tmp_path: Path) -> None:
    assert (model.stage.name, model.stage.file) == ("scene.usda", tmp_path / "scene.usda")
    host.replace_stage(unnamed_stage())
    assert model.stage.file is None and model.stage.name == "new stage"
    host.replace_stage(None)
    assert (model.stage.name, model.stage.modified) == ("no stage", False)


@on_stage(lambda folder: unnamed_stage())
async def test_save_a_stage_without_a_file_asks_for_one(model: PanelModel, tmp_path: Path, host: HostInMemory) -> None:
    model.stage.save()
    ((what, _, start, picked),) = host.picks
    assert (what, start) == ("new stage", None)
    picked(tmp_path / "named.usda")
    await until(lambda: model.stage.message)
    assert (tmp_path / "named.usda").is_file()


async def test_save_that_fails_says_why_and_can_be_tried_again(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(path: Path | None = None) -> Path:
        raise StageError("scene.usda cannot be written (disk full)")

    await fitted(model, **SHORT)
    with monkeypatch.context() as patch:
        patch.setattr(host, "save", refuse)
        model.stage.save()
        await until(lambda: model.stage.error)
    assert model.stage.error.startswith("scene.usda cannot be written (disk full); use Save as...")
    assert model.stage.modified and not model.stage.saving
    model.stage.save()
    await until(lambda: model.stage.message)
    assert model.stage.error == ""


async def test_save_that_meets_a_bug_says_so_and_is_not_left_under_way(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(path: Path | None = None) -> Path:
        raise RuntimeError("of all things")

    monkeypatch.setattr(host, "save", broken)
    model.stage.save()
    await until(lambda: model.stage.error)
    assert "RuntimeError: of all things" in model.stage.error and not model.stage.saving
    assert "in broken" in caplog.text


async def test_open_another_stage_reads_its_dataset(model: PanelModel, host: HostInMemory, tmp_path: Path) -> None:
    box_stage(tmp_path / "other", count=6)
    await ready(model)
    model.stage.open()
    ((what, _, start, picked),) = host.picks
    assert (what, start) == ("stage", tmp_path)
    picked(tmp_path / "other" / "scene.usda")
    await until(lambda: model.source.source and len(model.source.source.dataset.views) == 6)


async def test_open_what_is_no_stage_says_so_and_keeps_the_one_that_is_open(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    (tmp_path / "broken.usda").write_text("no stage", encoding="utf-8")
    stage = host.stage
    model.stage.open()
    host.picks[0][3](tmp_path / "broken.usda")
    await until(lambda: model.stage.error)
    assert "broken.usda" in model.stage.error and host.stage is stage


async def test_undo_that_fails_says_why(model: PanelModel, host: HostInMemory) -> None:
    def refuse() -> None:
        raise StageError("the stage that was changed is closed")

    host.undo = refuse  # type: ignore[method-assign]
    model.stage.undo()
    assert model.stage.error == "the stage that was changed is closed"


async def test_save_after_a_fit_and_open_again_finds_the_same_prim(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    await fitted(model, **SHORT)
    prim = model.fit.prim
    assert model.stage.modified and model.stage.undo_label
    model.stage.save()
    await until(lambda: model.stage.message)
    assert not model.stage.modified and not model.stage.saving
    assert model.stage.message == f"saved {tmp_path / 'scene.usda'}"
    # USD still holds the layer of the file: only a copy is read from disk.
    host.replace_stage(open_stage(shutil.copy(tmp_path / "scene.usda", tmp_path / "copy.usda")))
    await ready(model)
    assert [box.name for box in model.scene.content.boxes] == [prim]
    await fitted(model)
    assert model.fit.prim == prim and find_boxes(host.stage) == [prim]


@pytest.mark.parametrize(("action", "method"), [("save_as", "save_as"), ("open", "pick")])
async def test_dialog_that_the_host_cannot_show_is_told_in_the_panel(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch, action: str, method: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no dialog today")

    monkeypatch.setattr(host, method, fail)
    getattr(model.stage, action)()
    assert "RuntimeError: no dialog today" in model.stage.error
