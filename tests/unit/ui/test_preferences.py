"""Tests of settings kept between runs, in a file that may be damaged."""

import json
import os
import sys
from pathlib import Path

import pytest
from boxfit.errors import OutputError
from boxfit.ui.desktop.preferences import Preferences, config_folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not yet there" / "panel.json"


def test_store_then_read_gives_the_values_back(path: Path) -> None:
    values = {"method": "tight", "steps": 200, "label": None, "text": "Zürich", "on": True, "list": [1.5]}
    Preferences(path).store("settings", values)
    preferences = Preferences(path)
    assert preferences.group("settings") == values
    assert preferences.problem is None


def test_store_of_one_group_keeps_the_others(path: Path) -> None:
    Preferences(path).store("settings", {"method": "tight"})
    preferences = Preferences(path)
    preferences.store("window", {"panel_width": 400})
    assert Preferences(path).group("settings") == {"method": "tight"}
    assert Preferences(path).group("window") == {"panel_width": 400}


def test_read_without_a_file_is_no_problem(path: Path) -> None:
    preferences = Preferences(path)
    assert preferences.group("settings") == {} and preferences.problem is None
    assert not path.parent.exists()


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"settings": 3}', b"\xff\xfe", b""])
def test_read_of_a_damaged_file_says_so_and_starts_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    preferences = Preferences(path)
    assert preferences.group("settings") == {}
    assert preferences.problem is not None
    assert str(path) in preferences.problem and "panel.damaged.json" in preferences.problem
    assert path.with_name("panel.damaged.json").read_bytes() == content
    preferences.store("settings", {"method": "tight"})
    assert Preferences(path).group("settings") == {"method": "tight"}


def test_store_that_fails_leaves_the_file_and_no_draft(path: Path) -> None:
    preferences = Preferences(path)
    preferences.store("settings", {"method": "tight"})
    with pytest.raises(TypeError):
        preferences.store("settings", {"method": object()})
    assert json.loads(path.read_text(encoding="utf-8")) == {"settings": {"method": "tight"}}
    assert list(path.parent.iterdir()) == [path]


def test_store_where_the_folder_cannot_be_made_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "panel.json"
    with pytest.raises(OutputError, match=r"panel\.json cannot be written"):
        Preferences(path).store("settings", {"method": "tight"})


def test_config_folder_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOXFIT_CONFIG", str(tmp_path))
    assert config_folder() == tmp_path


@pytest.mark.parametrize(
    ("system", "variable", "inside"),
    [("linux", "XDG_CONFIG_HOME", "boxfit"), ("win32", "APPDATA", "boxfit")],
)
def test_config_folder_is_inside_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, variable: str, inside: str
) -> None:
    monkeypatch.delenv("BOXFIT_CONFIG", raising=False)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv(variable, str(tmp_path))
    assert config_folder() == tmp_path / inside


@pytest.mark.skipif(os.name == "nt", reason="Windows has no XDG_CONFIG_HOME")
def test_config_folder_with_a_relative_variable_is_in_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BOXFIT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert config_folder() == tmp_path / ".config" / "boxfit"
