"""Tests of choosing a file or folder: browsing, and invalid choices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from boxfit.ui.desktop import file_choice
from boxfit.ui.desktop.file_choice import FileChoice


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    for folder in ("b folder", "A folder", ".hidden"):
        (place / folder).mkdir(parents=True)
    for name in ("scene.usda", "Other.usdc", "notes.txt"):
        (place / name).write_text("", encoding="utf-8")
    return place


def names(choice: FileChoice) -> list[str]:
    return [entry.path.name for entry in choice.entries]


def test_list_shows_folders_first_then_stages(place: Path) -> None:
    assert names(FileChoice("stage", place)) == ["A folder", "b folder", "Other.usdc", "scene.usda"]
    assert names(FileChoice("folder", place)) == ["A folder", "b folder"]


@pytest.mark.parametrize("start", ["scene.usda", "gone/deeper", "A folder/.."])
def test_begin_at_a_file_or_a_folder_that_is_gone_takes_the_nearest_folder(place: Path, start: str) -> None:
    assert FileChoice("stage", place / start).folder == place


def test_go_up_and_into_a_folder_moves_there(place: Path) -> None:
    choice = FileChoice("folder", place / "A folder")
    choice.go_up()
    assert choice.folder == place
    choice.point_at(choice.entries[1])
    assert choice.accept() == place / "b folder"


def test_go_up_from_the_root_stays(place: Path) -> None:
    choice = FileChoice("folder", Path(place.anchor))
    choice.go_up()
    assert choice.folder == Path(place.anchor) and not choice.problem


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not keep this user out")
def test_go_to_a_folder_without_rights_says_so_and_stays(place: Path) -> None:
    (place / "A folder").chmod(0)
    choice = FileChoice("folder", place)
    choice.point_at(choice.entries[0])
    (place / "A folder").chmod(0o700)
    assert choice.folder == place and "cannot be read" in choice.problem


def test_go_to_what_is_no_folder_says_so_and_stays(place: Path) -> None:
    choice = FileChoice("stage", place)
    choice.go(place / "notes.txt")
    assert choice.folder == place and "notes.txt cannot be read" in choice.problem


def test_list_of_very_many_entries_is_cut_and_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_choice, "MOST_ENTRIES", 3)
    choice = FileChoice("stage", place)
    assert len(choice.entries) == 3 and "the first 3 of 4" in choice.problem


@pytest.mark.parametrize("text", ["../place/scene.usda", "scene.usda", "{place}/scene.usda", "  scene.usda "])
def test_type_the_path_of_a_stage_takes_it(place: Path, text: str) -> None:
    choice = FileChoice("stage", place)
    choice.type_path(text.format(place=place))
    assert choice.accept() == place / "scene.usda"


def test_type_the_path_of_a_folder_goes_there(place: Path) -> None:
    choice = FileChoice("new stage", place)
    choice.type_path("b folder")
    assert choice.folder == place / "b folder" and choice.name == ""


def test_type_the_home_folder_goes_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place / "A folder"))
    monkeypatch.setenv("USERPROFILE", str(place / "A folder"))
    choice = FileChoice("folder", place)
    choice.type_path("~")
    assert choice.accept() == place / "A folder"


def test_type_the_path_of_a_json_file_takes_it_for_a_folder_of_views_until_another_folder_is_opened(
    place: Path,
) -> None:
    (place / "A folder" / "transforms.json").write_text("{}", encoding="utf-8")
    choice = FileChoice("folder", place)
    choice.type_path("A folder/transforms.json")
    assert choice.accept() == choice.path == place / "A folder" / "transforms.json"
    choice.go_up()
    assert choice.accept() == choice.path == place
    for gone in ("gone.json", "scene.usda"):
        choice.type_path(gone)
        assert "is no folder" in choice.problem and choice.path == place


@pytest.mark.parametrize(("name", "says"), [("", "point at a stage"), ("gone.usda", "does not exist")])
def test_accept_no_stage_says_what_to_do(place: Path, name: str, says: str) -> None:
    choice = FileChoice("stage", place)
    choice.type_name(name)
    assert choice.accept() is None and says in choice.problem


@pytest.mark.parametrize("name", ["scene.txt", "gone/new.usda", ""])
def test_accept_a_new_stage_that_cannot_be_written_says_why(place: Path, name: str) -> None:
    choice = FileChoice("new stage", place)
    choice.type_name(name)
    assert choice.accept() is None and choice.problem and not choice.replaces


def test_accept_a_new_stage_without_a_suffix_adds_one(place: Path) -> None:
    choice = FileChoice("new stage", place)
    choice.type_name("new")
    assert choice.accept() == place / "new.usda"


@pytest.mark.parametrize("name", ["scene.usda", "scene"])
def test_accept_a_new_stage_over_a_file_takes_two_accepts(place: Path, name: str) -> None:
    choice = FileChoice("new stage", place)
    choice.type_name(name)
    assert choice.accept() is None and choice.replaces and "scene.usda exists" in choice.problem
    assert choice.accept() == place / "scene.usda"


def test_type_another_name_after_the_question_asks_again(place: Path) -> None:
    choice = FileChoice("new stage", place)
    choice.type_name("scene.usda")
    choice.accept()
    choice.type_name("Other.usdc")
    assert choice.accept() is None and "Other.usdc exists" in choice.problem


def test_accept_the_name_of_a_folder_goes_there(place: Path) -> None:
    choice = FileChoice("stage", place)
    choice.type_name("A folder")
    assert choice.accept() is None
    assert choice.folder == place / "A folder" and not choice.problem
