"""A disk that is full: exit code 1, one line that names a file, and every file as it was."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.conftest import ROOT, end, flags, is_old, posix_only, start

pytestmark = posix_only


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_fit_with_files_limited_in_size_replaces_none_of_them(
    views: Path, old: Mapping[str, Path], share: float
) -> None:
    """The system refuses to write beyond the limit, as on a full disk: from the first file to the largest one."""
    folder = old["output"].parent
    reference = folder / "reference"
    reference.mkdir()
    files = {flag: reference / path.name for flag, path in old.items()}
    result, _, error = end(start("fit", views, *flags(files)))
    assert result == 0, error
    limit = int(share * max(path.stat().st_size for path in files.values()))
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    result, _, error = end(start("fit", views, *flags(old), code=code))
    assert result == 1 and error.splitlines()[-1].endswith("cannot be written (File too large)"), error
    assert "Traceback" not in error
    assert all(is_old(path) for path in old.values())
    shutil.rmtree(reference)
    assert {path.name for path in folder.iterdir()} == {path.name for path in old.values()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 64 KiB, where that is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_fit_to_a_full_disk_names_a_file_and_leaves_the_stage(views: Path, small_disk: Path) -> None:
    stage, picture = small_disk / "box.usda", small_disk / "overlay.png"
    stage.write_text("old box.usda", encoding="utf-8")
    result, _, error = end(start("fit", views, *flags({"output": stage, "overlay": picture})))
    assert result == 1 and "overlay.png cannot be written (No space left on device)" in error
    assert is_old(stage) and [path.name for path in small_disk.iterdir()] == ["box.usda"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_fit_whose_json_cannot_be_printed_writes_nothing(views: Path, old: Mapping[str, Path]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result, _, error = end(start("fit", views, *flags(old), "--json", stdout=full))
    assert result == 1 and "standard output cannot be written (No space left on device)" in error
    assert all(is_old(path) for path in old.values())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_fit_whose_tables_cannot_be_printed_has_written_everything_and_says_so(
    views: Path, old: Mapping[str, Path]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result, _, error = end(start("fit", views, *flags(old), stdout=full))
        assert end(start("fit", views, *flags(old), stdout=full, stderr=full))[0] == 0
    assert result == 0 and "boxfit: warning: everything is written, but standard output" in error
    assert not any(is_old(path) for path in old.values())


def test_output_that_is_a_link_to_itself_is_refused_before_the_fit(views: Path, tmp_path: Path) -> None:
    for name, flag in (("loop.usda", "--output"), ("loop.json", "--report")):
        loop = tmp_path / name
        loop.symlink_to(loop)
        files = {"--output": tmp_path / "box.usda", flag: loop}
        words = [str(word) for item in files.items() for word in item]
        result, _, error = end(start("fit", views, *words, "--force"))
        assert result == 1 and f"{name} cannot be written: it is a link that leads back to itself" in error
    assert not (tmp_path / "box.usda").exists()


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_fit_into_a_read_only_folder_is_refused_before_the_fit(views: Path, old: Mapping[str, Path]) -> None:
    old["output"].parent.chmod(0o555)
    try:
        result, _, error = end(start("fit", views, *flags(old)))
    finally:
        old["output"].parent.chmod(0o755)
    assert result == 1 and "read-only" in error and all(is_old(path) for path in old.values())


def test_command_with_closed_outputs_writes_its_stage(views: Path, tmp_path: Path) -> None:
    stage = tmp_path / "box.usda"
    close = {"preexec_fn": lambda: (os.close(1), os.close(2))}
    assert end(start("fit", views, "--output", stage, "--method", "contact", **close))[0] == 0 and stage.exists()


def test_command_in_a_folder_that_was_deleted_says_so(views: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    code = f"import os; sys.path.insert(0, {str(ROOT / 'source')!r}); os.chdir({str(folder)!r}); os.rmdir('../gone')"
    result, _, error = end(start("fit", views, "--output", "box.usda", code=code))
    assert result == 1 and error == "boxfit: error: the current folder does not exist any more: change to another one\n"
