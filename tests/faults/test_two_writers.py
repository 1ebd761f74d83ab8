"""Several programs that write one stage: none loses anything of the others."""

from pathlib import Path

import pytest
from boxfit.errors import BoxfitError
from boxfit.session.output_stage import OutputStage
from boxfit.session.session import Session
from boxfit.settings import FitSettings, PrimSettings
from boxfit.usd.cube import find_boxes
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage, open_from_disk, open_stage

from tests.faults.conftest import end, start


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


def edit_elsewhere(path: Path) -> None:
    """Add a prim to the file, as another program would."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '\ndef Xform "OfAnotherProgram"\n{\n}\n', encoding="utf-8")


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
