"""Option `--python`: messages of the commands about another interpreter."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.interpreters import OtherPython


@pytest.mark.usefixtures("no_torch_here")
def test_fit_names_the_renderer_and_its_interpreter(views: Path, tmp_path: Path, run: Run, other: OtherPython) -> None:
    other.add_renderer("kaolin")
    outcome = run(
        "fit", "--verbose", views, "--output", tmp_path / "box.usda", "--python", other.path, "--max-steps", 3
    )
    assert outcome.code == 0 and "note" not in outcome.err
    assert "auto, renderer kaolin in" in outcome.out


@pytest.mark.usefixtures("no_torch_here")
def test_fit_without_kaolin_anywhere_notes_why(views: Path, tmp_path: Path, run: Run, other: OtherPython) -> None:
    flags = ["--output", tmp_path / "box.usda", "--python", other.path, "--max-steps", 3]
    outcome = run("fit", "--verbose", views, *flags)
    assert outcome.code == 0
    assert "boxfit: note: box.usd/1: area was used: the renderer 'kaolin' cannot run here" in outcome.err
    assert "auto, renderer area\n" in outcome.out and "area was used" in outcome.out


@pytest.mark.usefixtures("no_torch_here")
def test_fit_that_needs_no_renderer_names_none(views: Path, tmp_path: Path, run: Run, other: OtherPython) -> None:
    # A box along the axes is not filled by one that is turned.
    flags = ["--output", tmp_path / "box.usda", "--python", other.path, "--align", "axes"]
    outcome = run("fit", "--verbose", views, *flags)
    assert outcome.code == 0 and "note" not in outcome.err and "renderer" not in outcome.out + outcome.err
    assert "  auto\n" in outcome.out


@pytest.mark.usefixtures("no_torch_here")
def test_fit_whose_worker_crashes_ends_with_one_line_and_writes_nothing(
    views: Path, tmp_path: Path, run: Run, other: OtherPython
) -> None:
    other.add_renderer("dibr", "os._exit(4)")
    flags = ["--renderer", "dibr", "--python", other.path, "--quiet"]
    outcome = run("fit", "--verbose", views, "--output", tmp_path / "box.usda", *flags)
    assert outcome.code == 1 and not (tmp_path / "box.usda").exists()
    (line,) = outcome.err.splitlines()
    assert line.startswith("boxfit: error: the renderer 'dibr' failed in") and "exit code 4" in line


def test_doctor_checks_another_interpreter(run: Run, other: OtherPython) -> None:
    other.add_renderer("kaolin", unavailable="return 'no GPU'")
    other.add_renderer("dibr")
    checks = {check["name"]: check for check in json.loads(run("doctor", "--python", other.path, "--json").out)}
    assert checks["other Python"]["state"] == "ok"
    assert checks["other Python"]["found"].startswith(f"{other.path}: Python 3.")
    assert checks["renderer dibr, other Python"]["state"] == "ok"
    kaolin = checks["renderer kaolin, other Python"]
    assert (kaolin["state"], kaolin["remedy"]) == ("missing", "no GPU")


def test_doctor_of_a_path_that_is_not_an_interpreter_gives_the_reason(run: Run, tmp_path: Path) -> None:
    outcome = run("doctor", "--python", tmp_path / "python", "--json")
    check = json.loads(outcome.out)[-1]
    assert (check["name"], check["state"]) == ("other Python", "missing")
    assert check["remedy"].startswith("there is no such file") and outcome.code == 0
