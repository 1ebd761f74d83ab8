"""Several programs that write one stage: none loses anything of the others."""

import os
import shutil
from pathlib import Path
from typing import Any

import boxfit
import boxfit.cli.fit
import pytest
from boxfit.__main__ import main
from boxfit.errors import BoxfitError
from boxfit.session.output_stage import OutputStage
from boxfit.session.session import Session
from boxfit.settings import FitSettings, PrimSettings
from boxfit.usd.cube import find_boxes
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_from_disk, open_stage

from tests.faults.conftest import end, posix_only, start


def test_fits_into_one_stage_at_once_all_keep_their_boxes(views: Path, tmp_path: Path) -> None:
    stage = save_stage(new_stage(tmp_path / "scene.usda"))
    paths = [f"/World/Box_{index}" for index in range(4)]
    for process in [start("fit", views, "--into", stage, "--prim", path) for path in paths]:
        result, _, error = end(process)
        assert result == 0, error
    assert sorted(find_boxes(open_from_disk(stage))) == paths
    assert [path.name for path in tmp_path.iterdir()] == ["scene.usda"]


def test_fits_to_one_new_stage_at_once_let_one_win_and_tell_the_others(views: Path, tmp_path: Path) -> None:
    stage = tmp_path / "box.usda"
    ends = [end(process) for process in [start("fit", views, "--output", stage) for _ in range(3)]]
    assert sorted(result for result, _, _ in ends) == [0, 1, 1]
    for result, _, error in ends:
        assert result == 0 or "box.usda" in error.splitlines()[-1]
    assert len(find_boxes(open_stage(stage))) == 1


@pytest.fixture
def fitted(views: Path) -> Session:
    session = Session(views, fit_settings=FitSettings(method="contact"))
    for _ in session.fit():
        pass
    return session


def edit_elsewhere(path: Path, name: str = "OfAnotherProgram") -> None:
    """Add a prim to the file, as another program would."""
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\ndef Xform "{name}"\n{{\n}}\n', encoding="utf-8")


def test_edit_saved_by_another_program_between_opening_and_saving_stays(fitted: Session, tmp_path: Path) -> None:
    stage = OutputStage(save_stage(new_stage(tmp_path / "scene.usda")), is_new=False)
    edit_elsewhere(stage.path)
    fitted.write(stage, PrimSettings(prim="/World/Box"))
    saved = open_from_disk(stage.path)
    assert saved.GetPrimAtPath("/OfAnotherProgram") and saved.GetPrimAtPath("/World/Box")


def test_edit_saved_by_another_program_while_there_are_unsaved_ones_is_not_overwritten(
    fitted: Session, tmp_path: Path
) -> None:
    path = save_stage(new_stage(tmp_path / "scene.usda"))
    stage, opened = OutputStage(path, is_new=False), open_stage(path)
    opened.DefinePrim("/Unsaved")
    edit_elsewhere(path)
    with pytest.raises(BoxfitError, match=r"scene\.usda was changed by another program while it was open here"):
        fitted.write(stage, PrimSettings(prim="/World/Box"))
    assert "OfAnotherProgram" in path.read_text(encoding="utf-8")


def test_second_fit_into_a_stage_that_is_open_here_keeps_what_another_program_saved(
    views: Path, tmp_path: Path
) -> None:
    path = save_stage(new_stage(tmp_path / "scene.usda"))
    kept_open = open_stage(path)
    for prim in ("/World/A", "/World/B"):
        boxfit.fit(views, into=path, prim=prim, method="contact")
        edit_elsewhere(path, f"After_{prim[-1]}")
    boxfit.fit(views, into=path, prim="/World/C", method="contact")
    saved = open_from_disk(path)
    assert saved.GetPrimAtPath("/After_A") and saved.GetPrimAtPath("/After_B") and len(find_boxes(saved)) == 3
    del kept_open


