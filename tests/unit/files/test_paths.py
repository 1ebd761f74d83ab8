"""Tests of atomic writes and of the checks of output files."""

from pathlib import Path

import pytest
from boxfit.errors import OutputError
from boxfit.files import paths
from boxfit.files.paths import check_distinct, check_files, check_kept, relative_posix, server_address


def test_check_files_that_exist_need_force(tmp_path: Path) -> None:
    (tmp_path / "a.json").touch()
    check_files([tmp_path / "a.json"], force=True)
    with pytest.raises(OutputError, match=r"\(force\)"):
        check_files([tmp_path / "a.json"], force=False)


def test_check_distinct_one_file_by_two_paths_names_both_flags(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    places = {"--output": tmp_path / "a.usda", "--report": tmp_path / "folder" / ".." / "a.usda"}
    with pytest.raises(OutputError, match="--output and --report"):
        check_distinct(places)
    check_distinct({"--output": tmp_path / "a.usda", "--report": tmp_path / "folder" / "a.usda"})


@pytest.mark.parametrize("ignores", [True, False])
def test_check_distinct_names_that_differ_in_case_clash_where_the_file_system_ignores_it(
    ignores: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_ignores_case", lambda folder: ignores)
    places = {"--overlay": tmp_path / "a.png", "--curve": tmp_path / "A.PNG"}
    if ignores:
        with pytest.raises(OutputError, match="--overlay and --curve"):
            check_distinct(places)
    else:
        check_distinct(places)


def test_ignores_case_agrees_with_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "Probe").mkdir()
    assert paths._ignores_case(tmp_path / "Probe") == (tmp_path / "pROBE").exists()


def test_check_kept_output_that_is_an_input_names_flag_and_input(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OutputError, match="--report, is the metadata of view 0"):
        check_kept({"--report": tmp_path / "a"}, [("the metadata of view 0", tmp_path / "." / "a")])
    check_kept({"--report": tmp_path / "a"}, [("the metadata of view 0", tmp_path / "b")])


def test_relative_posix_goes_up_and_down(tmp_path: Path) -> None:
    assert relative_posix(tmp_path / "a" / "b", tmp_path / "c") == "../a/b"
    assert relative_posix(tmp_path, tmp_path) == "."


@pytest.mark.parametrize(
    "path", ["omniverse://server/a/b.usd", r"omniverse:\server\a\b.usd", "omniverse:/server/a/b.usd"]
)
def test_server_address_is_found_again_in_what_a_path_made_of_it(path: str) -> None:
    assert server_address(path) == "omniverse://server/a/b.usd"


@pytest.mark.parametrize("path", ["/data/views", r"C:\data\views", "C:/data", "views", "file:///data", "a:b/c", ""])
def test_server_address_of_a_place_on_this_machine_is_none(path: str) -> None:
    assert server_address(path) is None and server_address(Path(path)) is None
