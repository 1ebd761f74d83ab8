"""Command `panel`: its errors and its screenshots. The window itself is tested in tests/ui."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from boxfit.ui.desktop.availability import unavailable_reason
from PIL import Image

from tests.cli.conftest import Run, contents
from tests.conftest import skip_or_fail
from tests.plain_files import write_plain_boxes


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a machine that can show the window."""
    monkeypatch.setattr("boxfit.cli.panel.unavailable_reason", lambda display=True: None)


def test_run_where_the_window_cannot_be_shown_gives_the_reason(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxfit.cli.panel.unavailable_reason", lambda display: "it needs this: do that")
    outcome = run("panel", "missing.usda")
    assert (outcome.code, outcome.err) == (1, "boxfit: error: it needs this: do that\n")


def test_run_with_a_source_that_does_not_exist_names_it(run: Run, able: None, tmp_path: Path) -> None:
    outcome = run("panel", tmp_path / "missing.usda")
    assert outcome.code == 1 and "missing.usda does not exist" in outcome.err


@pytest.mark.parametrize(
    ("name", "message"), [("a.jpg", "a .png file"), ("gone/a.png", "does not exist"), ("mine.png", "mine.png exists")]
)
def test_run_with_a_screenshot_that_cannot_be_written_says_why(
    run: Run, able: None, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "mine.png").write_bytes(b"mine")
    outcome = run("panel", "--screenshot", tmp_path / name)
    assert outcome.code == 1 and message in outcome.err
    assert contents(tmp_path) == {"mine.png": b"mine"}


def panel(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process, in a folder, without a display."""
    if reason := unavailable_reason(display=False):
        skip_or_fail("ui", reason)
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"BOXFIT_CONFIG": str(folder.parent / "config"), "OMNIUI_LAVAPIPE": "1"}
    command = [sys.executable, "-m", "boxfit", "panel", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120)


@pytest.mark.parametrize(
    ("flags", "size"), [([], (1280, 800)), (["--size", "1440", "1000", "--scale", "2"], (1440, 1000))]
)
def test_run_with_a_screenshot_writes_it_and_nothing_else(
    tmp_path: Path, views: Path, flags: list[str], size: tuple[int, int]
) -> None:
    folder = tmp_path / "current"
    folder.mkdir()
    done = panel(folder, views, "--screenshot", "panel.png", *flags)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "screenshot panel.png\n"
    assert "Traceback" not in done.stderr and "[error]" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["panel.png"]
    with Image.open(folder / "panel.png") as picture:
        assert picture.size == size
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 50


def test_run_with_a_json_file_shows_its_views(tmp_path: Path) -> None:
    write_plain_boxes(tmp_path / "plain")
    for source in ("plain", "plain/boxfit.json"):
        done = panel(tmp_path, source, "--screenshot", f"{Path(source).name}.png")
        assert done.returncode == 0, done.stderr
    # The pictures differ in the path in the panel, and not in the 3D view.
    views = [Image.open(tmp_path / f"{name}.png").crop((0, 40, 860, 800)) for name in ("plain", "boxfit.json")]
    assert views[0].tobytes() == views[1].tobytes()
    assert len(views[0].convert("RGB").getcolors(1 << 24)) > 50


def test_run_with_a_broken_stage_fails_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.usda").write_text("no stage", encoding="utf-8")
    done = panel(tmp_path, "broken.usda", "--screenshot", "panel.png")
    assert done.returncode == 1
    assert "boxfit: error: broken.usda is not a USD stage" in done.stderr
    assert not (tmp_path / "panel.png").exists()


def test_run_without_a_display_names_the_remedy(tmp_path: Path) -> None:
    done = panel(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no display" in done.stderr and "--screenshot" in done.stderr
