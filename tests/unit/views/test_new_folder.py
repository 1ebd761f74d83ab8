from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.views.new_folder import free_folder, new_folder, set_aside


def fill(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "file").write_text(text)


def test_set_aside_whose_block_ends_well_lets_the_earlier_folder_go(tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    fill(folder, "old")
    with set_aside(folder):
        with new_folder(folder) as draft:
            (draft / "file").write_text("new")
        assert (folder / "file").read_text() == "new"
    assert (folder / "file").read_text() == "new" and list(tmp_path.iterdir()) == [folder]


def test_set_aside_whose_block_raises_brings_the_earlier_folder_back(tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    fill(folder, "old")
    with pytest.raises(ZeroDivisionError), set_aside(folder):
        fill(folder, "new")
        raise ZeroDivisionError
    assert (folder / "file").read_text() == "old" and list(tmp_path.iterdir()) == [folder]


def test_set_aside_of_no_folder_leaves_what_is_made(tmp_path: Path) -> None:
    with set_aside(tmp_path / "masks"):
        fill(tmp_path / "masks", "new")
    assert (tmp_path / "masks" / "file").read_text() == "new"


def test_free_folder_is_the_first_that_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    assert free_folder(folder) == folder
    fill(folder, "old")
    (tmp_path / "masks_2").write_text("a file")
    (tmp_path / "masks_3").mkdir()
    assert free_folder(folder) == tmp_path / "masks_3"


def test_new_folder_over_one_that_holds_something_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "masks", "old")
    with pytest.raises(DatasetError, match="is not an empty folder"), new_folder(tmp_path / "masks"):
        raise AssertionError
