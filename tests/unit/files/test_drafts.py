"""Files that are replaced together: what is kept, what is put back, and who is told."""

import os
import signal
import time
from pathlib import Path

import pytest
from boxfit.errors import OutputError
from boxfit.files import drafts as module
from boxfit.files.drafts import Drafts, file_state


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def replace(*paths: Path, text: str = "new") -> None:
    with Drafts() as drafts:
        for path in paths:
            drafts.add(path).write_text(text, encoding="utf-8")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    return path


def test_drafts_appear_together_and_leave_nothing_else(old: Path) -> None:
    replace(old, old.with_name("b.png"))
    assert names_in(old.parent) == ["a.json", "b.png"]
    assert old.read_text(encoding="utf-8") == old.with_name("b.png").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_drafts_after_a_failure_leave_everything_as_it_was(old: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), Drafts() as drafts:
        drafts.add(old).write_text("new", encoding="utf-8")
        drafts.add(old.with_name("b.png")).touch()
        raise error
    assert names_in(old.parent) == ["a.json"] and old.read_text(encoding="utf-8") == "old"


def test_make_folder_keeps_a_folder_with_a_file_and_deletes_what_stays_empty(tmp_path: Path) -> None:
    with Drafts() as drafts:
        for name in ("a/b", "c/d"):
            drafts.make_folder(tmp_path / name)
        drafts.add(tmp_path / "a" / "b" / "file.json").write_text("new", encoding="utf-8")
    assert names_in(tmp_path) == ["a"] and names_in(tmp_path / "a" / "b") == ["file.json"]


