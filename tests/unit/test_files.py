"""Files that appear together or not at all."""

from pathlib import Path

import pytest
from boxfit.errors import OutputError
from boxfit.files import check_files, drafts


def test_drafts_block_that_ends_well_puts_all_in_place(tmp_path: Path) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.png"]
    paths[0].write_text("old", encoding="utf-8")
    with drafts(paths) as places:
        for path, draft in places.items():
            draft.write_text(path.name, encoding="utf-8")
            assert draft.suffix == path.suffix
        assert paths[0].read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.png"]
    assert paths[0].read_text(encoding="utf-8") == "a.json"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_drafts_block_that_fails_leaves_everything_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a.json").write_text("old", encoding="utf-8")
    with pytest.raises(error), drafts([tmp_path / "a.json", tmp_path / "b.png"]) as places:
        places[tmp_path / "a.json"].write_text("new", encoding="utf-8")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "old"


def test_drafts_file_that_cannot_be_placed_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.json"), drafts([tmp_path / "a.json"]):
        pass  # Nothing was written, so there is nothing to move into place.


def test_check_files_that_exist_need_force(tmp_path: Path) -> None:
    (tmp_path / "a.json").touch()
    check_files([tmp_path / "a.json"], force=True)
    with pytest.raises(OutputError, match="--force"):
        check_files([tmp_path / "a.json"], force=False)
