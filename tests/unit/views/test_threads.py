"""Tests of reading in several threads: its progress, and its end once the result is no longer wanted."""

import threading

import pytest
from boxfit.views.cancellation import UnwantedError, read_while, report_reads
from boxfit.views.threads import map_in_threads


@pytest.fixture(autouse=True)
def own_thread():
    yield
    read_while(None)
    report_reads(None)


@pytest.mark.parametrize("threads", ["1", "4"])
def test_map_in_threads_reports_every_item_in_the_calling_thread(monkeypatch: pytest.MonkeyPatch, threads: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    reports = []
    report_reads(lambda done, total: reports.append((done, total, threading.get_ident())))
    assert map_in_threads(lambda item: item * item, range(5)) == [0, 1, 4, 9, 16]
    assert reports == [(done, 5, threading.get_ident()) for done in range(1, 6)]


@pytest.mark.parametrize("threads", ["1", "4"])
def test_map_in_threads_ends_where_the_result_is_no_longer_wanted(
    monkeypatch: pytest.MonkeyPatch, threads: str
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    read: list[int] = []
    read_while(lambda: len(read) < 3)
    with pytest.raises(UnwantedError):
        map_in_threads(read.append, range(100))
    assert len(read) < 10
