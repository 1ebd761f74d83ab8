"""Locks: who waits, who is told, and what is left alone."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest
from boxfit.errors import OutputError
from boxfit.files import locks
from boxfit.files.drafts import Drafts, file_state
from boxfit.files.locks import locked


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def count_up(path: Path, times: int) -> None:
    """Add to a number in a file, with a read and a write that others could come between."""
    for _ in range(times):
        with Drafts() as drafts:
            drafts.lock(path)
            number = int(path.read_text(encoding="utf-8"))
            time.sleep(0.001)
            drafts.add(path, seen=file_state(path)).write_text(str(number + 1), encoding="utf-8")


def test_lock_lets_several_programs_write_one_file_without_losing_a_change(tmp_path: Path) -> None:
    path = tmp_path / "count.txt"
    path.write_text("0", encoding="utf-8")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=count_up, args=(path, 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_text(encoding="utf-8") == "100" and names_in(tmp_path) == ["count.txt"]


def test_lock_that_stays_taken_is_named_and_one_of_a_dead_program_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LOCK_TIMEOUT", 0.1)
    path = tmp_path / "box.usda"
    (tmp_path / ".box.usda.lock").touch()  # As a killed program leaves it.
    being_written = pytest.raises(OutputError, match=r"box\.usda is being written by another program")
    with locked(path), being_written, locked(path):
        pass
    assert names_in(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed here")
def test_lock_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".box.usda.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"\.box\.usda\.lock cannot be used"), locked(tmp_path / "box.usda"):
        pass
    assert names_in(tmp_path) == [".box.usda.lock"]


@pytest.mark.parametrize("content", ["precious", None])
def test_lock_leaves_what_is_not_its_own_alone(tmp_path: Path, content: str | None) -> None:
    lock = tmp_path / ".box.usda.lock"
    if content:
        lock.write_text(content, encoding="utf-8")
    else:
        lock.mkdir()
    with pytest.raises(OutputError, match=r"\.box\.usda\.lock "), locked(tmp_path / "box.usda"):
        pass
    assert lock.is_dir() or lock.read_text(encoding="utf-8") == content
