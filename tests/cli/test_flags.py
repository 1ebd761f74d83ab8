"""Invalid flags, help, and the two ways to start."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import boxfit
import pytest
from boxfit.cli.brief_help import EXAMPLES, USUAL
from boxfit.cli.parser import Fit, parse
from boxfit.settings import FitSettings, InputSettings, PrimSettings

from tests.cli.conftest import Run

BAD_FLAGS = {
    "no command": (["fits"], "fits"),
    "no source": (["fit"], "SOURCE"),
    "unknown flag": (["fit", "views", "--output", "b.usda", "--metod", "tight"], "--metod"),
    "bad choice": (["fit", "views", "--output", "b.usda", "--method", "magic"], "magic"),
    "bad number": (["fit", "views", "--output", "b.usda", "--seed", "many"], "many"),
    "number out of range": (["fit", "views", "--output", "b.usda", "--max-steps", "0"], "--max-steps is 0"),
    "unit without length": (["fit", "views", "--output", "b.usda", "--source-units", "0"], "--source-units is 0"),
    "floor with a unit": (["fit", "views", "--output", "b.usda", "--floor", "75cm"], "a number alone"),
    "no unit of length": (["fit", "views", "--output", "b.usda", "--source-units", "4.9kg"], "as in 4.9cm"),
    "no stage named": (["fit", "views"], "--output"),
    "two stages named": (["fit", "views", "--output", "b.usda", "--into", "c.usda"], "not both"),
    "import without a stage": (["import", "views"], "--output"),
    "window too small": (["panel", "--size", "100", "100"], "--size is 100 100"),
    "scale of a window": (["panel", "--scale", "2"], "--screenshot"),
    "scale out of range": (["panel", "--screenshot", "a.png", "--scale", "0"], "--scale is 0"),
}


@pytest.mark.parametrize("case", BAD_FLAGS)
def test_run_bad_flags_exits_with_2_and_names_the_flag(case: str, run: Run) -> None:
    arguments, word = BAD_FLAGS[case]
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert word in outcome.err and "--help" in outcome.err


def test_run_without_a_command_exits_with_2_and_shows_the_help_on_stderr(run: Run) -> None:
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "usage: boxfit" in outcome.err and "--version" in outcome.err


def test_help_of_fit_groups_its_flags(run: Run) -> None:
    out = run("fit", "--help").out
    places = [out.index(group) for group in ("output options", "--into", "input options", "--label", "prim options")]
    assert places == sorted(places)
    assert "metadata, under" not in out


@pytest.mark.parametrize("command", [[], ["fit"], ["inspect"], ["import"], ["sample"], ["panel"], ["doctor"]])
def test_help_of_a_command_exits_with_0(command: list[str], run: Run) -> None:
    outcome = run(*command, "--help")
    assert outcome.code == 0
    assert "usage: boxfit" in outcome.out


def test_help_of_fit_shows_every_setting_with_its_help(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = " ".join(run("fit", "--help-all").out.replace("│", " ").split())
    for kind in (InputSettings, FitSettings, PrimSettings):
        for setting in dataclasses.fields(kind):
            assert f"--{setting.name.replace('_', '-')}" in text
            assert setting.metadata["help"] in text, setting.name


def test_help_of_fit_shows_the_usual_flags_alone_and_ends_with_examples(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    outcome = run("fit", "views", "--help")
    shown = set(re.findall(r"^[^\w\n] (?:-h, )?--([a-z-]+)", outcome.out, re.MULTILINE))
    assert shown == {"help", "help-all", *(name.replace("_", "-") for name in USUAL if name != "source")}
    assert outcome.code == 0 and outcome.out.count("\n") <= 78
    assert outcome.out.endswith(EXAMPLES) and run("fit", "--help-all").out.endswith(EXAMPLES)


def test_examples_in_the_help_are_commands_that_can_be_read() -> None:
    commands = [line.split() for line in EXAMPLES.splitlines() if line.startswith("  boxfit")]
    assert len(commands) == 3
    assert all(isinstance(parse(command[1:]), Fit) for command in commands)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_print_completion_names_the_flags(shell: str, run: Run) -> None:
    outcome = run("--tyro-print-completion", shell)
    assert outcome.code in (0, None) and "--overlay" in outcome.out


def test_settings_have_names_of_their_own() -> None:
    names = [field.name for kind in (InputSettings, FitSettings, PrimSettings) for field in dataclasses.fields(kind)]
    assert len(names) == len(set(names))


def test_version_prints_the_version(run: Run) -> None:
    assert run("--version").out == f"boxfit {boxfit.__version__}\n"


def test_run_as_a_module_does_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "boxfit", "fit", str(tmp_path / "nowhere"), "--output", "b.usda"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("boxfit: error: ") and done.stderr.count("\n") == 1
