"""Fixtures to run commands in this process, and files that must not change."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from boxfit.__main__ import main

from tests.folders import write_box_views

SCENE = (
    '#usda 1.0\n(\n    defaultPrim = "World"\n    metersPerUnit = 1\n    upAxis = "Y"\n)\n\ndef Xform "World"\n{\n}\n'
)


@dataclass(frozen=True)
class Outcome:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]
"""Runs a command with its arguments."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the console script does."""

    def call(*arguments: object) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def views(tmp_path: Path) -> Path:
    """Make a valid dataset: eight views of a box."""
    write_box_views(tmp_path / "views", 8)
    return tmp_path / "views"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Make a stage of the user."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "scene.usda"
    path.write_text(SCENE, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, including hidden files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
