import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from boxfit.errors import DatasetError
from boxfit.inspection import inspect_source
from boxfit.session import Session
from boxfit.source import read_source
from boxfit.views import evidence_memo
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import Target
from boxfit.views.evidence_memo import EvidenceMemo
from boxfit.views.silhouettes import Evidence

from tests.folders import write_box_views


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_box_views(tmp_path / "views", 4)
    return tmp_path / "views"


@pytest.fixture
def target(folder: Path) -> Target:
    (target,) = read_data_generator(folder).targets
    return target


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """The targets whose masks have been read."""
    reads, read = [], evidence_memo.silhouettes

    def counted(target: Target) -> Evidence:
        reads.append(target)
        return read(target)

    monkeypatch.setattr(evidence_memo, "silhouettes", counted)
    return reads


def test_read_twice_reads_the_masks_once(target: Target, reads: list[Target]) -> None:
    memo = EvidenceMemo()
    assert memo.known(target) is None
    assert memo.read(target) is memo.read(target) is memo.known(target)
    assert reads == [target]


def test_read_from_many_threads_reads_the_masks_once(target: Target, reads: list[Target]) -> None:
    memo, found = EvidenceMemo(), []
    threads = [threading.Thread(target=lambda: found.append(memo.read(target))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1 and reads == [target]


def test_read_that_failed_is_tried_again(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Target) -> Evidence:
        raise DatasetError("no such file")

    memo = EvidenceMemo()
    with monkeypatch.context() as patch, pytest.raises(DatasetError):
        patch.setattr(evidence_memo, "silhouettes", refuse)
        memo.read(target)
    assert memo.known(target) is None and memo.read(target).silhouettes


def test_read_of_a_target_that_is_gone_is_not_kept(target: Target) -> None:
    memo = EvidenceMemo()
    evidence = weakref.ref(memo.read(replace(target)))
    gc.collect()
    assert evidence() is None


def test_source_shares_what_was_read_with_its_copies_and_a_session(folder: Path, reads: list[Target]) -> None:
    source = read_source(folder)
    (target,) = source.dataset.targets
    evidence = source.evidence(target)
    copy = replace(source, dataset=replace(source.dataset, targets=(target,)))
    session = Session(copy)
    for _ in session.fit():
        pass
    inspect_source(source)
    assert session.results[0].evidence is evidence is copy.known_evidence(target)
    assert reads == [target]


def test_sources_that_were_read_apart_share_nothing(folder: Path) -> None:
    first, second = (read_source(folder) for _ in range(2))
    (target,) = first.dataset.targets
    first.evidence(target)
    assert second.known_evidence(target) is None
