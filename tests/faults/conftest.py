"""Commands in processes of their own, which can be killed, limited and raced."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.folders import write_box_views

ROOT = Path(__file__).parents[2]
WITHIN = 120.0
"""Longest time of a command, in [s]: many times what it takes."""

FILES = {"output": "box.usda", "report": "report.json", "overlay": "overlay.png", "curve": "loss.png", "gif": "fit.gif"}
"""Every file that `boxfit fit` can write, by the flag that names it."""

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


@pytest.fixture(scope="session")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a valid dataset: eight small views of a box."""
    folder = tmp_path_factory.mktemp("data") / "views"
    write_box_views(folder, 8)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Mapping[str, Path]:
    """Make a file for each flag, so that nothing may be lost of it."""
    files = {flag: tmp_path / "out" / name for flag, name in FILES.items()}
    (tmp_path / "out").mkdir()
    for path in files.values():
        path.write_text(f"old {path.name}", encoding="utf-8")
    return files


def flags(files: Mapping[str, Path]) -> list[str]:
    return [word for flag, path in files.items() for word in (f"--{flag}", str(path))] + ["--force"]


def start(*arguments: object, code: str = "", **options: Any) -> subprocess.Popen[str]:
    """Start `boxfit` in a process; `code` runs before its main function."""
    script = f"import sys\n{code}\nfrom boxfit.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT / "source"} | options
    return subprocess.Popen(command, **options)


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, and what it printed to standard output and to standard error."""
    out, err = process.communicate(timeout=WITHIN)
    return process.returncode, out or "", err or ""


def is_old(path: Path) -> bool:
    return path.read_text(encoding="utf-8", errors="replace") == f"old {path.name}"
