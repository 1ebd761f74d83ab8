"""Renewal of the summary while a run goes on."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from boxfit.batches import renewal
from boxfit.batches.renewal import Renewal
from boxfit.batches.run import run_batch
from boxfit.errors import OutputError

from tests.unit.batches.conftest import QUICK, Inline


def renew_until(renewing: Renewal, condition: Any) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        renewing.renew_if_due()
        time.sleep(0.001)


def test_page_is_there_before_the_run_ends(
    tree: Path, tmp_path: Path, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PAUSE", 0.0)
    found: list[bool] = []

    def look(summary: Any, records: Any) -> None:
        for thread in threading.enumerate():
            if thread.name == "boxfit-summary":
                thread.join()
        found.append((tmp_path / "out" / "index.html").exists())

    run_batch(tree, tmp_path / "out", QUICK, executor=inline, callback=look)
    assert found == [False, True, True, True, True]
    assert (tmp_path / "out" / "summary.csv").read_text("utf-8").count("\n") == 5


def test_renewals_take_a_bounded_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "PAUSE", 0.0)
    begun: list[float] = []

    def publish() -> None:
        begun.append(time.monotonic())
        time.sleep(0.02)

    with Renewal(publish) as renewing:
        renew_until(renewing, lambda: len(begun) == 2)
    assert begun[1] - begun[0] >= 0.02 / renewal._SHARE


def test_none_begins_before_the_pause_is_over() -> None:
    with Renewal(lambda: pytest.fail("too early")) as renewing:
        renewing.renew_if_due()
        assert renewing._thread is None


def test_failure_is_left_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "PAUSE", 0.0)
    monkeypatch.setattr(renewal, "_SHARE", 1.0)
    tried: list[int] = []

    def publish() -> None:
        tried.append(1)
        raise OutputError("the disk is full")

    with Renewal(publish) as renewing:
        renew_until(renewing, lambda: len(tried) == 2)