def test_output_stage_is_written_twice(fitted: Session, tmp_path: Path) -> None:
    stage = OutputStage(save_stage(new_stage(tmp_path / "scene.usda")), is_new=False)
    for prim in ("/World/A", "/World/B"):
        fitted.write(stage, PrimSettings(prim=prim))
    assert sorted(find_boxes(open_from_disk(stage.path))) == ["/World/A", "/World/B"]


def test_picture_that_another_program_makes_meanwhile_is_not_replaced(
    views: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(*arguments: Any) -> None:
        curve.write_text("of another program", encoding="utf-8")
        drawn(*arguments)

    curve, stage = tmp_path / "loss.png", tmp_path / "box.usda"
    drawn = boxfit.cli.fit._draw
    monkeypatch.setattr("boxfit.cli.fit._draw", draw)
    assert main(["fit", str(views), "--output", str(stage), "--curve", str(curve), "--method", "contact"]) == 1
    assert "loss.png was made by another program meanwhile" in capsys.readouterr().err
    assert curve.read_text(encoding="utf-8") == "of another program" and not stage.exists()


@posix_only
def test_fits_into_one_stage_by_two_of_its_names_all_keep_their_boxes(views: Path, tmp_path: Path) -> None:
    stage = save_stage(new_stage(tmp_path / "scene.usda"))
    other = tmp_path / "other_name.usda"
    os.link(stage, other)
    paths = [f"/World/Box_{index}" for index in range(4)]
    names = [stage, other, stage, other]
    runs = [start("fit", views, "--into", name, "--prim", path) for name, path in zip(names, paths, strict=True)]
    written = [path for path, process in zip(paths, runs, strict=True) if end(process)[0] == 0]
    assert written and set(written) <= set(find_boxes(open_from_disk(stage)))


@posix_only
@pytest.mark.parametrize("kind", ["deleted", "a pipe"])
def test_stage_that_is_no_file_any_more_is_not_made_again(fitted: Session, tmp_path: Path, kind: str) -> None:
    stage = OutputStage(save_stage(new_stage(tmp_path / "scene.usda")), is_new=False)
    stage.path.unlink()
    if kind == "a pipe":
        os.mkfifo(stage.path)
    with pytest.raises(BoxfitError, match=r"scene\.usda is no longer there"):
        fitted.write(stage)
    assert not stage.path.is_file()


def test_box_of_a_write_that_failed_is_not_part_of_the_next_one(
    fitted: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = OutputStage(save_stage(new_stage(tmp_path / "scene.usda")), is_new=False)
    with monkeypatch.context() as broken:
        broken.setattr("boxfit.files.drafts._put", lambda draft: (tmp_path / "gone").stat())
        with pytest.raises(BoxfitError):
            fitted.write(stage, PrimSettings(prim="/World/A"))
    fitted.write(stage, PrimSettings(prim="/World/B"))
    assert find_boxes(open_from_disk(stage.path)) == ["/World/B"]


@posix_only
def test_outputs_that_are_other_names_of_a_file_are_refused(views: Path, tmp_path: Path) -> None:
    data = shutil.copytree(views, tmp_path / "data")
    os.link(data / "0_metadata.json", tmp_path / "report.json")
    (tmp_path / "a.png").touch()
    os.link(tmp_path / "a.png", tmp_path / "b.png")
    os.mkfifo(tmp_path / "pipe.json")
    before = (data / "0_metadata.json").read_bytes()
    for words, found in (
        (["--report", tmp_path / "report.json"], "is the metadata of view 0"),
        (["--overlay", tmp_path / "a.png", "--curve", tmp_path / "b.png"], "is named twice"),
        (["--report", tmp_path / "pipe.json"], "it is a device or a pipe, and no file"),
    ):
        result, _, error = end(start("fit", data, "--output", tmp_path / "box.usda", "--force", *words))
        assert result == 1 and found in error
    assert (data / "0_metadata.json").read_bytes() == before and (tmp_path / "pipe.json").is_fifo()
