import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.session import source as source_module
from boxfit.session.inspection import inspect_source
from boxfit.session.reading import read_source
from boxfit.session.session import Session
from boxfit.session.source import ObservationCache
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import LabelledObject
from boxfit.views.silhouettes import Observations

from tests.folders import write_box_views


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views", 4)
    return tmp_path / "views"


@pytest.fixture
def target(folder: Path) -> LabelledObject:
    (target,) = read_data_generator(folder).objects
    return target


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[LabelledObject]:
    """Record the targets whose masks are read."""
    reads, read = [], source_module.silhouettes

    def counted(target: LabelledObject) -> Observations:
        reads.append(target)
        return read(target)

    monkeypatch.setattr(source_module, "silhouettes", counted)
    return reads


def test_read_twice_reads_the_masks_once(target: LabelledObject, reads: list[LabelledObject]) -> None:
    memo = ObservationCache()
    assert memo.known(target) is None
    assert memo.read(target) is memo.read(target) is memo.known(target)
    assert reads == [target]


def test_read_from_many_threads_reads_the_masks_once(target: LabelledObject, reads: list[LabelledObject]) -> None:
    memo, found = ObservationCache(), []
    threads = [threading.Thread(target=lambda: found.append(memo.read(target))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1 and reads == [target]


def test_read_that_failed_is_tried_again(target: LabelledObject, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: LabelledObject) -> Observations:
        raise DatasetError("no such file")

    memo = ObservationCache()
    with monkeypatch.context() as patch, pytest.raises(DatasetError):
        patch.setattr(source_module, "silhouettes", refuse)
        memo.read(target)
    assert memo.known(target) is None and memo.read(target).silhouettes


def test_read_of_a_target_that_is_gone_is_not_kept(target: LabelledObject) -> None:
    memo = ObservationCache()
    observations = weakref.ref(memo.read(replace(target)))
    gc.collect()
    assert observations() is None


def test_source_shares_what_was_read_with_its_copies_and_a_session(folder: Path, reads: list[LabelledObject]) -> None:
    source = read_source(folder)
    (target,) = source.dataset.objects
    observations = source.observations(target)
    copy = replace(source, dataset=replace(source.dataset, objects=(target,)))
    session = Session(copy)
    for _ in session.fit():
        pass
    inspect_source(source)
    assert session.results[0].observations is observations is copy.known_observations(target)
    assert reads == [target]


def test_sources_that_were_read_apart_share_nothing(folder: Path) -> None:
    first, second = (read_source(folder) for _ in range(2))
    (target,) = first.dataset.objects
    first.observations(target)
    assert second.known_observations(target) is None
