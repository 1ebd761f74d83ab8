"""Progress on standard error: the count of views while they are read, and the objects that are fitted."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from boxfit.cli import progress
from boxfit.cli.progress import progress_display
from boxfit.session.reading import read_source
from boxfit.session.results import Progress
from boxfit.views.cancellation import views_read

from tests.cli.conftest import Run
from tests.folders import write_box_views


def test_read_slowly_in_a_log_counts_the_views(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_box_views(tmp_path / "views", 4)
    monkeypatch.setattr(progress, "_SILENCE", -1.0)
    lines = run("inspect", tmp_path / "views").err.splitlines()
    assert lines[:4] == [f"reading: {count} of 4 views" for count in range(1, 5)]


def test_read_fast_in_a_log_counts_no_views(run: Run, tmp_path: Path) -> None:
    write_box_views(tmp_path / "views", 4)
    assert run("inspect", tmp_path / "views").err == ""


def test_fit_that_takes_long_in_a_log_tells_its_steps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = 0.0
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: seconds))
    with progress_display() as display:
        for begin, name, stage, step, total in (
            (20.0, "mug", "masks", 1, 1),
            (24.0, "mug", "start", 1, 60),
            (26.0, "mug", "start", 9, 60),
            (30.0, "mug", "tight", 1, 60),
            (30.5, "cup", "masks", 1, 1),
        ):
            seconds = begin
            display.show(Progress(name, stage, step, total))
    assert capsys.readouterr().err.splitlines() == ["fitting mug", "fitting mug: start, step 9 of 60", "fitting cup"]


def test_read_on_a_terminal_shows_a_bar_that_counts_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_box_views(tmp_path / "views", 4)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress_display() as display:
        shown = []
        monkeypatch.setattr(display._bar, "show", lambda event: shown.append((event.name, event.step, event.total)))
        read_source(tmp_path / "views")
    assert shown[-1] == ("views", 4, 4)
    views_read(1, 4)
    assert shown[-1] == ("views", 4, 4)
    assert capsys.readouterr().out == ""
