import asyncio
import logging
import sys
import threading
from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.session.background import Job, import_alone, in_background, join_jobs
from boxfit.session.reading import read_source
from boxfit.ui.model.failures import in_words

from tests.folders import write_box_views
from tests.hosts import HostInMemory, until


class CountingHost(HostInMemory):
    """Host that counts awaited frames."""

    frames = 0

    async def next_frame(self) -> None:
        self.frames += 1
        await super().next_frame()


def test_in_background_runs_elsewhere_while_frames_go_on() -> None:
    host, go = CountingHost(), threading.Event()

    def work() -> str:
        assert go.wait(10)
        return threading.current_thread().name

    async def story() -> str:
        waiting = asyncio.ensure_future(in_background(host, "test", work))
        while host.frames < 3:
            await asyncio.sleep(0)
        go.set()
        return await waiting

    assert asyncio.run(story()) == "boxfit test"


def test_in_background_raises_what_the_work_raised() -> None:
    def work() -> None:
        raise DatasetError("no views")

    with pytest.raises(DatasetError, match="no views"):
        asyncio.run(in_background(HostInMemory(), "test", work))


def test_in_background_cancelled_stops_waiting_and_lets_the_work_end() -> None:
    go, ended = threading.Event(), threading.Event()

    def work() -> None:
        assert go.wait(10)
        ended.set()

    async def story() -> None:
        waiting = asyncio.ensure_future(in_background(HostInMemory(), "test", work))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())
    assert not ended.is_set()
    go.set()
    assert ended.wait(10)


def test_job_that_is_joined_is_done() -> None:
    job = Job("test", lambda: 3)
    job.join(10)
    assert job.done and job.result() == 3


def test_import_alone_waits_until_no_job_runs_and_imports_on_the_main_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heavy_package.py").write_text("import threading; THREAD = threading.current_thread()")
    monkeypatch.syspath_prepend(tmp_path)
    go = threading.Event()

    async def story() -> None:
        job = Job("test", lambda: go.wait(10))
        waiting = asyncio.ensure_future(import_alone(HostInMemory(), "heavy_package"))
        await asyncio.sleep(0.02)
        assert "heavy_package" not in sys.modules and not waiting.done()
        go.set()
        await waiting
        assert job.done

    asyncio.run(story())
    assert sys.modules.pop("heavy_package").THREAD is threading.main_thread()


def test_import_alone_of_a_missing_package_ignores_the_error() -> None:
    asyncio.run(import_alone(HostInMemory(), "no_such_package_anywhere"))


def test_in_words_of_an_own_error_is_its_message_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert in_words(DatasetError("view 3 is empty")) == "view 3 is empty"
    assert not caplog.records


def test_in_words_of_a_bug_says_so_and_logs_the_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise KeyError("views")

    with caplog.at_level(logging.ERROR):
        try:
            broken()
        except KeyError as error:
            words = in_words(error)
    assert "KeyError" in words and "views" in words and "\n" not in words
    assert "in broken" in caplog.text


@pytest.mark.parametrize("busy", [True, False])
def test_import_alone_that_is_cancelled_imports_nothing_and_does_not_wait(
    busy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heavy_package_unwanted.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    go = threading.Event()
    job = Job("busy", lambda: go.wait(10) if busy else None)

    async def main() -> None:
        await asyncio.wait_for(import_alone(HostInMemory(), "heavy_package_unwanted", lambda: True), 5)

    asyncio.run(main())
    go.set()
    job.join(5)
    assert "heavy_package_unwanted" not in sys.modules


def test_join_jobs_waits_for_all_of_them_and_no_longer_than_it_may() -> None:
    go_on = threading.Event()
    job = Job("slow", lambda: go_on.wait(30))
    assert not join_jobs(0.01)
    go_on.set()
    assert join_jobs(30) and job.result()


def test_in_background_cancelled_ends_the_work_before_the_next_view_it_reads(tmp_path: Path) -> None:
    read: list[str] = []
    go = threading.Event()
    write_box_views(tmp_path / "views", 6)

    def work() -> None:
        (labelled,) = read_source(tmp_path / "views").dataset.objects
        for view in labelled.views:
            read.append(view.name)
            assert go.wait(10)
            view.semantic()

    async def story() -> None:
        waiting = asyncio.ensure_future(in_background(HostInMemory(), "superseded", work))
        await until(lambda: read)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())
    go.set()
    assert join_jobs(10)
    assert len(read) == 1
