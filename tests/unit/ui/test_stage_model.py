"""Tests of undo, save and open in the panel's model."""

from pathlib import Path

import pytest
from boxfit.errors import StageError
from boxfit.ui.model.panel_model import PanelModel
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage, unnamed_stage
from pxr import Usd

from tests.hosts import HostInMemory, run, until
from tests.stages import box_stage, stage_text


async def fitted(model: PanelModel) -> None:
    await until(lambda: model.source.state == "ready")
    model.settings.change("method", "contact")
    model.settings.change("align", "axes")
    model.fit.fit()
    await until(lambda: not model.fit.running)


def test_names_follow_the_stage(host: HostInMemory, tmp_path: Path) -> None:
    async def story(model: PanelModel) -> None:
        assert (model.stage.name, model.stage.file) == ("scene.usda", tmp_path / "scene.usda")
        host.replace_stage(unnamed_stage())
        assert model.stage.file is None and model.stage.name == "new stage"
        host.replace_stage(None)
        assert (model.stage.name, model.stage.modified) == ("no stage", False)

    run(story, host)


def test_save_after_a_fit_writes_the_box_to_disk(host: HostInMemory, tmp_path: Path) -> None:
    async def story(model: PanelModel) -> None:
        await fitted(model)
        assert model.stage.modified and model.stage.undo_label
        model.stage.save()
        await until(lambda: model.stage.message)
        assert not model.stage.modified and not model.stage.saving
        assert model.stage.message == f"saved {tmp_path / 'scene.usda'}"

    run(story, host)
    text = (tmp_path / "scene.usda").read_text(encoding="utf-8")
    copy = tmp_path / "copy.usda"
    copy.write_text(text, encoding="utf-8")
    assert len(find_boxes(Usd.Stage.Open(str(copy)))) == 1


def test_save_a_stage_without_a_file_asks_for_one(tmp_path: Path) -> None:
    host = HostInMemory(unnamed_stage())

    async def story(model: PanelModel) -> None:
        model.stage.save()
        ((what, _, start, picked),) = host.picks
        assert (what, start) == ("new stage", None)
        picked(tmp_path / "named.usda")
        await until(lambda: model.stage.message)
        assert (tmp_path / "named.usda").is_file()

    run(story, host)


def test_save_that_fails_says_why_and_can_be_tried_again(host: HostInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(path: Path | None = None) -> Path:
        raise StageError("scene.usda cannot be written (disk full)")

    async def story(model: PanelModel) -> None:
        await fitted(model)
        with monkeypatch.context() as patch:
            patch.setattr(host, "save", refuse)
            model.stage.save()
            await until(lambda: model.stage.error)
        assert model.stage.error.startswith("scene.usda cannot be written (disk full); use Save as...")
        assert model.stage.modified and not model.stage.saving
        model.stage.save()
        await until(lambda: model.stage.message)
        assert model.stage.error == ""

    run(story, host)


def test_save_that_meets_a_bug_says_so_and_is_not_left_under_way(
    host: HostInMemory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(path: Path | None = None) -> Path:
        raise RuntimeError("of all things")

    async def story(model: PanelModel) -> None:
        monkeypatch.setattr(host, "save", broken)
        model.stage.save()
        await until(lambda: model.stage.error)
        assert "RuntimeError: of all things" in model.stage.error and not model.stage.saving
        assert "in broken" in caplog.text

    run(story, host)


def test_open_another_stage_reads_its_dataset(host: HostInMemory, tmp_path: Path) -> None:
    box_stage(tmp_path / "other", count=6)

    async def story(model: PanelModel) -> None:
        await until(lambda: model.source.state == "ready")
        model.stage.open()
        ((what, _, start, picked),) = host.picks
        assert (what, start) == ("stage", tmp_path)
        picked(tmp_path / "other" / "scene.usda")
        await until(lambda: model.source.source and len(model.source.source.dataset.views) == 6)

    run(story, host)


def test_open_what_is_no_stage_says_so_and_keeps_the_one_that_is_open(host: HostInMemory, tmp_path: Path) -> None:
    (tmp_path / "broken.usda").write_text("no stage", encoding="utf-8")

    async def story(model: PanelModel) -> None:
        stage = host.stage
        model.stage.open()
        host.picks[0][3](tmp_path / "broken.usda")
        await until(lambda: model.stage.error)
        assert "broken.usda" in model.stage.error and host.stage is stage

    run(story, host)


def test_undo_that_fails_says_why(host: HostInMemory) -> None:
    def refuse() -> None:
        raise StageError("the stage that was changed is closed")

    async def story(model: PanelModel) -> None:
        host.undo = refuse  # type: ignore[method-assign]
        model.stage.undo()
        assert model.stage.error == "the stage that was changed is closed"

    run(story, host)


def test_undo_labels_follow_what_was_done(host: HostInMemory) -> None:
    async def story(model: PanelModel) -> None:
        await fitted(model)
        assert (model.stage.undo_label, model.stage.redo_label) == ("Fit a box", None)
        before = stage_text(host.stage)
        model.stage.undo()
        assert (model.stage.undo_label, model.stage.redo_label) == (None, "Fit a box")
        model.stage.redo()
        assert stage_text(host.stage) == before

    run(story, host)


def test_save_and_open_again_finds_the_same_prim(host: HostInMemory, tmp_path: Path) -> None:
    async def story(model: PanelModel) -> None:
        await fitted(model)
        prim = model.fit.prim
        model.stage.save()
        await until(lambda: model.stage.message)
        host.replace_stage(open_stage(tmp_path / "scene.usda"))
        await until(lambda: model.source.state == "ready")
        assert [box.name for box in model.scene.content.boxes] == [prim]
        await fitted(model)
        assert model.fit.prim == prim and find_boxes(host.stage) == [prim]

    run(story, host)