def test_make_folder_after_a_failure_leaves_no_folder_and_keeps_those_that_were_there(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(RuntimeError), Drafts() as drafts:
        for name in ("old", "old/new"):
            drafts.make_folder(tmp_path / name)
        drafts.add(tmp_path / "old" / "new" / "file.json").write_text("new", encoding="utf-8")
        raise RuntimeError
    assert names_in(tmp_path) == ["old"] and names_in(tmp_path / "old") == []


def test_make_folder_below_a_file_is_refused(old: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.json.* cannot be made"), Drafts() as drafts:
        drafts.make_folder(old / "folder")


@pytest.mark.parametrize("position", range(4))
def test_drafts_of_which_one_cannot_be_placed_put_the_others_back(tmp_path: Path, old: Path, position: int) -> None:
    linked = tmp_path / "linked.json"
    linked.write_text("old", encoding="utf-8")
    os.link(linked, tmp_path / "other_name.json")
    files = [old, linked, tmp_path / "fresh.json"]
    files.insert(position, tmp_path / "taken")
    with pytest.raises(OutputError, match=r"taken cannot be written \("), Drafts() as drafts:
        for path in files:
            drafts.add(path).write_text("new, and longer", encoding="utf-8")
        (tmp_path / "taken").mkdir()
    assert names_in(tmp_path) == ["a.json", "linked.json", "other_name.json", "taken"]
    assert {path.read_text(encoding="utf-8") for path in tmp_path.glob("*.json")} == {"old"}


def test_draft_that_was_not_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.json"), Drafts() as drafts:
        drafts.add(tmp_path / "a.json")


def test_error_of_a_full_disk_that_names_no_file_gets_the_name_of_the_last(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"b\.png cannot be written \(No space left"), Drafts() as drafts:
        drafts.add(tmp_path / "a.json").touch()
        drafts.add(tmp_path / "b.png")
        raise OSError(28, "No space left on device")
    assert names_in(tmp_path) == []


def test_replaced_file_keeps_mode_symbolic_and_hard_links(tmp_path: Path, old: Path) -> None:
    old.chmod(0o640)
    (tmp_path / "elsewhere").mkdir()
    link, name = tmp_path / "elsewhere" / "link.json", tmp_path / "name.json"
    link.symlink_to(old)
    replace(link)
    assert link.is_symlink() and old.read_text(encoding="utf-8") == "new"
    os.link(old, name)
    replace(old, text="n")
    assert name.read_text(encoding="utf-8") == "n" and name.samefile(old)
    assert old.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_replaced_file_keeps_its_owner(old: Path) -> None:
    os.chown(old, 1234, 1235)
    replace(old)
    assert (old.stat().st_uid, old.stat().st_gid) == (1234, 1235)


def test_file_changed_by_another_program_since_it_was_read_stays(old: Path) -> None:
    with pytest.raises(OutputError, match="changed by another program meanwhile"), Drafts() as drafts:
        drafts.add(old.with_name("b.png")).touch()
        drafts.add(old, seen=file_state(old)).write_text("new", encoding="utf-8")
        old.write_text("of another program", encoding="utf-8")
    assert old.read_text(encoding="utf-8") == "of another program" and names_in(old.parent) == ["a.json"]


@pytest.mark.parametrize("links", [True, False])
def test_new_file_that_another_program_makes_meanwhile_stays(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    for made in (True, False):
        path = tmp_path / f"{made}.usda"
        try:
            with Drafts() as drafts:
                drafts.add(path, new=True).write_text("new", encoding="utf-8")
                if made:
                    path.write_text("of another program", encoding="utf-8")
        except OutputError as error:
            assert made and "made by another program meanwhile" in str(error)
        assert path.read_text(encoding="utf-8") == ("of another program" if made else "new")
    assert names_in(tmp_path) == ["False.usda", "True.usda"]


@pytest.mark.parametrize("name", [f"{'n' * 250}.usda", f"{'箱' * 83}.usda"])
def test_file_with_a_name_as_long_as_names_may_be_is_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Drafts() as drafts:
        drafts.lock(path)
        drafts.add(path).touch()
    assert names_in(tmp_path) == [path.name]


def test_old_drafts_of_killed_programs_are_swept_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEFT_BEHIND", 0.2)
    others = [".boxfit-notes.usda", f"boxfit-{'0' * 32}.usda", f".boxfit-{'1' * 32}.usda"]
    for name in (f".boxfit-{'0' * 32}.usda", f".boxfit-old-{'0' * 32}.usda", *others[:2]):
        (tmp_path / name).touch()
    time.sleep(0.3)
    (tmp_path / others[2]).touch()  # Of a program that is still writing.
    replace(tmp_path / "a.json")
    assert names_in(tmp_path) == sorted(["a.json", *others])


def test_old_file_in_use_is_not_swept_by_another_program_however_old_it_is(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(draft: module._Draft) -> None:
        if draft.path.name == "b.json":
            replace(old.with_name("of_another_program.json"))
            raise OSError(28, "No space left on device")
        place(draft)

    place = module._put
    os.utime(old, (time.time() - 2 * module.LEFT_BEHIND,) * 2)
    with pytest.raises(OutputError, match=r"b\.json cannot be written"), Drafts() as drafts:
        drafts.add(old).write_text("new", encoding="utf-8")
        drafts.add(old.with_name("b.json")).touch()
        monkeypatch.setattr(module, "_put", put)
    assert old.read_text(encoding="utf-8") == "old"
    assert names_in(old.parent) == ["a.json", "of_another_program.json"]


def test_old_file_that_cannot_be_restored_is_kept_and_named(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.link(old, old.with_name("other_name.json"))

    def overwrite(source: Path, target: Path) -> None:
        target.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_overwrite", overwrite)
    with pytest.raises(OutputError, match=r"could not be restored either: its old content is in (.*)") as caught:
        replace(old)
    kept = Path(str(caught.value).rpartition(" is in ")[2])
    assert kept.read_text(encoding="utf-8") == "old"


def test_name_that_a_killed_program_left_of_a_file_does_not_keep_it_from_being_replaced(old: Path) -> None:
    os.link(old, old.with_name(f".boxfit-old-{'0' * 32}.json"))
    before = old.stat().st_ino
    replace(old)
    assert old.stat().st_ino != before and names_in(old.parent) == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_while_files_are_put_in_place_is_heard_afterwards(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*arguments: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        place(*arguments)

    place = module._put
    monkeypatch.setattr(module, "_put", put)
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            replace(tmp_path / "a.json", tmp_path / "b.json")
    finally:
        signal.signal(number, before)
    assert names_in(tmp_path) == ["a.json", "b.json"]
